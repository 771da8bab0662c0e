from __future__ import annotations

import os
import signal
import socket

import pytest

from circus.exc import StartError
from circus.sockets import CircusSocket
from tests.helpers.floor import Talk, play, talking
from tests.helpers.launching import PATIENCE


@pytest.fixture
def listener():
    """A managed socket on a free port."""
    made = CircusSocket("www", "127.0.0.1", 0)
    made.bind_and_listen()
    yield made
    made.close()


def test_a_failed_launch_leaves_no_pipe_behind():
    async def scene(floor):
        web = floor.watcher(cmd="no-such-program", max_retry=1, stdout_stream={"stream": Talk()})
        before = {*os.listdir("/proc/self/fd")}
        with pytest.raises(StartError):
            await web.start()
        assert {*os.listdir("/proc/self/fd")} == before

    play(scene)


def test_the_environment_is_read_at_each_launch():
    async def scene(floor):
        talk, options = talking("echo $TEA; exec sleep 600", env={"TEA": "green"})
        web = floor.watcher(**options)
        await web.start()
        await talk.until()
        web.env["TEA"] = "black"
        (pid,) = web.processes
        os.kill(pid, signal.SIGKILL)
        assert await talk.until(2) == ["green", "black"]

    play(scene)


def test_the_command_knows_its_place_and_its_environment():
    async def scene(floor):
        talk = Talk()
        web = floor.watcher(
            cmd="/bin/sh -c 'echo $0; exec sleep 600' $(circus.wid)-((circus.env.tea))",
            env={"TEA": "hot"},
            numprocesses=2,
            stdout_stream={"stream": talk},
        )
        await web.start()
        assert sorted(await talk.until(2)) == ["1-hot", "2-hot"]

    play(scene)


def test_with_use_sockets_a_process_inherits_the_managed_sockets(listener):
    async def scene(floor):
        talk, options = talking("readlink /proc/self/fd/$0; exec sleep 600", use_sockets=True)
        options["args"].append("$(circus.sockets.www)")
        await floor.watcher(**options, sockets=[listener]).start()
        inode = os.fstat(listener.fileno()).st_ino
        assert await talk.until() == [f"socket:[{inode}]"]

    play(scene)


def test_without_use_sockets_a_process_gets_none_of_them(listener):
    async def scene(floor):
        talk, options = talking("ls -l /proc/self/fd; echo over; exec sleep 600")
        await floor.watcher(**options, sockets=[listener]).start()
        while "over" not in talk.words():
            words = await talk.until(len(talk.words()) + 1)
        assert not [word for word in words if word.startswith("socket:")]

    play(scene)


def test_stdin_socket_is_the_standard_input_of_a_process(listener):
    async def scene(floor):
        talk, options = talking("readlink /proc/$$/fd/0; exec sleep 600", stdin_socket="www")
        await floor.watcher(**options, sockets=[listener]).start()
        assert await talk.until() == [f"socket:[{os.fstat(listener.fileno()).st_ino}]"]

    play(scene)


def test_each_worker_gets_its_own_socket_of_an_address_that_is_shared_by_so_reuseport():
    async def scene(floor):
        shared = CircusSocket("www", "127.0.0.1", 0, so_reuseport=True)
        talk, options = talking("readlink /proc/self/fd/$0; exec sleep 600", use_sockets=True)
        options["args"].append("$(circus.sockets.www)")
        await floor.watcher(**options, sockets=[shared], numprocesses=2).start()
        assert len({*await talk.until(2)}) == 2
        for _ in range(2):
            socket.create_connection(("127.0.0.1", shared.port), PATIENCE).close()
        shared.close()

    play(scene)
