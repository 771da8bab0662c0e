"""What the classes of streams can carry, in one thread, into files of this disk's cache."""

from __future__ import annotations

import time

import pytest

from circus.stream import FileStream, JsonStream, TimedRotatingFileStream
from tests.helpers.chunks import chunk, open_stream
from tests.proof.conftest import ROUNDS

pytestmark = pytest.mark.proof

LINE = b"x" * 99 + b"\n"
CHUNK = LINE * 2621
"""A quarter of a MiB, as the daemon reads it."""
MIB = 1024 * 1024
BOUNDS = {"max_bytes": 64 * MIB, "backup_count": 3}
STAMP = "%Y-%m-%d %H:%M:%S"


def carried(folder, cls, options, size):
    """Return the seconds that a stream takes for each GiB, measured over a size in MiB."""
    count = size * MIB // len(CHUNK)
    with open_stream(cls, str(folder / "log"), **options) as stream:
        begin = time.perf_counter()
        for _ in range(count):
            stream(chunk(CHUNK, watcher="web", wid=1, timestamp=1.7e9))
        taken = time.perf_counter() - begin
    for path in folder.iterdir():
        path.unlink()
    return taken * 1024 * MIB / (count * len(CHUNK))


@pytest.mark.parametrize(
    ("cls", "options", "size", "speed"),
    [
        (FileStream, {}, 1024, 1400),
        (FileStream, BOUNDS, 1024, 1400),
        (TimedRotatingFileStream, {"rotate_when": "midnight"}, 1024, 1400),
        (FileStream, {"time_format": STAMP}, 256, 300),
        (FileStream, {"time_format": STAMP, **BOUNDS}, 256, 300),
        (JsonStream, {}, 64, 60),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_stream_carries_a_gibibyte_in_time(tmp_path, figure, cls, options, size, speed):
    taken = [carried(tmp_path, cls, options, size) for _ in range(ROUNDS)]
    name = f"1 GiB through {cls.__name__} {' '.join(options)}".strip()
    figure(name, taken, 1024 / speed, "s")
