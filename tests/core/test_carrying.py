from __future__ import annotations

import pytest

from circus.core.carrying import CARRY, close_streams, open_streams
from circus.core.members import Members
from circus.core.messages import CloseStreams, OpenStreams
from circus.core.questions import FAREWELL
from circus.spec.model import StreamSpec, WatcherSpec

FILE = StreamSpec("FileStream")


def members(**options):
    made = Members(WatcherSpec("web", **options))
    made.now = 100.0
    return made


def test_without_a_stream_there_is_nothing_to_carry():
    here = members()
    assert close_streams(here, close=True) == 0
    assert here.effects == []


@pytest.mark.parametrize("close", [True, False])
@pytest.mark.parametrize("stream", ["stdout_stream", "stderr_stream"])
def test_the_output_may_take_a_while_but_not_for_ever(stream, close):
    here = members(**{stream: FILE})
    number = close_streams(here, close)
    assert here.effects == [CloseStreams(number, close)]
    assert here.questions.deadline() == 100 + CARRY


def test_in_haste_it_may_take_a_moment():
    here = members(stdout_stream=FILE)
    here.hasty = True
    close_streams(here, close=True)
    assert here.questions.deadline() == 100 + FAREWELL


def test_a_new_start_does_not_give_up_what_was_written_before():
    here = members(stdout_stream=FILE)
    number = close_streams(here, close=True)
    here.effects.clear()
    open_streams(here)
    assert here.effects == [OpenStreams()]
    assert here.questions.take(number) is None
    assert here.questions.deadline() == float("inf")
