"""The rules of a swap; tests/scenes/test_reloadconfig.py shows them on a whole daemon."""

from __future__ import annotations

from dataclasses import replace

import pytest

from circus.core.reload import Act
from circus.exc import ConfigError
from circus.reconfigure import Swap
from circus.roster import Roster
from circus.sockets import CircusSockets
from circus.spec.model import DaemonSpec, FleetSpec, HookSpec, SocketSpec, WatcherSpec
from circus.watcher import Watcher

WEB = WatcherSpec("web", "serve $(circus.sockets.www)", use_sockets=True)
OTHER = WatcherSpec("other", "sleep 1")


def swap(old, new, *at_run_time):
    there = [Watcher.from_spec(spec) for spec in (*old.watchers, *at_run_time)]
    return Swap(Roster(there, CircusSockets()), old, new)


def acts(made):
    return {one.name: one.act for one in made.watchers}


def test_a_socket_that_moves_reloads_only_who_names_it():
    old = FleetSpec(watchers=(OTHER, WEB), sockets=(SocketSpec("www", port=1),))
    new = FleetSpec(watchers=(OTHER, WEB), sockets=(SocketSpec("www", port=2),))
    assert acts(swap(old, new)) == {"other": Act.KEEP, "web": Act.RELOAD}


def test_a_watcher_of_run_time_is_reloaded_as_it_is_when_its_socket_moves():
    guest = WatcherSpec("guest", "serve $(circus.sockets.www.port)", numprocesses=3)
    old = FleetSpec(watchers=(OTHER,), sockets=(SocketSpec("www", port=1),))
    made = swap(old, FleetSpec(watchers=(OTHER,), sockets=(SocketSpec("www", port=2),)), guest)
    assert acts(made) == {"guest": Act.RELOAD, "other": Act.KEEP}
    assert made.watchers[0].spec == guest


def test_what_was_set_at_run_time_stays_when_a_socket_moves():
    old = FleetSpec(watchers=(WEB,), sockets=(SocketSpec("www", port=1),))
    made = swap(old, replace(old, sockets=(SocketSpec("www", port=2),)))
    there = made.arbiter.find_watcher("web")
    there.spec = replace(WEB, graceful_timeout=7)
    made = Swap(made.arbiter, made.old, made.new)
    assert made.watchers[0].spec.graceful_timeout == 7


def test_a_socket_that_goes_may_not_be_used_by_a_watcher_of_run_time():
    old = FleetSpec(watchers=(WEB,), sockets=(SocketSpec("www", port=1),))
    made = swap(old, FleetSpec(), replace(WEB, name="guest"))
    text = "[socket:www] is used by guest, changed or added at run time"
    for refuse in (made.plan, made.prepare):
        with pytest.raises(ConfigError) as caught:
            refuse()
        assert caught.value.findings == (text,)


class Busy(Watcher):
    """A watcher that has processes, as far as anybody can tell."""

    def __len__(self):
        return 1


@pytest.mark.parametrize(
    ("spec", "holds"),
    [
        (WEB, True),
        (WatcherSpec("w", "x", use_sockets=True), True),
        (WatcherSpec("w", "x", stdin_socket="WWW"), True),
        (WatcherSpec("w", "x $(circus.sockets.www.port)"), False),
        (OTHER, False),
    ],
)
def test_who_has_a_socket_open_is_who_has_to_stop(spec, holds):
    old = FleetSpec(sockets=(SocketSpec("www", host="127.0.0.1", port=1),))
    new = FleetSpec(sockets=(SocketSpec("www", host="127.0.0.1", port=1, blocking=True),))
    made = Swap(Roster([Busy.from_spec(spec)], CircusSockets()), old, new)
    if holds:
        with pytest.raises(ConfigError, match=f"stop {spec.name} first"):
            made.plan()
    else:
        assert made.plan()["sockets"][0]["act"] == "rebind"


def test_only_a_restart_changes_most_options_of_the_daemon():
    old = FleetSpec(DaemonSpec(warmup_delay=1, endpoint="tcp://127.0.0.1:1"))
    new = FleetSpec(DaemonSpec(warmup_delay=2, endpoint="tcp://127.0.0.1:2"))
    made = swap(old, new)
    assert made.needs_restart() == ["endpoint"]
    assert made.outcome().daemon == DaemonSpec(warmup_delay=2, endpoint="tcp://127.0.0.1:1")


def test_everything_that_is_wrong_is_told_at_once_and_nothing_stays_bound(tmp_path):
    bad = WatcherSpec("bad", "x", hooks={"before_start": HookSpec("no.such")})
    good, clash = str(tmp_path / "good"), str(tmp_path / "clash")
    (tmp_path / "clash").touch()
    sockets = (SocketSpec("good", path=good), SocketSpec("clash", path=clash))
    made = swap(FleetSpec(), FleetSpec(watchers=(bad, OTHER), sockets=sockets), OTHER)
    with pytest.raises(ConfigError) as caught:
        made.prepare()
    hook, guest, socket = map(str, caught.value.findings)
    assert hook.startswith("[watcher:bad] cannot find the hook 'no.such'")
    assert guest == "[watcher:other] was added at run time: remove it first"
    assert socket.startswith("[socket:clash] cannot bind")
    assert not (tmp_path / "good").exists()
