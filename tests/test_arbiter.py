from __future__ import annotations

import asyncio
import functools
import os
import signal
import threading

import pytest
import zmq

from circus.arbiter import Arbiter
from circus.client import CircusClient
from circus.exc import AlreadyExist
from circus.sockets import CircusSocket
from circus.watcher import Watcher
from tests.helpers import house
from tests.helpers.floor import SLEEP, Talk, alive, lone, reaping, until_zombie
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


@pytest.fixture
def play(tmp_path):
    return functools.partial(house.play, tmp_path)


@pytest.fixture
def places(tmp_path):
    """Return the two endpoints of a blocking arbiter."""
    return f"ipc://{tmp_path}/ctl", f"ipc://{tmp_path}/pub"


# --- life -----------------------------------------------------------------------------------------


def test_without_a_loop_start_blocks_until_the_end_and_calls_back_when_all_are_started(places):
    seen = []

    def started(future):
        seen.extend([future.exception(), arbiter.statuses(), arbiter.running])
        arbiter.stop()

    arbiter = Arbiter([watcher("web")], *places)
    assert arbiter.start(started) is False
    assert seen == [None, {"web": "active"}, True]
    assert (arbiter.running, arbiter.loop, len(arbiter.get_watcher("web"))) == (False, None, 0)


def test_with_a_loop_start_can_be_awaited_until_all_are_started(play):
    async def scene(house):
        arbiter = house.arbiter(watcher("one"), watcher("two"))
        await arbiter.start()
        assert arbiter.statuses() == {"one": "active", "two": "active"}
        await arbiter.stop()
        assert arbiter.statuses() == {"one": "stopped", "two": "stopped"}

    play(scene)


def test_an_arbiter_runs_in_a_thread_with_a_loop_of_its_own(places):
    def run():
        arbiter.start(lambda _: ready.set())

    ready, arbiter = threading.Event(), Arbiter([watcher("web")], *places)
    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(20)
    client = CircusClient(endpoint=places[0])
    try:
        assert client.send_message("status")["statuses"] == {"web": "active"}
        assert client.send_message("quit", waiting=True)["status"] == "ok"
    finally:
        client.stop()
        thread.join(20)
    assert not thread.is_alive()


def test_an_arbiter_can_be_started_again_after_its_end(play):
    async def scene(house):
        arbiter = house.arbiter(watcher("web"))
        for _ in range(2):
            await arbiter.start()
            assert arbiter.statuses() == {"web": "active"}
            await arbiter.stop()

    play(scene)


def test_nothing_is_touched_before_the_start(places):
    async def scene():
        before = {*os.listdir("/proc/self/fd")}
        arbiter = Arbiter([watcher("web")], *places, sockets=[])
        arbiter.loop = asyncio.get_running_loop()
        assert arbiter.numwatchers() == 1
        assert {*os.listdir("/proc/self/fd")} == before

    lone(scene)


def test_an_arbiter_without_endpoints_works_through_its_methods():
    async def scene():
        arbiter = Arbiter([watcher("web")], None, None, loop=asyncio.get_running_loop())
        await arbiter.start()
        assert arbiter.numprocesses() == 1
        await arbiter.stop()

    lone(scene)


def test_an_endpoint_that_is_taken_is_refused_and_nothing_is_started(play):
    async def scene(house):
        await house.up(watcher("first"))
        second = house.arbiter(watcher("second"))
        with pytest.raises(OSError, match=r"cannot bind ipc://.*/pub: another daemon holds it"):
            second.start()
        assert (second.running, second.statuses()) == (False, {"second": "stopped"})

    play(scene)


def test_a_socket_that_cannot_be_bound_is_refused_and_the_endpoints_are_given_back(play):
    async def scene(house):
        taken = CircusSocket("taken", "127.0.0.1", 0)
        taken.bind_and_listen()
        www = CircusSocket("www", "127.0.0.1", taken.port)
        with pytest.raises(OSError, match="cannot bind socket 'www' at "):
            house.arbiter(watcher("web"), sockets=[www]).start()
        taken.close()
        await house.up(watcher("web"))

    play(scene)


def test_what_this_release_does_not_have_is_refused_not_ignored(places):
    with pytest.raises(ValueError, match="cannot provide httpd in this release"):
        Arbiter([], *places, httpd=True)


def test_the_umask_of_an_arbiter_is_that_of_its_processes(play):
    async def scene(house):
        talk = Talk()
        said = {"stdout_stream": {"stream": talk}}
        web = Watcher("web", "sh", args=["-c", "umask; exec sleep 600"], **said)
        old = os.umask(0o022)
        try:
            await house.up(web, umask=0o027)
            assert await talk.until() == ["0027"]
        finally:
            os.umask(old)

    play(scene)


# --- from a file ----------------------------------------------------------------------------------


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


# --- what is refused ------------------------------------------------------------------------------


def test_without_a_check_delay_a_death_is_noticed_only_when_somebody_asks(play):
    async def scene(house):
        arbiter = await house.up(watcher("web"), check_delay=-1)
        (pid,) = web = arbiter.get_watcher("web").processes
        os.kill(pid, signal.SIGKILL)
        until_zombie(pid)
        for _ in range(3):
            await asyncio.sleep(0)
        assert list(web) == [pid]
        arbiter.manage_watchers()
        await house.ears.until("spawn")
        assert house.ears.names() == ["reap", "spawn"]

    play(scene)


def test_a_caller_s_zmq_context_is_used_and_not_ended(play):
    async def scene(house):
        context = zmq.Context()
        arbiter = await house.up(watcher("web"), context=context)
        await arbiter.stop()
        assert not context.closed
        context.term()

    play(scene)


def test_without_a_check_delay_whoever_is_asked_to_end_is_reaped_all_the_same(play):
    async def scene(house):
        arbiter = await house.up(watcher("web", numprocesses=2), check_delay=-1)
        await arbiter.stop()
        assert arbiter.get_watcher("web").processes == {}

    play(scene)
