from __future__ import annotations

import asyncio
import os
import signal
import socket

import pytest

from circus.arbiter import Arbiter
from circus.embedding import KEPT, Event, _Ear
from circus.sockets import CircusSocket
from circus.spec.model import CONSOLE
from tests.helpers.floor import STUBBORN, Talk, alive, lone
from tests.helpers.house import watcher


def test_an_arbiter_runs_for_as_long_as_a_block_does():
    async def scene():
        async with Arbiter([watcher("web", numprocesses=2)]) as arbiter:
            pids = list(arbiter.get_watcher("web").processes)
            assert arbiter.statuses() == {"web": "active"}
        assert not any(map(alive, pids))
        assert (arbiter.running, arbiter.loop) == (False, None)

    lone(scene)


def test_what_the_block_raises_comes_out_after_the_last_process_is_gone():
    async def scene():
        web = watcher("web")
        seen = []

        async def block():
            async with Arbiter([web]):
                seen.extend(web.processes)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await block()
        assert seen
        assert not any(map(alive, seen))

    lone(scene)


def test_an_arbiter_can_be_used_in_one_loop_after_the_other():
    arbiter = Arbiter([watcher("web")])

    async def scene():
        async with arbiter:
            assert arbiter.numprocesses() == 1

    lone(scene)
    lone(scene)


def test_signals_stay_those_of_the_program():
    async def scene():
        before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
        async with Arbiter([watcher("web")]):
            now = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
            assert now == before

    lone(scene)


def test_whoever_is_cancelled_while_it_stops_wants_it_to_make_haste():
    async def scene():
        talk = Talk()
        stubborn = watcher(
            "web", **{**STUBBORN, "graceful_timeout": 600, "stdout_stream": {"stream": talk}}
        )
        arbiter = Arbiter([stubborn])

        async def block():
            async with arbiter:
                await talk.until()
                entered.set()

        entered = asyncio.Event()
        task = asyncio.create_task(block())
        await entered.wait()
        (pid,) = stubborn.processes
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 20)
        assert not alive(pid)

    lone(scene)


def test_events_are_iterated_over_until_the_end():
    async def scene():
        async with Arbiter([watcher("web")]) as arbiter:
            events = arbiter.events()
            (pid,) = arbiter.get_watcher("web").processes
            os.kill(pid, signal.SIGKILL)
            first = await anext(events)
            assert (first.watcher, first.name) == ("web", "reap")
            assert (first.fields["process_pid"], first.fields["exit_code"]) == (pid, -9)
            assert first.time > 0
            assert (await anext(events)).name == "spawn"
        assert [one.name async for one in events] == ["kill", "reap", "stop"]
        assert [one async for one in arbiter.events()] == []

    lone(scene)


def test_who_takes_events_slowly_misses_the_oldest():
    async def scene():
        ear = _Ear()
        for number in range(KEPT + 1):
            ear.hear(Event("web", "spawn", float(number), {}))
        ear.close()
        taken = [one.time async for one in ear]
        assert (len(taken), taken[0]) == (KEPT, 1.0)

    asyncio.run(scene())


def test_an_arbiter_with_sockets_and_a_console_can_be_used_again(places):
    async def scene():
        arbiter = Arbiter(
            [watcher("web", use_sockets=True)],
            *places,
            sockets=[CircusSocket("www", "127.0.0.1", 0)],
            httpd=True,
            httpd_host="127.0.0.1",
            httpd_port=0,
        )
        for _ in range(2):
            async with arbiter:
                for name in ("www", CONSOLE):
                    socket.create_connection(("127.0.0.1", arbiter.sockets[name].port)).close()

    lone(scene)
