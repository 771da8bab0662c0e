import asyncio
import os
import socket

from circus.stats.arrivals import PAUSE, Arrivals
from tests.helpers.launching import PATIENCE


async def counted(counter, count):
    """Wait until so many arrivals were counted in all."""

    async def look():
        while sum(counter._counts.values()) < count:  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(PAUSE)

    await asyncio.wait_for(look(), PATIENCE)


def test_each_arrival_counts_once_and_who_merely_waits_does_not():
    async def scene():
        with socket.create_server(("127.0.0.1", 0)) as server:
            socket.create_connection(server.getsockname()).close()  # waits from before
            counter = Arrivals(asyncio.get_running_loop(), [server.fileno()])
            for count in (1, 2, 3):
                socket.create_connection(server.getsockname()).close()
                await counted(counter, count)
            first, second = counter.take(), counter.take()
            counter.close()
            return first[server.fileno()], second[server.fileno()]

    assert asyncio.run(scene()) == (3, 0)


def test_descriptors_that_are_no_sockets_of_ours_are_passed_over():
    async def scene():
        read, write = os.pipe()
        client, other = socket.socketpair()
        with client, other, socket.socket() as deaf:
            fds = [read, client.fileno(), deaf.fileno(), 987_654]
            counter = Arrivals(asyncio.get_running_loop(), fds)
            seen = counter.take()
            counter.close()
        os.close(read)
        os.close(write)
        return seen

    assert asyncio.run(scene()) == {}


def test_datagrams_count_as_well():
    async def scene():
        with (
            socket.socket(type=socket.SOCK_DGRAM) as server,
            socket.socket(type=socket.SOCK_DGRAM) as client,
        ):
            server.bind(("127.0.0.1", 0))
            counter = Arrivals(asyncio.get_running_loop(), [server.fileno()])
            client.sendto(b"x", server.getsockname())
            await counted(counter, 1)
            seen = counter.take()
            counter.close()
            return seen[server.fileno()]

    assert asyncio.run(scene()) == 1
