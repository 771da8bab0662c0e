"""Events in, effects out: all that crosses the border between the core and the shell.

``wid`` is a place of a watcher, ``pid`` a process, ``ticket`` the number of a waiting request (0:
nobody waits), ``question`` the number of a hook's call. Times are monotonic seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from circus.spec.model import WatcherSpec

# --- events: what was asked -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StartAsked:
    """Be up; places that wait or are missing are tried now."""

    ticket: int = 0


@dataclass(frozen=True, slots=True)
class StopAsked:
    """Be down. *verb* is ``stop``, ``rm`` or ``quit``; *close* the output streams at the end."""

    ticket: int = 0
    verb: str = "stop"
    close: bool = True


@dataclass(frozen=True, slots=True)
class RestartAsked:
    """Be down once, then up. *verb* is ``restart``, or ``reload`` without grace."""

    ticket: int = 0
    verb: str = "restart"


@dataclass(frozen=True, slots=True)
class ReloadAsked:
    """Replace all members by new ones, or signal them HUP if the watcher says so."""

    ticket: int = 0
    sequential: bool = False


@dataclass(frozen=True, slots=True)
class CountAsked:
    """Be as many. *verb* is ``incr``, ``decr`` or ``set``."""

    count: int
    ticket: int = 0
    verb: str = "set"


@dataclass(frozen=True, slots=True)
class SpecChanged:
    """The watcher is asked for differently; *respawn*: by a new generation."""

    spec: WatcherSpec
    respawn: bool = False
    ticket: int = 0


@dataclass(frozen=True, slots=True)
class KillAsked:
    """Stop these processes; they are replaced. None: the watcher's own signal or grace."""

    pids: tuple[int, ...]
    signum: int | None = None
    grace: float | None = None
    ticket: int = 0


@dataclass(frozen=True, slots=True)
class Hasten:
    """Every grace is over now."""


# --- events: what happened ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spawned:
    """The launch of a place succeeded.

    *luck* in [0, 1) draws the random part of its age, and of the wait after a crash; *told*: its
    command or its environment told it its wid.
    """

    wid: int
    pid: int
    luck: float = 0.5
    told: bool = False


@dataclass(frozen=True, slots=True)
class SpawnFailed:
    """The launch of a place failed, and why."""

    wid: int
    reason: str


@dataclass(frozen=True, slots=True)
class SpawnCancelled:
    """The launch of a place was called off before it was tried."""

    wid: int


@dataclass(frozen=True, slots=True)
class Exited:
    """A process was reaped: its exit status or minus a signal; *left*: its family is not gone."""

    pid: int
    code: int
    left: bool = False


@dataclass(frozen=True, slots=True)
class FamilyGone:
    """Nobody is left of the family of a process that was reaped: of what it started."""

    pid: int


@dataclass(frozen=True, slots=True)
class Answered:
    """A hook answered, or the output is carried (*yes*)."""

    question: int
    yes: bool


@dataclass(frozen=True, slots=True)
class SocketReady:
    """A connection waits on a socket of an on-demand watcher.

    *waited*: it was there already when the sockets began to be watched.
    """

    waited: bool = False


@dataclass(frozen=True, slots=True)
class SocketsChanged:
    """The managed sockets are not the same as before."""


Event = (
    StartAsked
    | StopAsked
    | RestartAsked
    | ReloadAsked
    | CountAsked
    | SpecChanged
    | KillAsked
    | Hasten
    | Spawned
    | SpawnFailed
    | SpawnCancelled
    | Exited
    | FamilyGone
    | Answered
    | SocketReady
    | SocketsChanged
)

# --- effects --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spawn:
    """Launch a process for a place; answer Spawned, SpawnFailed or SpawnCancelled."""

    wid: int


@dataclass(frozen=True, slots=True)
class CallOff:
    """Call off the launch of a place if it was not tried yet (answer SpawnCancelled)."""

    wid: int


@dataclass(frozen=True, slots=True)
class Signal:
    """Send a stop signal to a process."""

    pid: int
    signum: int


@dataclass(frozen=True, slots=True)
class StopByCommand:
    """Run the stop command for a process, instead of sending it a signal.

    As long as it runs it counts as one that the process left.
    """

    pid: int


@dataclass(frozen=True, slots=True)
class Kill:
    """Send SIGKILL to a process and to all of its family."""

    pid: int


@dataclass(frozen=True, slots=True)
class SignalFamily:
    """Signal what a process that is gone left, as far as its watcher reaches (``contain``)."""

    pid: int
    signum: int


@dataclass(frozen=True, slots=True)
class Ask:
    """Call a hook; answer Answered with its number. *about* are its extra keyword arguments."""

    question: int
    hook: str
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Drop:
    """Nobody waits for a hook's answer any longer: one that is stuck is left alone."""

    question: int


@dataclass(frozen=True, slots=True)
class Announce:
    """Publish an event of the watcher (spec §3)."""

    event: str
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Warn:
    """Say something in the log."""

    text: str


@dataclass(frozen=True, slots=True)
class Over:
    """The watcher ends for good, and nobody asked for it (:mod:`circus.core.ending`).

    *code*: an exit status or minus a signal; *failed*: that is no success.
    """

    code: int
    failed: bool


@dataclass(frozen=True, slots=True)
class OpenStreams:
    """Open the output streams: processes are about to be spawned."""


@dataclass(frozen=True, slots=True)
class CloseStreams:
    """Carry what was written to the streams, *close* them if so; answer Answered."""

    question: int
    close: bool = True


@dataclass(frozen=True, slots=True)
class GiveUpOutput:
    """What could not be carried to the streams until now is lost."""


@dataclass(frozen=True, slots=True)
class Listen:
    """Watch the sockets of an on-demand watcher until one is ready, or stop watching them.

    Answer SocketReady, once.
    """

    on: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a request ended. *error* is None, or the sentence; *by* the verb that took over.

    *survivors* could not be killed: they run, or what they left does.
    """

    started: tuple[int, ...] = ()
    stopped: tuple[int, ...] = ()
    kept: tuple[int, ...] = ()
    survivors: tuple[int, ...] = ()
    error: str | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer a ticket. Comes exactly once for each."""

    ticket: int
    outcome: Outcome


Effect = (
    Spawn
    | CallOff
    | Signal
    | StopByCommand
    | Kill
    | SignalFamily
    | Ask
    | Drop
    | Announce
    | Warn
    | Over
    | OpenStreams
    | CloseStreams
    | GiveUpOutput
    | Listen
    | Reply
)


def unreachable(message: NoReturn) -> NoReturn:
    """Fail: a match over all events, or all effects, has forgotten one."""
    raise AssertionError(f"nobody knows {message!r}")
