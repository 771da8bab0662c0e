from __future__ import annotations

import inspect
from dataclasses import FrozenInstanceError, fields
from typing import get_args

import pytest

from circus.core import messages

EVENTS, EFFECTS = get_args(messages.Event), get_args(messages.Effect)
ALL = EVENTS + EFFECTS


def test_every_message_is_either_an_event_or_an_effect():
    defined = {
        value
        for value in vars(messages).values()
        if inspect.isclass(value) and value.__module__ == messages.__name__
    }
    assert defined - {messages.Outcome} == set(ALL)
    assert not set(EVENTS) & set(EFFECTS)


@pytest.mark.parametrize("message", ALL, ids=lambda message: message.__name__)
def test_a_message_is_plain_data_that_nobody_can_change(message):
    values = [1] * len(fields(message))
    made = message(*values)
    assert made == message(*values)
    for field in fields(message):
        with pytest.raises(FrozenInstanceError):
            setattr(made, field.name, 2)


@pytest.mark.parametrize(
    "message",
    [one for one in EVENTS if any(field.name == "ticket" for field in fields(one))],
    ids=lambda message: message.__name__,
)
def test_a_request_is_not_waited_for_unless_it_says_so(message):
    (ticket,) = (field for field in fields(message) if field.name == "ticket")
    assert ticket.default == 0
