"""What is known of the daemon: plain data, fed by its answers and its events.

The daemon is asked once; after that its events say what has become stale, and only that is asked
anew (:mod:`circus.web.follower`). So a watcher here says what ``status`` says, never a guess of
ours. Times that an answer counts from now (``next_try``, ``ago``) are kept as moments, and counted
anew whenever they are told.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

HOUR = 3600.0
REMEMBERED = 10_000
"""So many events are kept, of all watchers together."""
SHOWN = 100
"""So many events of a watcher are told to who begins to look at it."""
MOST_TIMES = 1000
"""So many moments of restarts are kept of a watcher."""

TOLD = ("up", "wanted", "reason", "finished", "backoff", "survivors")
"""What of a ``status`` is told as it is."""


@dataclass
class Seen:
    """One watcher.

    :param status: as the wire says it
    :param facts: what stands behind it (``status`` with ``verbose``)
    :param nature: what it is (``status`` with ``about``)
    :param at: when this was told (monotonic seconds)
    :param pids: its processes with their places; None for a place that is not known yet
    """

    name: str
    status: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    nature: Mapping[str, Any] = field(default_factory=dict)
    at: float = 0.0
    pids: dict[int, int | None] = field(default_factory=dict)
    restarted: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=MOST_TIMES))

    def told(self, now: float) -> dict[str, Any]:
        """Return it as pages and programs are told."""
        known = {key: self.facts[key] for key in TOLD if key in self.facts}
        found: dict[str, Any] = {
            "name": self.name,
            "status": self.status,
            **known,
            "restarts": self.facts.get("restarts", 0),
            "restarts_hour": self.restarts_since(now - HOUR),
            "priority": self.nature.get("priority", 0),
            "singleton": self.nature.get("singleton", False),
            "on_demand": self.nature.get("on_demand", False),
        }
        passed = now - self.at
        if "next_try" in self.facts:
            found["next_try"] = max(0.0, self.facts["next_try"] - passed)
        if "last_exit" in self.facts:
            last = self.facts["last_exit"]
            found["last_exit"] = {**last, "ago": last["ago"] + passed}
        return found

    def restarts_since(self, then: float) -> int:
        """Count the restarts since a moment, as far as we were there."""
        while self.restarted and self.restarted[0][0] < then:
            self.restarted.popleft()
        return sum(count for _, count in self.restarted)

    def gist(self) -> tuple[object, ...]:
        """Return what tells whether it has changed: everything but the passing of time."""
        facts = {**self.facts}
        due = facts.pop("next_try", None)
        last = {**facts.pop("last_exit", {})}
        last.pop("ago", None)
        moment = None if due is None else round(self.at + due)
        return self.status, facts, last, moment, self.nature, set(self.pids), len(self.restarted)


class Mirror:
    """Everything that is known of the daemon.

    :param endpoint: where it answers
    """

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.watchers: dict[str, Seen] = {}
        self.up = False
        self.reason = "has not been reached yet"
        self.pid: int | None = None
        self.since: float | None = None
        self.version: str | None = None
        self.events: deque[tuple[str, dict[str, Any]]] = deque(maxlen=REMEMBERED)
        self._seq: int | None = None

    # --- what comes in ----------------------------------------------------------------------------

    def told(self, answer: Mapping[str, Any], now: float) -> tuple[list[str], list[str]]:
        """Take the answer to ``status`` about all: these watchers there are, and no others.

        :returns: the names of those that have changed, and of those that are gone
        """
        statuses = answer.get("statuses", {})
        gone = [name for name in self.watchers if name not in statuses]
        for name in gone:
            del self.watchers[name]
        changed = [name for name in statuses if self._take(name, statuses[name], answer, now)]
        return changed, gone

    def told_of(self, name: str, answer: Mapping[str, Any], now: float) -> bool:
        """Take the answer to ``status`` about one watcher; say whether it has changed."""
        return self._take(name, answer.get("status", ""), answer, now)

    def _take(self, name: str, status: str, answer: Mapping[str, Any], now: float) -> bool:
        facts = answer.get("behind", {}).get(name, {})
        nature = {**answer.get("about", {}).get(name, {})}
        seen = self.watchers.get(name)
        fresh = seen is None
        if seen is None:
            seen = self.watchers[name] = Seen(name)
        before = seen.gist()
        ever, known = facts.get("restarts", 0), seen.facts.get("restarts", 0)
        if not fresh and ever != known:
            # a count that has become smaller was begun anew by a start
            seen.restarted.append((now, ever - known if ever > known else ever))
        seen.pids = {int(pid): wid for pid, wid in nature.pop("pids", {}).items()}
        seen.status, seen.facts, seen.nature, seen.at = status, facts, nature, now
        return fresh or before != seen.gist()

    def heard(self, watcher: str, event: str, fields: Mapping[str, Any]) -> bool:
        """Take an event; say whether some before it were missed."""
        seq = fields.get("seq")
        missed = self._seq is not None and seq != self._seq + 1
        self._seq = seq
        seen = self.watchers.get(watcher)
        if seen is not None and event == "spawn":
            seen.pids.setdefault(fields["process_pid"], fields.get("wid"))
        elif seen is not None and event == "reap":
            seen.pids.pop(fields["process_pid"], None)
        self.events.append((watcher, event_message(watcher, event, fields)))
        return missed

    def lost(self, reason: str) -> None:
        """Know that the daemon does not answer."""
        self.up, self.reason = False, reason
        self._seq = None

    def found(self, info: Mapping[str, Any], version: str) -> None:
        """Know that the daemon answers, and its own facts (``dstats``)."""
        self.up, self.reason = True, ""
        self.pid, self.since, self.version = info.get("pid"), info.get("create_time"), version

    # --- what goes out ----------------------------------------------------------------------------

    def daemon(self) -> dict[str, Any]:
        """Return the daemon as pages and programs are told."""
        found = {
            "up": self.up,
            "pid": self.pid,
            "version": self.version,
            "endpoint": self.endpoint,
            "since": self.since,
        }
        return found if self.up else {**found, "reason": self.reason}

    def find(self, name: str) -> Seen | None:
        """Return a watcher by its name in any case, or None."""
        if name in self.watchers:
            return self.watchers[name]
        lower = name.lower()
        return next((one for one in self.watchers.values() if one.name.lower() == lower), None)

    def fleet(self, now: float, names: Iterable[str] | None = None) -> list[dict[str, Any]]:
        """Return the watchers as pages and programs are told.

        :param names: of these alone, as far as they are there; None: of all
        """
        wanted = self.watchers if names is None else names
        return [self.watchers[name].told(now) for name in wanted if name in self.watchers]

    def recent(self, name: str) -> list[dict[str, Any]]:
        """Return the last events of a watcher, the oldest first."""
        mine = [message for watcher, message in self.events if watcher == name]
        return mine[-SHOWN:]


def event_message(watcher: str, event: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event as pages and programs are told."""
    own = {key: value for key, value in fields.items() if key not in {"time", "watcher", "seq"}}
    return {
        "type": "event",
        "watcher": watcher,
        "event": event,
        "at": fields.get("time", 0.0),
        "fields": own,
    }
