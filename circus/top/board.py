"""What circus-top shows, before anybody draws it: plain data, fed by samples, answers and events.

Three sources meet here. Samples of circusd-stats say what every process costs; the answer to
``status`` says how each watcher is; events tell at once what happens in between.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from circus.figures import UNKNOWN
from circus.spec.statistics import HELPERS

REMEMBERED = 500
"""So many events are kept."""

Figure = float | str


@dataclass
class Part:
    """One process.

    :param name: what it is, for circusd and its helpers
    :param cpu: percent of one processor
    :param mem: percent of the memory
    :param age: seconds
    :param seen: when it was sampled last (monotonic seconds)
    """

    pid: int
    name: str | None = None
    cpu: Figure = 0.0
    mem: Figure = 0.0
    age: Figure = UNKNOWN
    seen: float = 0.0


@dataclass
class Line:
    """One watcher, or the group of circusd itself."""

    name: str
    status: str = ""
    up: int = 0
    wanted: int = 0
    restarts: int = 0
    last_exit: str = ""
    reason: str = ""
    next_try: float | None = None
    cpu: Figure = 0.0
    mem: Figure = 0.0
    age: Figure = UNKNOWN
    parts: dict[int, Part] = field(default_factory=dict)

    def processes(self) -> list[Part]:
        """Return its processes, those that take most of the CPU first."""
        return sorted(self.parts.values(), key=lambda part: (-_number(part.cpu), part.pid))


class Event(NamedTuple):
    """One event, for people."""

    time: float
    watcher: str
    name: str
    text: str


def _number(figure: Figure) -> float:
    return -1.0 if isinstance(figure, str) else float(figure)


SORTS: Mapping[str, Callable[[Line], Any]] = {
    "name": lambda line: line.name.lower(),
    "state": lambda line: line.status,
    "processes": lambda line: -line.up,
    "cpu": lambda line: -_number(line.cpu),
    "memory": lambda line: -_number(line.mem),
    "age": lambda line: -_number(line.age),
    "restarts": lambda line: -line.restarts,
}
"""By what lines can be sorted; figures the highest first."""


class Board:
    """Everything that is known at this moment.

    :param timeout: seconds after which a process that is not sampled any more is not shown
    """

    def __init__(self, timeout: float = 3.0) -> None:
        self.timeout = timeout
        self.lines: dict[str, Line] = {}
        self.circus = Line("circus")
        self.sockets: dict[str, int] = {}
        self.events: deque[Event] = deque(maxlen=REMEMBERED)
        self.total = 0
        """How many events there were, ever."""
        self.endpoint: str | None = None
        self.pubsub_endpoint: str | None = None

    # --- what comes in ----------------------------------------------------------------------------

    def sample(self, name: str, subtopic: str | None, stat: Mapping[str, Any], now: float) -> None:
        """Take one sample of circusd-stats (spec §10.2)."""
        if name == "sockets":
            if subtopic is not None:
                self.sockets[str(stat["address"])] = int(stat["reads"])
            return
        line = self.circus if name == "circus" else self.line(name)
        if subtopic is not None:
            part = line.parts.setdefault(int(subtopic), Part(int(subtopic)))
            part.name = stat.get("name")
            part.cpu, part.mem, part.age = stat["cpu"], stat["mem"], stat["age"]
            part.seen = now
            return
        line.cpu, line.mem, line.age = stat["cpu"], stat["mem"], stat["age"]
        if line is self.circus:
            self.endpoint = stat.get("endpoint", self.endpoint)
            self.pubsub_endpoint = stat.get("pubsub_endpoint", self.pubsub_endpoint)

    def told(self, answer: Mapping[str, Any]) -> None:
        """Take the answer to ``status`` with ``verbose``: these watchers there are, and no others.

        An answer without what stands behind the states (an older daemon) is good for the states.
        """
        statuses = answer.get("statuses", {})
        for name in set(self.lines) - set(statuses):
            del self.lines[name]
        for name, status in statuses.items():
            line, behind = self.line(name), answer.get("behind", {}).get(name, {})
            line.status = "backoff" if behind.get("backoff") else status
            line.up, line.wanted = behind.get("up", line.up), behind.get("wanted", line.wanted)
            line.restarts = behind.get("restarts", line.restarts)
            line.reason = behind.get("reason", "")
            line.next_try = behind.get("next_try")
            line.last_exit = behind.get("last_exit", {}).get("how", line.last_exit)

    def heard(self, watcher: str, event: str, fields: Mapping[str, Any]) -> None:
        """Take one event of the daemon (spec §3)."""
        if event == "reap":
            self.line(watcher).parts.pop(fields["process_pid"], None)
        elif event in {"stop", "remove"} and watcher in self.lines:
            self.lines[watcher].parts.clear()
        text = ", ".join(
            f"{key} {value}"
            for key, value in fields.items()
            if key not in {"time", "watcher", "seq"} and value is not None
        )
        self.total += 1
        self.events.append(Event(fields.get("time", 0.0), watcher, event, text))

    def expire(self, now: float) -> None:
        """Forget processes that were not sampled for longer than the timeout."""
        for line in (*self.lines.values(), self.circus):
            for pid in [one.pid for one in line.parts.values() if now - one.seen > self.timeout]:
                del line.parts[pid]
            if not line.parts:
                line.cpu, line.mem, line.age = 0.0, 0.0, UNKNOWN

    # --- what goes out ----------------------------------------------------------------------------

    def line(self, name: str) -> Line:
        """Return the line of a watcher."""
        return self.lines.setdefault(name, Line(name))

    def in_order(self, sort: str = "name", reverse: bool = False, pattern: str = "") -> list[Line]:
        """Return the lines in an order, those whose name contains the pattern in any case.

        circusd's own helpers have none: they are in the group ``circus``.

        :param sort: a key of SORTS
        """
        shown = [one for one in self.lines.values() if one.name not in HELPERS]
        chosen = [one for one in shown if pattern.lower() in one.name.lower()]
        chosen.sort(key=SORTS["name"])
        return sorted(chosen, key=SORTS[sort], reverse=reverse)
