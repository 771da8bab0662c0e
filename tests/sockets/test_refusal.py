from __future__ import annotations

import errno
import os
import socket

import pytest

from circus.host.holders import Holder
from circus.sockets.refusal import refused, told

BUSY = OSError(errno.EADDRINUSE, "in use")

ONE = 2**30
"""A number that no process has: this one may have any that is small."""


@pytest.mark.parametrize(
    ("found", "text"),
    [
        ([Holder(ONE, "init")], f"process {ONE} (init)"),
        ([Holder(ONE)], f"process {ONE}"),
        ([Holder(os.getpid(), "x")], "this process itself"),
        ([Holder(0, user=0)], "a process of user 'root'"),
        ([Holder(0, user=2**31)], f"a process of user {2**31}"),
        ([Holder(0)], "a process that we may not look into"),
        (
            [Holder(ONE, "a"), Holder(ONE + 1, "b"), Holder(ONE + 2), Holder(ONE), Holder(ONE)],
            f"process {ONE} (a), process {ONE + 1} (b), process {ONE + 2} and 2 more",
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
