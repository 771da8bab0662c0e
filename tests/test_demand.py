from __future__ import annotations

import asyncio
import os
import socket

import pytest

from circus.demand import Demand
from circus.sockets import CircusSocket
from tests.helpers.launching import PATIENCE


@pytest.fixture(params=["tcp", "unix", "datagram"])
def place(request, tmp_path):
    """A managed socket, and what makes something wait on it."""
    if request.param == "unix":
        made = CircusSocket("www", path=str(tmp_path / "www"))
    else:
        kind = socket.SOCK_DGRAM if request.param == "datagram" else socket.SOCK_STREAM
        made = CircusSocket("www", "127.0.0.1", 0, type=kind)
    made.bind_and_listen()
    clients = []

    def call():
        client = socket.socket(made.family, made.socktype)
        client.settimeout(PATIENCE)
        client.connect(made.getsockname())
        if made.socktype == socket.SOCK_DGRAM:
            client.send(b"hello")
        clients.append(client)

    yield made, call
    for one in (*clients, made):
        one.close()


def play(scene):
    async def run():
        heard = asyncio.Queue()
        demand = Demand(asyncio.get_running_loop(), heard.put_nowait)
        try:
            await asyncio.wait_for(scene(demand, heard), PATIENCE)
        finally:
            demand.stop()

    asyncio.run(run())


def test_the_first_connection_wakes_and_the_watch_is_over(place):
    made, call = place

    async def scene(demand, heard):
        demand.watch([made])
        for _ in range(3):
            await asyncio.sleep(0)
        assert heard.empty()
        call()
        assert await heard.get() is False
        call()
        for _ in range(3):
            await asyncio.sleep(0)
        assert heard.empty()

    play(scene)


def test_what_waited_already_is_told_at_once_as_such(place):
    made, call = place

    async def scene(demand, heard):
        call()
        demand.watch([made])
        assert heard.get_nowait() is True

    play(scene)


def test_a_watch_that_was_stopped_hears_nothing(place):
    made, call = place

    async def scene(demand, heard):
        demand.watch([made])
        demand.stop()
        call()
        for _ in range(3):
            await asyncio.sleep(0)
        assert heard.empty()

    play(scene)


def test_no_descriptor_is_left_of_a_watch(place):
    made, _ = place

    async def scene(demand, heard):
        before = {*os.listdir("/proc/self/fd")}
        demand.watch([made])
        demand.watch([made, made])
        demand.stop()
        assert {*os.listdir("/proc/self/fd")} == before
        assert heard.empty()

    play(scene)


def test_a_new_watch_takes_the_place_of_the_old(place):
    made, call = place

    async def scene(demand, heard):
        demand.watch([made])
        demand.watch([])
        call()
        for _ in range(3):
            await asyncio.sleep(0)
        assert heard.empty()

    play(scene)


def test_two_may_watch_one_socket(place):
    made, call = place

    async def scene(demand, heard):
        second = Demand(asyncio.get_running_loop(), heard.put_nowait)
        demand.watch([made])
        second.watch([made])
        call()
        assert [await heard.get(), await heard.get()] == [False, False]

    play(scene)
