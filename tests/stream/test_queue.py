from __future__ import annotations

import pytest

from circus.stream import Empty, Queue, QueueStream
from tests.helpers.chunks import chunk


def test_chunks_are_taken_as_they_were_put():
    stream = QueueStream(foo="ignored")
    one, two = chunk(b"one"), chunk(b"two")
    stream(one)
    stream(two)
    stream.close()
    assert isinstance(stream, Queue)
    assert stream.get() is one
    assert stream.get_nowait() is two
    with pytest.raises(Empty):
        stream.get_nowait()
