from __future__ import annotations

import pytest

from circus.output.pending import Pending
from circus.spec.model import StreamSpec
from tests.helpers.writing import Sink


@pytest.fixture
def log(tmp_path):
    """A file in a directory that is not there yet."""
    return tmp_path / "logs" / "web"


def test_a_stream_is_made_as_soon_as_that_can_be(log):
    pending = Pending(StreamSpec("FileStream", {"filename": str(log)}))
    for act in (pending.open, pending.reopen, lambda: pending({"data": b"one\n", "pid": 1})):
        with pytest.raises(FileNotFoundError):
            act()
    log.parent.mkdir()
    pending({"data": b"two\n", "pid": 1})
    pending.reopen()
    pending.close()
    pending.open()
    pending({"data": b"three\n", "pid": 1})
    pending.close()
    assert log.read_text() == "two\nthree\n"


def test_what_was_never_made_need_not_be_closed(log):
    Pending(StreamSpec("FileStream", {"filename": str(log)})).close()


def test_a_stream_has_the_methods_that_it_has():
    sink = Sink()
    pending = Pending(StreamSpec("", {}, sink))
    pending.flush()
    pending.open()
    assert sink.calls == ["open"]
