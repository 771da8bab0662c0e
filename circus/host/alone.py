"""``contain = process``: the child alone. What it leaves behind is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from circus.spec.launch import LaunchPlan


class Alone:
    """Families of which nobody is ever found."""

    name = "process"
    strangers: Sequence[tuple[str, list[int]]] = ()

    def spawn(self, plan: LaunchPlan, label: str, launch: Callable[[LaunchPlan], int]) -> int:
        """Launch a process."""
        del label
        return launch(plan)

    def answers(self, pid: int) -> bool:
        """Say that nobody is left."""
        del pid
        return False

    def members(self, pids: Iterable[int]) -> dict[int, list[int]]:
        """Return that each child is without a family."""
        return {pid: [] for pid in pids}

    def signal(self, pid: int, pids: Iterable[int], signum: int) -> int:
        """Signal nobody."""
        del pid, pids, signum
        return 0

    def watch(self, pid: int) -> bool:
        """Say that there is nobody to wait for."""
        del pid
        return False

    def fileno(self) -> int | None:
        """Return None: there is nothing to wait on."""
        return None

    def gone(self) -> list[int]:
        """Return nobody."""
        return []

    def forget(self, pid: int) -> None:
        """Forget nothing."""

    def close(self) -> None:
        """Give back nothing."""
