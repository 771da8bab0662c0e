"""The members of one watcher by themselves: without its phases, goal and plan."""

from __future__ import annotations

from circus.core.members import Members
from circus.core.messages import Announce, Exited, Spawned, Warn
from circus.spec.model import HookSpec, WatcherSpec


class Crew:
    """Members, and what was heard of them since the last look."""

    def __init__(self, *hooks, **options):
        options["hooks"] = {hook: HookSpec("some.hook") for hook in hooks}
        options.setdefault("graceful_timeout", 10.0)
        self.members = Members(WatcherSpec("web", "foo", **options))

    def __getitem__(self, wid):
        return self.members.crowd.members[wid]

    def heard(self):
        """Return what was said since the last time, announcements by name alone, warnings not."""
        said, self.members.effects = self.members.effects, []
        short = (one.event if isinstance(one, Announce) else one for one in said)
        return [one for one in short if not isinstance(one, Warn)]

    def add(self, pid=0, now=0.0, luck=0.5):
        """Add a member; with a pid its launch succeeds."""
        self.members.add(0)
        wid = max(self.members.crowd.members)
        if pid:
            self.members.spawned(Spawned(wid, pid, luck), now)
        return self[wid]

    def runs(self, pid, now=0.0):
        member = self.add(pid, now)
        self.heard()
        return member

    def answer(self, number, *, yes, now=0.0):
        self.members.answered(self.members.questions.take(number), yes, now)

    def exits(self, pid, code=0, now=100.0, *, left=False):
        self.members.exited(Exited(pid, code, left), now)

    def spoke(self, kind):
        return [one for one in self.members.effects if isinstance(one, kind)]


def crew_of_one(*hooks, **options):
    crew = Crew(*hooks, **options)
    return crew, crew.runs(100)
