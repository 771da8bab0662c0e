from __future__ import annotations

import subprocess
import sys

import pytest

import circus
from circus.arbiter import Arbiter, ThreadedArbiter
from circus.spec.statistics import NAME
from circus.watcher import Watcher
from circus.wire import frames, topics


def test_watchers_are_called_by_their_programs_unless_they_have_a_name():
    given = [{"cmd": "/bin/sleep 60"}, {"cmd": "sleep 1", "name": "x"}, Watcher("y", "true")]
    arbiter = circus.get_arbiter(given, env={}, name="z")
    assert [one.name for one in arbiter.watchers] == ["sleep", "x", "y"]
    assert (arbiter.endpoint, arbiter.pubsub_endpoint) == (frames.ENDPOINT, topics.EVENTS)
    assert (type(arbiter), arbiter.running, arbiter.multicast_endpoint) == (Arbiter, False, None)
    assert given[0] == {"cmd": "/bin/sleep 60"}


def test_another_stream_backend_is_kept_as_an_option_with_a_warning():
    given = [{"cmd": "sleep 60"}, Watcher("y", "true")]
    with pytest.warns(DeprecationWarning, match="output is read in one way only"):
        arbiter = circus.get_arbiter(given, stream_backend="gevent")
    first, second = (dict(one.options()) for one in arbiter.watchers)
    assert first["stream_backend"] == "gevent"
    assert "stream_backend" not in second
    (usual,) = circus.get_arbiter(given[:1]).watchers
    assert dict(usual.options())["stream_backend"] == "thread"


def test_a_watcher_without_a_command_is_refused():
    with pytest.raises(KeyError, match="cmd"):
        circus.get_arbiter([{"name": "x"}])


def test_other_arguments_are_the_arbiters():
    arbiter = circus.get_arbiter([], controller="ipc://x", warmup_delay=2, check_delay=3)
    assert (arbiter.endpoint, arbiter.warmup_delay, arbiter.check_delay) == ("ipc://x", 2, 3)


def test_an_arbiter_in_the_background_has_a_thread_of_its_own():
    assert isinstance(circus.get_arbiter([], background=True), ThreadedArbiter)


def test_an_endpoint_for_statistics_starts_circusd_stats_with_a_warning():
    with pytest.warns(DeprecationWarning, match="statsd=True"):
        arbiter = circus.get_arbiter([], stats_endpoint="tcp://127.0.0.1:0")
    assert [one.name for one in arbiter.watchers] == [NAME]


def test_the_daemon_is_imported_when_it_is_asked_for_and_no_logging_is_set_up():
    code = (
        "import sys, logging, circus\n"
        "assert 'circus.arbiter' not in sys.modules and 'zmq' not in sys.modules\n"
        "assert circus.Arbiter.__module__ == 'circus.arbiter'\n"
        "assert circus.Watcher.__module__ == 'circus.watcher'\n"
        "assert circus.Event.__name__ == 'Event'\n"
        "assert logging.getLogger().handlers == circus.logger.handlers == []\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_what_is_gone_says_so_and_what_never_was_is_not_there():
    with pytest.raises(ImportError, match="plain function"):
        _ = circus.ArbiterHandler
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = circus.nonsense
