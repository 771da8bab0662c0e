"""Discovery: real sockets, asked at this host's own address."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket

import pytest
import zmq

from circus import discovery
from circus.controller import Controller
from circus.discovery import ANSWERS, Discovery, create_udp_socket, place
from tests.helpers.fleet import FakeFleet
from tests.helpers.launching import PATIENCE

GROUP = "237.219.251.97"


@pytest.fixture
def asked():
    """A socket of the group, at a free port."""
    try:
        made = create_udp_socket(GROUP, 0)
    except OSError as error:
        pytest.skip(f"no multicast here: {error}")
    yield made
    made.close()


@pytest.fixture
def seeker():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.setblocking(False)
        yield made


def play(asked, scene, **more):
    """Run a coroutine function of the place to ask at, while questions are answered."""

    async def run():
        found = Discovery(asked, asyncio.get_running_loop(), "tcp://127.0.0.1:5555", **more)
        try:
            return await asyncio.wait_for(scene(("127.0.0.1", asked.getsockname()[1])), PATIENCE)
        finally:
            found.close()

    return asyncio.run(run())


async def answer(seeker):
    return await asyncio.get_running_loop().sock_recv(seeker, 1000)


@pytest.mark.parametrize("question", [b"", b"?", b'{"endpoint": 5}', b"x" * 1400])
def test_any_datagram_is_answered_with_the_endpoint_and_nothing_else(asked, seeker, question):
    async def scene(there):
        seeker.sendto(question, there)
        return await answer(seeker)

    assert json.loads(play(asked, scene)) == {"endpoint": "tcp://127.0.0.1:5555"}


def test_a_flood_gets_so_many_answers_a_second_and_then_more(asked, seeker):
    now = [100.0]

    async def scene(there):
        for _ in range(5 * ANSWERS):
            seeker.sendto(b"?", there)
        got = [await answer(seeker) for _ in range(ANSWERS)]
        while not nobody_asks(asked):  # noqa: ASYNC110 - it is read in this very loop
            await asyncio.sleep(0)
        with pytest.raises(BlockingIOError):
            seeker.recv(1000)
        now[0] += 1.0
        seeker.sendto(b"?", there)
        return [*got, await answer(seeker)]

    assert len(play(asked, scene, clock=lambda: now[0])) == ANSWERS + 1


def nobody_asks(asked):
    try:
        asked.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    return False


def test_it_hears_the_group_and_shares_the_port(asked):
    with create_udp_socket(GROUP, asked.getsockname()[1]) as other:
        assert other.getsockname() == asked.getsockname()
    assert asked.getsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL) == 255
    assert not os.get_inheritable(asked.fileno())


@pytest.mark.parametrize("address", ["223.255.255.255", "240.0.0.1", "127.0.0.1"])
def test_an_address_that_is_no_group_is_refused(address):
    with pytest.raises(ValueError, match="is no multicast address"):
        create_udp_socket(address, 0)


def test_a_port_that_cannot_be_had_leaves_no_socket_open():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("0.0.0.0", 0))
        with pytest.raises(OSError, match="Address already in use"):
            create_udp_socket(GROUP, taken.getsockname()[1])


def test_a_place_is_read_and_anything_else_refused():
    assert place("udp://237.219.251.97:12027") == (GROUP, 12027)
    for bad in ("", "udp://", f"udp://{GROUP}", f"tcp://{GROUP}:1", "udp://x:many"):
        with pytest.raises(ValueError, match=r"is no udp://|Port could not"):
            place(bad)


def test_what_is_not_possible_is_said_with_its_reason(caplog):
    discovery.disabled(OSError(19, "No such device"))
    assert caplog.messages[0] == discovery.DISABLED
    assert caplog.messages[1].endswith("No such device")


# --- the controller that has it -------------------------------------------------------------------


@pytest.fixture
def fleet():
    return FakeFleet()


@pytest.fixture
def endpoint(tmp_path):
    return f"ipc://{tmp_path}/ctl"


@pytest.mark.parametrize(
    ("place", "why"),
    [("udp://10.0.0.1:12027", "no multicast address"), ("tcp://x", "is no udp://ADDRESS:PORT")],
)
def test_discovery_that_cannot_be_had_is_told_and_harms_nobody(fleet, endpoint, caplog, place, why):
    async def run():
        context = zmq.Context()
        loop = asyncio.get_running_loop()
        controller = Controller(endpoint, place, context, loop, fleet)
        controller.start()
        controller.stop()
        context.destroy(0)

    caplog.set_level(logging.WARNING)
    asyncio.run(run())
    assert caplog.messages[0] == discovery.DISABLED
    assert why in caplog.messages[1]


def test_whoever_looks_for_the_daemon_is_answered_while_it_serves(fleet, endpoint, monkeypatch):
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", 0))
    made.setblocking(False)
    asked = []
    monkeypatch.setattr(
        "circus.controller.create_udp_socket", lambda *args: asked.append(args) or made
    )

    async def run():
        context, loop = zmq.Context(), asyncio.get_running_loop()
        controller = Controller(endpoint, "udp://237.219.251.97:12027", context, loop, fleet)
        controller.start()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as seeker:
            seeker.setblocking(False)
            seeker.sendto(b"?", made.getsockname())
            answer = await asyncio.wait_for(loop.sock_recv(seeker, 1000), PATIENCE)
        controller.stop()
        context.destroy(0)
        return json.loads(answer)

    assert asyncio.run(run()) == {"endpoint": endpoint}
    assert asked == [("237.219.251.97", 12027)]
    assert made.fileno() == -1
