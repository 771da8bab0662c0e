from __future__ import annotations

import errno
import os
import socket

import pytest

from circus.host.holders import Holder
from circus.sockets.refusal import refused, told

BUSY = OSError(errno.EADDRINUSE, "in use")


@pytest.mark.parametrize(
    ("found", "text"),
    [
        ([Holder(1, "init")], "process 1 (init)"),
        ([Holder(1)], "process 1"),
        ([Holder(os.getpid(), "x")], "this process itself"),
        ([Holder(0, user=0)], "a process of user 'root'"),
        ([Holder(0, user=2**31)], f"a process of user {2**31}"),
        ([Holder(0)], "a process that we may not look into"),
        (
            [Holder(1, "a"), Holder(2, "b"), Holder(3, "c"), Holder(4), Holder(5)],
            "process 1 (a), process 2 (b), process 3 (c) and 2 more",
        ),
    ],
)
def test_processes_are_told_in_a_few_words(found, text):
    assert told(found) == text


def test_only_an_address_in_use_is_held_by_somebody():
    denied = OSError(errno.EACCES, "denied")
    with socket.create_server(("127.0.0.1", 0)) as sock:
        place = sock.getsockname()
        assert refused(denied, socket.AF_INET, socket.SOCK_STREAM, place) == "denied"
        text = refused(BUSY, socket.AF_INET, socket.SOCK_STREAM, place)
        assert text in {"in use; held by this process itself", "in use"}


def test_a_stale_path_is_told_from_a_file(tmp_path):
    path, plain = str(tmp_path / "s"), tmp_path / "plain"
    plain.touch()
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(path)
    family, kind = socket.AF_UNIX, socket.SOCK_STREAM
    assert refused(BUSY, family, kind, path) == "in use; no process holds it"
    assert refused(BUSY, family, kind, str(plain)) == "in use"
    assert refused(BUSY, family, kind, str(tmp_path / "none")) == "in use"
