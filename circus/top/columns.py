"""The table of circus-top: its columns, and what stands in them. Said once for both displays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from circus.top.board import Figure, Line, Part

TREE = "  "
"""What stands before the pid of a watcher's process."""


class Column(NamedTuple):
    """One column: its title, its least width, whether it holds figures, and whether it may grow."""

    title: str
    width: int
    figures: bool = True
    grows: bool = False

    @property
    def fixed(self) -> int | None:
        """Its width, or None where that is what it holds."""
        return None if self.grows else self.width


COLUMNS = (
    Column("NAME", 24, figures=False, grows=True),
    Column("STATE", 9, figures=False),
    Column("UP", 7),
    Column("CPU (%)", 8),
    Column("MEMORY (%)", 10),
    Column("AGE", 9),
    Column("RESTARTS", 8),
    Column("LAST EXIT", 12, figures=False, grows=True),
)


def watcher_cells(line: Line) -> tuple[str, ...]:
    """Return the cells of a watcher."""
    note = line.last_exit
    if line.next_try is not None:
        note = f"{note}, next try in {line.next_try:.0f} s".lstrip(", ")
    elif line.reason:
        note = line.reason
    return (
        line.name,
        line.status,
        f"{line.up}/{line.wanted}",
        share(line.cpu),
        share(line.mem),
        age(line.age),
        str(line.restarts),
        note,
    )


def process_cells(part: Part) -> tuple[str, ...]:
    """Return the cells of a process."""
    name = f"{part.pid} ({part.name})" if part.name else str(part.pid)
    return (f"{TREE}{name}", "", "", share(part.cpu), share(part.mem), age(part.age), "", "")


def share(figure: Figure) -> str:
    """Return a percentage with two decimals."""
    return figure if isinstance(figure, str) else f"{figure:.2f}"


def age(figure: Figure) -> str:
    """Return an age in seconds as people say it: ``42s``, ``3m05s``, ``2h10m``, ``5d03h``."""
    if isinstance(figure, str):
        return figure
    minutes, seconds = divmod(int(figure), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days}d{hours:02}h"
    if hours:
        return f"{hours}h{minutes:02}m"
    return f"{minutes}m{seconds:02}s" if minutes else f"{seconds}s"


def written(cells: Sequence[str]) -> str:
    """Return the cells as one line of text."""
    texts = (
        cell.rjust(column.width) if column.figures else cell.ljust(column.width)
        for cell, column in zip(cells, COLUMNS, strict=True)
    )
    return "  ".join(texts).rstrip()
