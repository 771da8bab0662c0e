from __future__ import annotations

import signal

import pytest

from circus.exc import MessageError
from circus.watcher import Watcher
from tests.helpers.floor import play, started


def test_a_watcher_is_made_of_a_mapping_which_is_changed_as_before(monkeypatch):
    monkeypatch.setenv("HERE", "there")
    config = {"name": "x", "cmd": "sleep 1", "env": {"A": "$HERE"}, "foo": 1}
    web = Watcher.load_from_config(config)
    assert config == {"env": {"A": "there"}, "foo": 1}
    assert (web.env, web._options) == ({"A": "there"}, {"foo": 1})
    assert web._cfg == {"name": "x", "cmd": "sleep 1", "env": {"A": "there"}, "foo": 1}


def test_an_option_is_set_and_what_has_to_follow_is_told():
    web = Watcher("web", "sleep 1")
    assert (web.set_opt("numprocesses", "3"), web.numprocesses) == (0, 3)
    assert (web.set_opt("env", "A=1"), web.env) == (1, {"A": "1"})
    assert (web.set_opt("cmd", "sleep 3"), web.cmd) == (1, "sleep 3")
    assert (web.set_opt("graceful_timeout", "5"), web.graceful_timeout) == (0, 5.0)
    with pytest.raises(MessageError, match="unknown key 'nope'"):
        web.set_opt("nope", 1)


def test_a_set_option_takes_effect_by_the_action_that_follows():
    async def scene(floor):
        web, (pid,) = await started(floor)
        action = web.set_opt("cmd", "sleep 601")
        assert (action, list(web.processes)) == (1, [pid])
        await web.do_action(action)
        assert list(web.processes) != [pid]
        await web.do_action(0)

    play(scene)


def test_a_status_that_is_said_holds_until_it_is_taken_back():
    web = Watcher("web", "sleep 1")
    web._status = "active"
    assert (web.status(), web.is_active(), web._status) == ("active", True, "active")
    web._status = None
    assert web.is_stopped()


def test_what_was_there_can_still_be_asked_for():
    quiet = {
        "stdout_stream": {"class": "StdoutStream"},
        "hooks": {"after_start": ("os.getpid", True)},
    }
    web = Watcher("web", "sleep 1", **quiet)
    assert {"cmd", "numprocesses", "working_dir"} <= {*web.optnames}
    assert web.stdout_stream_conf == {"class": "StdoutStream"}
    assert (web.stderr_stream_conf, web.stream_redirector, web.evpub_socket) == (None, None, None)
    assert web.ignore_hook_failure[-1] == "after_start"
    assert (web.pids, web._nextwid, web._get_sockets_fds()) == ([], 1, {})


def test_processes_are_looked_after_by_the_old_names():
    async def scene(floor):
        web, pids = await started(floor, numprocesses=2)
        for method in (
            web.manage_processes,
            web.reap_and_manage_processes,
            web.spawn_processes,
            web.remove_expired_processes,
        ):
            await method()
        web.reap_process(pids[0])
        assert (web.pids, web._nextwid) == (pids, 3)
        await web.kill_processes()
        assert not {*pids} & {*web.pids}
        await web._stop()
        assert web.is_stopped()
        await web._start()
        (first, _) = web.processes.values()
        web.send_signal_process(first, signal.SIGKILL)
        assert floor.ears.fields("kill")[-1] == {"process_pid": first.pid}
        await floor.ears.until("spawn", 5)

    play(scene)
