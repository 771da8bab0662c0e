from __future__ import annotations

import asyncio
import errno
import os
import socket

import pytest
import zmq

from circus import endpoint as endpoints
from tests.helpers.desk import PATIENCE


class Context:
    """A ZMQ context that closes its sockets when the test is over, not when they are forgotten."""

    def __init__(self):
        self.zmq, self.sockets = zmq.Context(), []

    def socket(self, kind):
        self.sockets.append(self.zmq.socket(kind))
        return self.sockets[-1]


@pytest.fixture
def context():
    context = Context()
    yield context
    for zsocket in context.sockets:
        zsocket.close(0)
    context.zmq.term()


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "ctl")


def bound(context, endpoint):
    zsocket = context.socket(zmq.ROUTER)
    return zsocket, endpoints.bind(zsocket, endpoint)


def refusal(context, endpoint):
    with pytest.raises(OSError, match="cannot bind") as caught:
        bound(context, endpoint)
    return caught.value


def test_a_taken_port_is_told_with_the_endpoint_and_the_reason(context):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        endpoint = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        problem = refusal(context, endpoint)
    assert problem.errno == errno.EADDRINUSE
    assert problem.strerror == f"cannot bind {endpoint}: Address already in use"


@pytest.mark.parametrize("endpoint", ["nonsense", "tcp://", "x://y"])
def test_an_endpoint_that_makes_no_sense_is_told(context, endpoint):
    assert endpoint in refusal(context, endpoint).strerror


def test_a_path_that_a_living_daemon_holds_is_refused_and_its_lock_kept(context, path):
    zsocket, binding = bound(context, f"ipc://{path}")
    for _ in range(2):
        problem = refusal(context, f"ipc://{path}")
        assert problem.errno == errno.EADDRINUSE
        assert problem.strerror.endswith("another daemon holds it")
    binding.release(zsocket.close)


def test_a_path_at_which_a_stranger_answers_is_refused(context, path):
    with socket.socket(socket.AF_UNIX) as stranger:
        stranger.bind(path)
        stranger.listen(0)
        for _ in range(3):  # until its queue is full, and after
            assert refusal(context, f"ipc://{path}").strerror.endswith("somebody answers there")
    assert not os.path.exists(f"{path}.lock")


def test_a_stale_path_is_taken_over(context, path):
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(path)
    open(f"{path}.lock", "w").close()
    zsocket, binding = bound(context, f"ipc://{path}")
    binding.release(zsocket.close)


def test_a_file_that_is_no_socket_is_left_alone(context, path):
    with open(path, "w") as file:
        file.write("precious")
    assert "no socket is in the way" in refusal(context, f"ipc://{path}").strerror
    with open(path) as file:
        assert file.read() == "precious"


def test_a_missing_directory_is_told(context, tmp_path):
    assert refusal(context, f"ipc://{tmp_path}/none/ctl").errno == errno.ENOENT


@pytest.mark.parametrize("transport", ["ipc", "tcp"])
def test_a_released_endpoint_is_free_at_once_and_leaves_no_file(context, transport, path):
    zsocket, binding = bound(
        context, f"ipc://{path}" if transport == "ipc" else "tcp://127.0.0.1:0"
    )
    for _ in range(20):
        binding.release(zsocket.close)
        assert not os.path.exists(f"{path}.lock")
        assert not os.path.exists(path)
        zsocket, binding = bound(context, binding.endpoint)
    binding.release(zsocket.close)
    binding.release(zsocket.close)


def test_a_lock_whose_file_was_removed_meanwhile_is_taken_anew(path, monkeypatch):
    real, removed = endpoints.fcntl.flock, []

    def flock(fd, how):
        real(fd, how)
        if not removed:
            removed.append(os.unlink(f"{path}.lock"))

    monkeypatch.setattr(endpoints.fcntl, "flock", flock)
    lock = endpoints.PathLock(path)
    assert removed
    assert os.path.exists(f"{path}.lock")
    lock.release()


@pytest.mark.parametrize("endpoint", ["tcp://127.0.0.1:1", "ipc://*", "ipc://@name", "ipc://"])
def test_only_an_ipc_path_has_a_path(endpoint):
    assert endpoints.ipc_path(endpoint) is None


class Pair:
    """Two connected sockets, one with a mailbox."""

    def __init__(self, context, path, receive):
        self.here, self.there = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
        self.here.bind(f"ipc://{path}")
        self.there.connect(f"ipc://{path}")
        self.mailbox = endpoints.Mailbox(self.here, asyncio.get_running_loop(), receive)


def test_more_messages_than_a_batch_all_arrive_in_order(context, path):
    async def play():
        got = asyncio.Queue()
        pair = Pair(context, path, got.put_nowait)
        count = 3 * endpoints.BATCH + 1
        for number in range(count):
            pair.there.send(b"%d" % number)
        heard = [await asyncio.wait_for(got.get(), PATIENCE) for _ in range(count)]
        pair.mailbox.close()
        return heard == [[b"%d" % number] for number in range(count)]

    assert asyncio.run(play())


def test_a_message_that_came_during_a_send_is_not_slept_on(context, path):
    async def play():
        got = asyncio.Queue()
        pair = Pair(context, path, got.put_nowait)
        pair.there.send(b"hello")
        assert await asyncio.wait_for(got.get(), PATIENCE) == [b"hello"]
        for _ in range(200):
            assert pair.mailbox.send((b"ping",))
            pair.there.recv()
            pair.there.send(b"pong")
            pair.here.poll(PATIENCE * 1000)  # now the descriptor has been looked at
            assert pair.mailbox.send((b"ping",))
            pair.there.recv()
            assert await asyncio.wait_for(got.get(), PATIENCE) == [b"pong"]
        pair.mailbox.close()

    asyncio.run(play())


def test_a_receiver_that_raises_loses_one_message_only(context, path):
    async def play():
        got, raised = asyncio.Queue(), []

        def receive(message):
            if message == [b"bad"]:
                raise ZeroDivisionError
            got.put_nowait(message)

        asyncio.get_running_loop().set_exception_handler(
            lambda _, what: raised.append(what["exception"])
        )
        pair = Pair(context, path, receive)
        for message in (b"bad", b"bad", b"good"):
            pair.there.send(message)
        assert await asyncio.wait_for(got.get(), PATIENCE) == [b"good"]
        pair.mailbox.close()
        return len(raised)

    assert asyncio.run(play()) == 2


def test_a_receiver_may_close_the_mailbox(context, path):
    async def play():
        closed = asyncio.Event()

        def receive(_):
            pair.mailbox.close()
            closed.set()

        pair = Pair(context, path, receive)
        for _ in range(3):
            pair.there.send(b"x")
        await asyncio.wait_for(closed.wait(), PATIENCE)
        await asyncio.sleep(0)
        return pair.here.closed

    assert asyncio.run(play())


def test_a_message_that_cannot_leave_is_lost_and_told(context, path):
    async def play():
        lonely = context.socket(zmq.PAIR)
        lonely.bind(f"ipc://{path}")
        mailbox = endpoints.Mailbox(lonely, asyncio.get_running_loop(), print)
        sent = mailbox.send((b"x",))
        mailbox.close()
        return sent

    assert asyncio.run(play()) is False
