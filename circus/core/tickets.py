"""The waiting requests of one watcher: each is answered exactly once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from circus.core.crowd import Member
from circus.core.goal import SUPERSEDES
from circus.core.lifecycle import SURVIVORS, Child
from circus.core.messages import Outcome, Reply

WANT_PROCESSES = frozenset({"start", "restart", "reload", "set", "incr"})


@dataclass(eq=False)
class Ticket:
    """One waiting request.

    :param number: what the reply will carry
    :param verb: what was asked
    :param before: the pids that filled a place then
    :param tries: a start is over when so many launches were tried
    :param generation: a reload is over when no older one is left
    :param members: a kill is over when these are gone, or cannot be killed
    :param unkilled: those of them that could not be killed
    :param error: what went wrong on the way
    """

    number: int
    verb: str
    before: tuple[int, ...] = ()
    tries: int = 0
    generation: int = 0
    members: list[Member] = field(default_factory=list)
    unkilled: list[Member] = field(default_factory=list)
    error: str | None = None

    def outcome(self, now: tuple[int, ...], survivors: tuple[int, ...]) -> Outcome:
        """Compare the pids of then and now.

        :param survivors: those that concern this request and could not be killed
        """
        then = set(self.before)
        here = set(now)
        return Outcome(
            started=tuple(sorted(here - then)),
            stopped=tuple(sorted(then - here)),
            kept=tuple(sorted(here & then)),
            survivors=survivors,
            error=self.error,
        )

    def members_gone(self) -> bool:
        """Say whether all of its members are gone or cannot be; such are not looked at again."""
        while self.members and self.members[-1].phase in {Child.GONE, *SURVIVORS}:
            self.unkilled.append(self.members.pop())
        return not self.members


@dataclass
class Tickets:
    """The open tickets, in the order they came."""

    open: list[Ticket] = field(default_factory=list)

    def add(self, ticket: Ticket) -> None:
        """Keep a ticket, unless nobody waits for it."""
        if ticket.number:
            self.open.append(ticket)

    def supersede(self, verb: str) -> list[Reply]:
        """Answer those that a newer verb takes over."""
        taken = SUPERSEDES.get(verb, frozenset())
        gone = [ticket for ticket in self.open if ticket.verb in taken]
        self.open = [ticket for ticket in self.open if ticket.verb not in taken]
        return [
            Reply(ticket.number, Outcome(error=f"superseded by {verb}", by=verb)) for ticket in gone
        ]

    def fail(self, reason: str) -> None:
        """Note why the tickets that want processes will not end well."""
        for ticket in self.open:
            if ticket.verb in WANT_PROCESSES:
                ticket.error = reason

    def settle(
        self,
        met: Callable[[Ticket], bool],
        pids: Callable[[], tuple[int, ...]],
        survivors: Callable[[Ticket], tuple[int, ...]],
    ) -> list[Reply]:
        """Answer those whose goal is met."""
        if not self.open:
            return []
        done = [ticket for ticket in self.open if met(ticket)]
        if not done:
            return []
        self.open = [ticket for ticket in self.open if ticket not in done]
        now = pids()
        return [Reply(ticket.number, ticket.outcome(now, survivors(ticket))) for ticket in done]
