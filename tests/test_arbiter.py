from __future__ import annotations

import asyncio
import os
import signal
import threading

import pytest
from tornado.ioloop import IOLoop

from circus.arbiter import Arbiter, ThreadedArbiter
from circus.exc import AlreadyExist
from circus.loop import asyncio_loop
from circus.watcher import Watcher
from tests.helpers.floor import SLEEP, alive, reaping
from tests.helpers.house import watcher

INI = """\
[circus]
endpoint = ipc://{0}/ctl
pubsub_endpoint = ipc://{0}/pub
check_delay = 2.5
fqdn_prefix = shop
[socket:www]
host = 127.0.0.1
port = 0
[watcher:Web App]
cmd = sleep 600
numprocesses = 2
"""


def test_an_arbiter_is_built_from_a_file(tmp_path):
    path = tmp_path / "circus.ini"
    path.write_text(INI.format(tmp_path))
    arbiter = Arbiter.load_from_config(str(path))
    try:
        assert arbiter.get_watcher("web app").numprocesses == 2
        assert (arbiter.check_delay, arbiter.endpoint) == (2.5, f"ipc://{tmp_path}/ctl")
        assert arbiter.fqdn == f"shop@{os.uname().nodename}"
        assert arbiter.get_socket("www").host == "127.0.0.1"
        assert (arbiter.get_socket("no"), arbiter.config_file) == (None, str(path))
    finally:
        arbiter.sockets.close_all()


def test_the_events_of_a_life_come_in_order_with_their_time_and_number(play):
    async def scene(house):
        arbiter = house.arbiter(Watcher("Web App", SLEEP))
        await arbiter.start()
        await arbiter.stop()
        await house.ears.until("stop")
        assert house.ears.names() == ["spawn", "start", "kill", "reap", "stop"]
        assert [fields["seq"] for _, _, fields in house.ears.heard] == [1, 2, 3, 4, 5]
        assert {name for name, _, _ in house.ears.heard} == {"Web App"}

    play(scene)


def test_a_crash_is_a_reap_and_a_spawn(play):
    async def scene(house):
        arbiter = await house.up(watcher("web"))
        (pid,) = arbiter.get_watcher("web").processes
        os.kill(pid, signal.SIGSEGV)
        await house.ears.until("spawn")
        assert house.ears.names() == ["reap", "spawn"]
        assert house.ears.fields("reap")[0]["exit_code"] == -11

    play(scene)


# --- adding and removing --------------------------------------------------------------------------


def test_a_watcher_is_added_before_the_start(play):
    async def scene(house):
        arbiter = house.arbiter()
        arbiter.add_watcher("web", SLEEP, numprocesses=2)
        await arbiter.start()
        assert arbiter.numprocesses() == 2
        assert "add" not in house.ears.names()

    play(scene)


def test_a_watcher_that_is_added_later_waits_to_be_started(play):
    async def scene(house):
        arbiter = await house.up()
        web = arbiter.add_watcher("Web", SLEEP)
        assert arbiter.statuses() == {"Web": "stopped"}
        await web.start()
        await house.ears.until("start")
        assert house.ears.names() == ["add", "spawn", "start"]

    play(scene)


def test_a_name_is_given_only_once_in_any_case(play):
    async def scene(house):
        arbiter = await house.up(watcher("Web"))
        with pytest.raises(AlreadyExist, match="'wEB' already exist"):
            arbiter.add_watcher("wEB", SLEEP)
        assert arbiter.get_watcher("WEB").name == "Web"
        with pytest.raises(KeyError):
            arbiter.get_watcher("stranger")

    play(scene)


def test_a_watcher_that_is_removed_is_forgotten_at_once_and_stopped(play):
    async def scene(house):
        arbiter = await house.up(watcher("web"))
        (pid,) = arbiter.get_watcher("web").processes
        removed = arbiter.rm_watcher("WEB")
        assert arbiter.numwatchers() == 0
        await removed
        assert not alive(pid)
        await house.ears.until("stop")
        assert house.ears.names() == ["remove", "kill", "reap", "stop"]
        arbiter.add_watcher("web", SLEEP)

    play(scene)


def test_with_nostop_the_processes_of_a_removed_watcher_run_on_and_are_reaped(play):
    async def scene(house):
        arbiter = await house.up(watcher("web"))
        (pid,) = arbiter.get_watcher("web").processes
        await arbiter.rm_watcher("web", nostop=True)
        assert alive(pid)
        reaped = reaping(arbiter.crew)
        os.kill(pid, signal.SIGKILL)
        await reaped.wait()
        arbiter.add_watcher("other", SLEEP)
        await house.ears.until("add")
        assert house.ears.names() == ["remove", "add"]

    play(scene)


# --- in a thread of its own -----------------------------------------------------------------------


def test_a_threaded_arbiter_is_started_and_stopped_from_any_thread(places):
    arbiter = ThreadedArbiter([watcher("web")], *places)
    ready = threading.Event()
    arbiter.start(lambda _: ready.set())
    assert ready.wait(20)
    assert (arbiter.is_alive(), arbiter.statuses()) == (True, {"web": "active"})
    stopper = threading.Thread(target=arbiter.stop)
    stopper.start()
    stopper.join(20)
    arbiter.join(20)
    assert (arbiter.is_alive(), arbiter.running) == (False, False)
    assert arbiter.stop() is None


def test_a_threaded_arbiter_stops_from_its_own_callback(places):
    arbiter = ThreadedArbiter([watcher("web")], *places)
    arbiter.start(lambda _: arbiter.stop())
    arbiter.join(20)
    assert not arbiter.is_alive()


@pytest.mark.parametrize("make", [asyncio.new_event_loop, lambda: IOLoop(make_current=False)])
def test_a_threaded_arbiter_runs_the_loop_that_it_is_given(places, make):
    loop = make()
    arbiter = ThreadedArbiter([watcher("web")], *places, loop=loop)
    ready = threading.Event()
    arbiter.start(lambda _: ready.set())
    try:
        assert ready.wait(20)
        assert arbiter.statuses() == {"web": "active"}
        assert asyncio_loop(loop).is_running()
    finally:
        arbiter.stop()
    assert not arbiter.is_alive()
    assert not asyncio_loop(loop).is_closed()
    loop.close()


def test_a_threaded_arbiter_refuses_a_loop_that_runs_already(places):
    async def scene():
        arbiter = ThreadedArbiter([], *places, loop=asyncio.get_running_loop())
        with pytest.raises(ValueError, match="cannot run in a thread of its own"):
            arbiter.start()

    asyncio.run(scene())


@pytest.mark.parametrize("hosts", ["console.example.com", ["console.example.com"]])
def test_names_of_the_console_are_given_as_a_list_or_as_a_text(places, hosts):
    arbiter = Arbiter([], *places, httpd=True, httpd_hosts=hosts)
    assert "console.example.com" in arbiter.console.watcher.args


def test_a_threaded_arbiter_that_cannot_bind_says_so_where_it_is_started(places):
    first, second = (ThreadedArbiter([watcher("web")], *places) for _ in range(2))
    first.start()
    try:
        with pytest.raises(OSError, match="cannot bind ipc://"):
            second.start()
    finally:
        first.stop()


def test_the_configuration_that_was_loaded_is_kept_as_a_mapping(tmp_path):
    path = tmp_path / "circus.ini"
    path.write_text(INI.format(tmp_path))
    arbiter = Arbiter.load_from_config(str(path))
    arbiter.sockets.close_all()
    (web,) = arbiter._cfg["watchers"]
    assert arbiter.get_watcher_config(arbiter._cfg, "Web App") == web
    assert web["numprocesses"] == 2
