from __future__ import annotations

import os
import socket
import subprocess
import sys
import time

import pytest

from tests.helpers.launching import PATIENCE
from tests.helpers.socketfacts import ipv6

if sys.platform != "linux":
    pytest.skip("the kernel's tables are Linux's", allow_module_level=True)

from circus.host.linux import inodes

TCP = socket.SOCK_STREAM


def inode(sock):
    return os.fstat(sock.fileno()).st_ino


def told_of(child):
    """Return the command of a process, which the kernel fills in only after the exec is done."""
    end = time.monotonic() + PATIENCE
    while not (told := inodes.command(child.pid)):
        assert time.monotonic() < end
    return told


@pytest.fixture
def server():
    with socket.create_server(("127.0.0.1", 0)) as sock:
        yield sock


@pytest.mark.parametrize(
    ("host", "there"), [("127.0.0.1", True), ("0.0.0.0", True), ("127.0.0.2", False), ("::", True)]
)
def test_an_address_overlaps_itself_and_the_wildcard(server, host, there):
    found = inodes.of_port(TCP, host, server.getsockname()[1])
    assert (inode(server) in found) is there


def test_a_wildcard_of_the_other_family_overlaps():
    ipv6()
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as sock:
        assert inode(sock) in inodes.of_port(TCP, "127.0.0.1", sock.getsockname()[1])


def test_who_listens_comes_before_who_is_connected(server):
    with socket.create_connection(server.getsockname()):
        accepted, _ = server.accept()
        with accepted:
            assert set(inodes.of_port(TCP, *server.getsockname())) == {inode(server)}


def test_a_type_without_a_table_has_nobody():
    assert inodes.of_port(socket.SOCK_RAW, "127.0.0.1", 1) == {}


def test_paths_are_compared_as_files_and_names_with_their_types(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as one, socket.socket(socket.AF_UNIX) as two:
        one.bind("a path with blanks")
        two.bind(f"\0{tmp_path}")
        assert list(inodes.of_path(f"{tmp_path}/a path with blanks", TCP)) == [inode(one)]
        assert list(inodes.of_path(f"@{tmp_path}", TCP)) == [inode(two)]
        assert inodes.of_path(f"@{tmp_path}", socket.SOCK_DGRAM) == {}


def test_every_process_that_has_a_socket_open_is_found(server):
    fd = server.fileno()
    child = subprocess.Popen(["cat"], stdin=subprocess.PIPE, pass_fds=[fd])
    try:
        assert set(inodes.owners([inode(server)])) == {os.getpid(), child.pid}
    finally:
        child.communicate()
    assert inodes.owners([]) == {}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["cat"], "cat"),
        (["cat", "-", "/dev/null"], "cat"),
        (["sh", "-c", "read secret"], "sh"),
        (["tail", "/dev/null", "-f"], "tail /dev/null"),
    ],
)
def test_a_command_is_told_without_what_may_be_secret(words, told):
    child = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    try:
        assert told_of(child) == told
    finally:
        child.kill()
        child.communicate()


def test_a_command_cannot_write_to_a_terminal():
    child = subprocess.Popen(["\x1b[2J" + "x" * 200], executable="cat", stdin=subprocess.PIPE)
    try:
        assert told_of(child) == "?[2J" + "x" * 96
    finally:
        child.communicate()


def test_a_process_that_is_gone_has_no_command():
    child = subprocess.Popen(["true"])
    child.wait()
    assert inodes.command(child.pid) == ""
