"""Chunks as a daemon gives them to streams, files that are full, and what is found on the disk."""

from __future__ import annotations

import contextlib
import os
import threading
from datetime import datetime

PATIENCE = 20.0
"""Seconds that a thread may take."""


def local(*fields):
    """Return a local time, from the year on."""
    return datetime(*fields)  # noqa: DTZ001 - streams show local time


def noon():
    """Return noon of 2 January 2020: a clock that stands still."""
    return local(2020, 1, 2, 12)


def chunk(data, pid=1, name="stdout", **more):
    """Return what a stream is called with."""
    return {"data": data, "pid": pid, "name": name, **more}


def feed(stream, *chunks):
    """Give a stream chunks of one process, or pairs of data and pid."""
    for one in chunks:
        stream(chunk(*one) if isinstance(one, tuple) else chunk(one))


@contextlib.contextmanager
def open_stream(cls, *args, **options):
    """Make a stream, and close it at the end."""
    stream = cls(*args, **options)
    try:
        yield stream
    finally:
        stream.close()


def texts(directory):
    """Return the content of each file of a directory by its name."""
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def numbered(count, width=10):
    """Return lines of a width, newline included, each with its number."""
    return [b"%0*d\n" % (width - 1, number) for number in range(count)]


def settle(path):
    """Wait until nobody compresses backups of a file."""
    for thread in threading.enumerate():
        if thread.name == f"compress {os.path.basename(path)}":
            thread.join(PATIENCE)
            assert not thread.is_alive()


def full(monkeypatch, after, error=28):
    """Let a disk take so many bytes more, as write(2) sees it; then ENOSPC. Returns its state."""
    real, disk = os.write, {"left": after}

    def write(fd, data):
        if disk["left"] is None:
            return real(fd, data)
        if not disk["left"]:
            raise OSError(error, os.strerror(error))
        done = real(fd, memoryview(data)[: disk["left"]])
        disk["left"] -= done
        return done

    monkeypatch.setattr(os, "write", write)
    return disk
