"""The facts of a watcher and its processes (spec §4.15)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from circus.hooks import Hooks
from circus.host.facts import Observer
from circus.process import Process
from circus.stage import Stage


class Observable:
    """Whose processes can be looked at: a watcher."""

    name: str
    processes: dict[int, Process]
    stage: Stage | None
    hooks_at_work: Hooks

    @property
    def home(self) -> asyncio.AbstractEventLoop | None:
        """The loop that it lives in, or None before it is started."""
        return self.stage.crew.loop if self.stage else None

    def status(self) -> str:
        """Return the status. Each watcher has its own."""
        return "stopped"

    def is_active(self) -> bool:  # noqa: D102 - says itself
        return self.status() == "active"

    def is_stopped(self) -> bool:  # noqa: D102 - says itself
        return self.status() == "stopped"

    def is_stopping(self) -> bool:  # noqa: D102 - says itself
        return self.status() == "stopping"

    def get_active_processes(self) -> list[Process]:
        """Return the processes that run."""
        return [process for process in self.processes.values() if process.is_alive()]

    def get_active_pids(self) -> list[int]:
        """Return the pids of the processes that run."""
        return [process.pid for process in self.get_active_processes()]

    def wids(self) -> dict[int, int]:
        """Return the pids of its processes with their places."""
        return {pid: process.wid for pid, process in self.processes.items()}

    def process_info(self, pid: int, extended: bool = False) -> Any:
        """Return the facts of one process; KeyError for a stranger."""
        process = self.processes[pid]
        return self._extended(pid, process.seen(self._observer().info(pid)), extended)

    def info(self, extended: bool = False) -> dict[int, Any]:
        """Return the facts of all processes by pid.

        :param extended: the extended_stats hook adds to them, called here and now; what it raises
            is raised
        """
        found = self.seen(self._observer().infos(list(self.processes)))
        return {pid: self._extended(pid, facts, extended) for pid, facts in found.items()}

    def seen(self, infos: Mapping[int, Any]) -> dict[int, Any]:
        """Add what only the watcher knows to facts of the process table."""
        return {pid: one.seen(infos[pid]) for pid, one in self.processes.items() if pid in infos}

    def _extended(self, pid: int, facts: Any, extended: bool) -> Any:
        if extended and isinstance(facts, dict):
            verdict = self.hooks_at_work.call("extended_stats", {"pid": pid, "stats": facts})
            if verdict.error and not verdict.ignored:
                raise verdict.error
        return facts

    def _observer(self) -> Observer:
        return self.stage.crew.observer if self.stage else Observer()
