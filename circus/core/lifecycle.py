"""The two total tables: the life of one child, and the life of one watcher.

A table is written as a grid: a row a phase, a column a happening; ``.`` means that the happening
changes nothing in that phase. Every pair has a cell, so no combination is forgotten; the state
diagram in the documentation is drawn from here.
"""

from __future__ import annotations

from enum import Enum
from typing import TypeVar


class Child(Enum):
    """The phases of one child."""

    ASKING = "before_spawn was asked whether to spawn it"
    SPAWNING = "its launch was ordered"
    UNWANTED = "its launch was ordered, then its end"
    VETTING = "it runs, and after_spawn was asked whether to keep it"
    RUNNING = "it runs"
    STOPPING = "it got its stop signal and has a grace to end"
    KILLING = "its grace is over and it got SIGKILL"
    SURVIVING = "it got SIGKILL and does not end"
    LEFTOVERS = "it is gone, but what it left is not"
    REMNANT = "it is gone; what it left got SIGKILL and does not end"
    GONE = "nothing of it is left"


class Happening(Enum):
    """What can happen to one child."""

    ALLOWED = "before_spawn said yes"
    FORBIDDEN = "before_spawn said no"
    SPAWNED = "the launch succeeded"
    FAILED = "the launch failed or was called off"
    ACCEPTED = "after_spawn said yes, or is not configured"
    REFUSED = "after_spawn said no"
    STOP_ASKED = "it is to end"
    GRACE_OVER = "its grace is over"
    OUTLIVED = "it, or what it left, has outlived SIGKILL for long"
    EXITED = "it ended, and left nobody"
    LEFT_SOME = "it ended, but left others"
    EMPTIED = "the last one of those that it left ended"


class Phase(Enum):
    """The phases of one watcher."""

    DOWN = "nothing runs"
    HELD = "it is to be up, once a connection arrives"
    OPENING = "before_start was asked"
    RISING = "processes are being spawned, until each place was tried once"
    CONFIRMING = "after_start was asked"
    UP = "it is kept at its count"
    CLOSING = "before_stop was asked"
    FALLING = "its processes are being stopped"
    EMPTYING = "nothing runs any more, and what was written is carried to its streams"
    ENDING = "nothing runs any more, and after_stop was asked"


class Turn(Enum):
    """What can happen to one watcher."""

    WANTED = "the goal is up"
    HOLD = "the goal is up, but on demand, and no connection has arrived"
    UNWANTED = "the goal is down, or a restart wants it down first"
    AGREED = "the open hook said yes, or is not configured; the output is carried"
    DENIED = "the open hook said no"
    OVERDUE = "the open hook has not answered within the grace; the output cannot be carried"
    RISEN = "each place was tried once, and somebody runs"
    EMPTY = "the crowd is empty"


class Tide(Enum):
    """The phases of the fleet of all watchers."""

    DOWN = "nothing runs"
    RISING = "the watchers with autostart are being started"
    STEADY = "all of them were started once"
    FALLING = "everything is being stopped for good"


class Call(Enum):
    """What can happen to the fleet."""

    BEGUN = "the watchers with autostart are to start"
    STARTED = "the first start of all is over"
    QUIT = "it is to end"
    STOPPED = "the last watcher is down"


K = TypeVar("K", bound=Enum)
H = TypeVar("H", bound=Enum)


def grid(phases: type[K], happenings: type[H], text: str) -> dict[tuple[K, H], K]:
    """Read a grid; a missing or unknown name is a KeyError or ValueError at import."""
    head, *rows = (line.split() for line in text.strip().splitlines())
    columns = [happenings[name] for name in head]
    table: dict[tuple[K, H], K] = {}
    for name, *cells in rows:
        phase = phases[name]
        for column, cell in zip(columns, cells, strict=True):
            table[phase, column] = phase if cell == "." else phases[cell]
    return table


CHILD = grid(
    Child,
    Happening,
    """
              ALLOWED  FORBIDDEN SPAWNED  FAILED ACCEPTED REFUSED STOP_ASKED GRACE_OVER OUTLIVED  EXITED LEFT_SOME EMPTIED
    ASKING    SPAWNING GONE      .        .      .        .       GONE       .          .         .      .         .
    SPAWNING  .        .         VETTING  GONE   .        .       UNWANTED   .          .         .      .         .
    UNWANTED  .        .         STOPPING GONE   .        .       .          .          .         .      .         .
    VETTING   .        .         .        .      RUNNING  KILLING STOPPING   .          .         GONE   LEFTOVERS .
    RUNNING   .        .         .        .      .        .       STOPPING   .          .         GONE   LEFTOVERS .
    STOPPING  .        .         .        .      .        .       .          KILLING    .         GONE   LEFTOVERS .
    KILLING   .        .         .        .      .        .       .          .          SURVIVING GONE   LEFTOVERS .
    SURVIVING .        .         .        .      .        .       .          .          .         GONE   REMNANT   .
    LEFTOVERS .        .         .        .      .        .       .          .          REMNANT   .      .         GONE
    REMNANT   .        .         .        .      .        .       .          .          .         .      .         GONE
    GONE      .        .         .        .      .        .       .          .          .         .      .         .
    """,  # noqa: E501 - a grid is read by its columns
)

WATCHER = grid(
    Phase,
    Turn,
    """
               WANTED  HOLD   UNWANTED AGREED  DENIED  OVERDUE RISEN      EMPTY
    DOWN       OPENING HELD   .        .       .       .       .          .
    HELD       OPENING .      DOWN     .       .       .       .          .
    OPENING    .       .      DOWN     RISING  DOWN    .       .          .
    RISING     .       .      CLOSING  .       .       .       CONFIRMING .
    CONFIRMING .       .      CLOSING  UP      CLOSING .       .          .
    UP         .       HELD   CLOSING  .       .       .       .          .
    CLOSING    .       .      .        FALLING FALLING FALLING .          .
    FALLING    .       .      .        .       .       .       .          EMPTYING
    EMPTYING   ENDING  ENDING .        ENDING  ENDING  ENDING  .          .
    ENDING     DOWN    DOWN   .        DOWN    DOWN    DOWN    .          .
    """,
)

FLEET = grid(
    Tide,
    Call,
    """
            BEGUN   STARTED QUIT    STOPPED
    DOWN    RISING  .       .       .
    RISING  .       STEADY  FALLING .
    STEADY  .       .       FALLING .
    FALLING .       .       .       DOWN
    """,
)

STATUS = {
    Phase.DOWN: "stopped",
    Phase.HELD: "stopped",
    Phase.OPENING: "starting",
    Phase.RISING: "starting",
    Phase.CONFIRMING: "starting",
    Phase.UP: "active",
    Phase.CLOSING: "stopping",
    Phase.FALLING: "stopping",
    Phase.EMPTYING: "stopping",
    Phase.ENDING: "stopped",
}
"""What ``status`` says of each phase (spec §4.14)."""

HOOK_OF = {
    Phase.OPENING: "before_start",
    Phase.CONFIRMING: "after_start",
    Phase.CLOSING: "before_stop",
    Phase.ENDING: "after_stop",
}
"""The hook that is asked at the beginning of a phase."""

RISEN = frozenset({Phase.RISING, Phase.CONFIRMING, Phase.UP})
"""The phases in which the plan is carried out."""

DOWNWARD = frozenset({Phase.CLOSING, Phase.FALLING, Phase.EMPTYING, Phase.ENDING})
"""The phases in which every hook has a limit, and no answer stops the way down."""

STAYING = frozenset({Child.ASKING, Child.SPAWNING, Child.VETTING, Child.RUNNING})
"""A member in one of these fills a place."""

PENDING = frozenset({Child.ASKING, Child.SPAWNING, Child.VETTING})
"""A member in one of these does not serve yet."""

ALIVE = frozenset({Child.VETTING, Child.RUNNING, Child.STOPPING, Child.KILLING, Child.SURVIVING})
"""The process of a member in one of these exists."""

SURVIVORS = frozenset({Child.SURVIVING, Child.REMNANT})
"""A member in one of these cannot be killed: nobody waits for its end."""
