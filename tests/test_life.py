from __future__ import annotations

import asyncio
import os
import signal
import threading

import pytest
import zmq

from circus.arbiter import Arbiter
from circus.client import CircusClient
from circus.sockets import CircusSocket
from circus.watcher import Watcher
from tests.helpers.floor import Talk, lone, until_zombie
from tests.helpers.house import watcher


def test_without_a_loop_start_blocks_until_the_end_and_calls_back_when_all_are_started(places):
    seen = []

    def started(future):
        seen.extend([future.exception(), arbiter.statuses(), arbiter.running])
        arbiter.stop()

    arbiter = Arbiter([watcher("web")], *places)
    assert arbiter.start(started).result() is False
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


def test_the_umask_of_an_arbiter_is_that_of_its_processes_for_as_long_as_it_lives(play):
    async def scene(house):
        talk = Talk()
        said = {"stdout_stream": {"stream": talk}}
        web = Watcher("web", "sh", args=["-c", "umask; exec sleep 600"], **said)
        old = os.umask(0o022)
        try:
            arbiter = await house.up(web, umask=0o027)
            assert await talk.until() == ["0027"]
            await arbiter.stop()
            assert os.umask(0o022) == 0o022
        finally:
            os.umask(old)

    play(scene)


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


# --- in a program that embeds it ------------------------------------------------------------------


def test_a_loop_that_was_put_into_it_is_run_until_the_end_and_stays_the_callers(places):
    arbiter = Arbiter([watcher("web")], *places)
    loop = asyncio.new_event_loop()
    arbiter.loop = arbiter.ctrl.loop = loop
    assert arbiter.start(lambda _: arbiter.stop()).result() is False
    assert (arbiter.loop, loop.is_closed()) == (loop, False)
    loop.close()


def test_a_loop_of_its_own_is_tornado_s_as_callbacks_expect(places):
    def started(_):
        arbiter.loop.add_callback(arbiter.stop)

    arbiter = Arbiter([watcher("web")], *places)
    arbiter.start(started)
    assert arbiter.statuses() == {"web": "stopped"}


def test_a_loop_that_is_stopped_stops_everything(places):
    arbiter = Arbiter([watcher("web")], *places)
    arbiter.start(lambda _: arbiter.loop.stop())
    assert (arbiter.statuses(), arbiter.running) == ({"web": "stopped"}, False)


def test_a_start_that_blocks_ends_by_a_signal_and_gives_the_signals_back(places):
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    arbiter = Arbiter([watcher("web")], *places)
    arbiter.start(lambda _: signal.raise_signal(signal.SIGTERM))
    assert arbiter.statuses() == {"web": "stopped"}
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


def test_an_error_of_the_loop_leaves_no_process_behind(places):
    def started(_):
        raise SystemExit(3)

    web = watcher("web")
    arbiter = Arbiter([web], *places)
    pids = []
    arbiter.on_close = lambda: pids.extend(web.processes)
    with pytest.raises(SystemExit):
        arbiter.start(started)
    assert pids
    until_zombie(*pids)
    for pid in pids:
        os.waitpid(pid, 0)


def test_everything_is_opened_by_initialize_and_nothing_is_started(play):
    async def scene(house):
        arbiter = house.arbiter(watcher("web"))
        arbiter.initialize()
        assert (arbiter.evpub_socket is not None, arbiter.statuses()) == (True, {"web": "stopped"})
        arbiter._close()

    play(scene)


def test_two_arbiters_live_side_by_side(tmp_path):
    async def scene():
        loop = asyncio.get_running_loop()
        both = [
            Arbiter([watcher(name)], f"ipc://{tmp_path}/{name}c", f"ipc://{tmp_path}/{name}p")
            for name in ("one", "two")
        ]
        for arbiter in both:
            arbiter.loop = loop
            await arbiter.start()
        await both[0].stop()
        assert [one.statuses() for one in both] == [{"one": "stopped"}, {"two": "active"}]
        await both[1].stop()

    lone(scene)


def test_what_initialize_cannot_open_is_told_and_the_umask_is_as_before(play):
    async def scene(house):
        await house.arbiter(watcher("web")).start()
        other = house.arbiter(watcher("other"))
        other.umask = 0o077
        with pytest.raises(OSError, match="cannot bind"):
            other.initialize()
        before = os.umask(0o022)
        os.umask(before)
        assert before != 0o077

    play(scene)
