"""Effects become acts: one line for each, and no policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from circus import logger
from circus.core.messages import (
    Announce,
    Ask,
    CallOff,
    CloseStreams,
    Drop,
    Effect,
    GiveUpOutput,
    Kill,
    Listen,
    OpenStreams,
    Outcome,
    Over,
    Reply,
    Signal,
    SignalFamily,
    Spawn,
    StopByCommand,
    Warn,
    unreachable,
)


class Performer(Protocol):
    """What a watcher can do for its machine."""

    def order_launch(self, wid: int) -> None:
        """Put a place into the queue of launches."""

    def call_off_launch(self, wid: int) -> None:
        """Take a place out of the queue of launches."""

    def stop_process(self, pid: int, signum: int) -> None:
        """Send a stop signal to a process, and to its children if the watcher says so."""

    def run_stop_command(self, pid: int) -> None:
        """Run the stop command for a process."""

    def kill_family(self, pid: int) -> None:
        """Send SIGKILL to a process and its family."""

    def signal_family(self, pid: int, signum: int) -> None:
        """Signal what a process left."""

    def ask_hook(self, question: int, hook: str, about: Mapping[str, Any]) -> None:
        """Call a hook off the loop."""

    def drop_hook(self, question: int) -> None:
        """Do not wait for a hook any longer."""

    def announce(self, event: str, fields: Mapping[str, Any]) -> None:
        """Publish an event, and log those that people look for."""

    def over(self, code: int, failed: bool) -> None:
        """Hear that the watcher ends for good, and nobody asked for it."""

    def open_streams(self) -> None:
        """Open the output streams."""

    def close_streams(self, question: int, close: bool) -> None:
        """Carry what was written to the output streams, and close them if so."""

    def give_up_output(self) -> None:
        """Lose what could not be carried to the output streams."""

    def listen(self, on: bool) -> None:
        """Watch the sockets of an on-demand watcher, or stop watching them."""

    def reply(self, ticket: int, outcome: Outcome) -> None:
        """Resolve the future of a request."""


def perform(effect: Effect, performer: Performer) -> None:
    """Perform one effect."""
    match effect:
        case Spawn(wid):
            performer.order_launch(wid)
        case CallOff(wid):
            performer.call_off_launch(wid)
        case Signal(pid, signum):
            performer.stop_process(pid, signum)
        case StopByCommand(pid):
            performer.run_stop_command(pid)
        case Kill(pid):
            performer.kill_family(pid)
        case SignalFamily(pid, signum):
            performer.signal_family(pid, signum)
        case Ask(question, hook, about):
            performer.ask_hook(question, hook, about)
        case Drop(question):
            performer.drop_hook(question)
        case Announce(event, fields):
            performer.announce(event, fields)
        case Warn(text):
            logger.warning(text)
        case Over(code, failed):
            performer.over(code, failed)
        case OpenStreams():
            performer.open_streams()
        case CloseStreams(question, close):
            performer.close_streams(question, close)
        case GiveUpOutput():
            performer.give_up_output()
        case Listen(on):
            performer.listen(on)
        case Reply(ticket, outcome):
            performer.reply(ticket, outcome)
        case _:
            unreachable(effect)
