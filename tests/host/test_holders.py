from __future__ import annotations

import os
import socket
import sys

import pytest

from circus.host import holders as module
from circus.host.holders import holders

linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's tables are Linux's")


@linux
@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_who_has_a_port_is_found(kind):
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            sock.listen()
        (holder,) = holders(socket.AF_INET, kind, sock.getsockname())
    assert (holder.pid, holder.user) == (os.getpid(), os.geteuid())
    assert holder.command


@linux
@pytest.mark.parametrize("abstract", [False, True])
def test_who_has_a_path_is_found(tmp_path, abstract):
    path = f"@{tmp_path}/s" if abstract else str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(path.replace("@", "\0"))
        sock.listen()
        (holder,) = holders(socket.AF_UNIX, socket.SOCK_STREAM, path)
    assert holder.pid == os.getpid()


def test_nobody_has_what_is_free(tmp_path):
    assert holders(socket.AF_UNIX, socket.SOCK_STREAM, str(tmp_path / "s")) == []
    assert holders(socket.AF_INET, socket.SOCK_STREAM, "no place") == []


def test_elsewhere_nobody_can_tell(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as sock:
        monkeypatch.setattr(module.sys, "platform", "plan9")
        assert holders(socket.AF_INET, socket.SOCK_STREAM, sock.getsockname()) == []


@linux
def test_of_a_process_that_we_may_not_look_into_only_the_user_is_told(monkeypatch):
    monkeypatch.setattr(module.inodes, "owners", lambda wanted: {})
    with socket.create_server(("127.0.0.1", 0)) as sock:
        (holder,) = holders(socket.AF_INET, socket.SOCK_STREAM, sock.getsockname())
    assert (holder.pid, holder.user) == (0, os.geteuid())
