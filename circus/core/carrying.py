"""The output of a watcher that goes down: it is carried to its streams before that is over.

A stream that does not keep up, or cannot be written, may delay the end for so long and no longer;
what is left then is given up. A watcher that starts again does not wait for it at all.
"""

from __future__ import annotations

from circus.core.members import Members
from circus.core.messages import CloseStreams, OpenStreams
from circus.core.questions import FAREWELL, OUTPUT, Question

CARRY = 5.0
"""Seconds that output may take to its streams once nothing runs any more."""


def open_streams(members: Members) -> None:
    """Have the streams opened. What was written before is not given up any more."""
    members.questions.forget(OUTPUT)
    members.effects.append(OpenStreams())


def close_streams(members: Members, close: bool) -> int:
    """Have what was written carried to its streams; return the question's number, or 0.

    :param close: and the streams closed
    """
    if not (members.spec.stdout_stream or members.spec.stderr_stream):
        return 0
    until = members.now + (FAREWELL if members.hasty else CARRY)
    number = members.questions.ask(Question(OUTPUT, until=until))
    members.effects.append(CloseStreams(number, close))
    return number
