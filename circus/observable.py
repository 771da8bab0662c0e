"""The facts of a watcher's processes (spec §4.15)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from circus.host.facts import Observer
from circus.process import Process
from circus.stage import Stage


class Observable:
    """Whose processes can be looked at: a watcher."""

    name: str
    processes: dict[int, Process]
    stage: Stage | None

    def process_info(self, pid: int, extended: bool = False) -> Any:
        """Return the facts of one process; KeyError for a stranger."""
        process = self.processes[pid]
        return self._extended(pid, process.seen(self._observer().info(pid)), extended)

    def info(self, extended: bool = False) -> dict[int, Any]:
        """Return the facts of all processes by pid.

        :param extended: the extended_stats hook adds to them, called here and now
        """
        found = self.seen(self._observer().infos(list(self.processes)))
        return {pid: self._extended(pid, facts, extended) for pid, facts in found.items()}

    def seen(self, infos: Mapping[int, Any]) -> dict[int, Any]:
        """Add what only the watcher knows to facts of the process table."""
        return {pid: one.seen(infos[pid]) for pid, one in self.processes.items() if pid in infos}

    def call_hook(self, hook_name: str, **about: Any) -> bool:
        """Call a hook in place; there is none here."""
        del hook_name, about
        return True

    def _extended(self, pid: int, facts: Any, extended: bool) -> Any:
        if extended and isinstance(facts, dict):
            self.call_hook("extended_stats", pid=pid, stats=facts)
        return facts

    def _observer(self) -> Observer:
        return self.stage.crew.observer if self.stage else Observer()
