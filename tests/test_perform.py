from __future__ import annotations

from typing import get_args

import pytest

from circus.core import messages as m
from circus.perform import Performer, perform

ROWS = [
    (m.Spawn(3), ("order_launch", 3)),
    (m.CallOff(3), ("call_off_launch", 3)),
    (m.Signal(100, 15), ("stop_process", 100, 15)),
    (m.StopByCommand(100), ("run_stop_command", 100)),
    (m.Kill(100), ("kill_family", 100)),
    (m.SignalFamily(100, 9), ("signal_family", 100, 9)),
    (m.Ask(7, "after_spawn", {"pid": 100}), ("ask_hook", 7, "after_spawn", {"pid": 100})),
    (m.Drop(7), ("drop_hook", 7)),
    (m.Announce("spawn", {"wid": 3}), ("announce", "spawn", {"wid": 3})),
    (m.Over(-9, failed=True), ("over", -9, True)),
    (m.OpenStreams(), ("open_streams",)),
    (m.CloseStreams(7, close=False), ("close_streams", 7, False)),
    (m.GiveUpOutput(), ("give_up_output",)),
    (m.Listen(on=True), ("listen", True)),
    (m.Reply(9, m.Outcome(by="stop")), ("reply", 9, m.Outcome(by="stop"))),
]


class Noting:
    """A performer that notes what it is to do."""

    def __init__(self):
        self.done = []

    def __getattr__(self, name):
        assert hasattr(Performer, name), f"no performer can {name}"
        return lambda *args: self.done.append((name, *args))


@pytest.mark.parametrize(("effect", "done"), ROWS, ids=lambda row: type(row).__name__)
def test_an_effect_is_one_call_of_the_performer(effect, done):
    performer = Noting()
    perform(effect, performer)
    assert performer.done == [done]


def test_a_warning_is_logged(caplog):
    perform(m.Warn("the kettle boils"), Noting())
    assert [record.getMessage() for record in caplog.records] == ["the kettle boils"]


def test_every_effect_is_performed():
    assert {type(effect) for effect, _ in ROWS} | {m.Warn} == {*get_args(m.Effect)}


def test_what_is_no_effect_is_refused():
    with pytest.raises(AssertionError, match="nobody knows 'tea'"):
        perform("tea", Noting())
