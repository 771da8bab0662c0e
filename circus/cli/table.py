"""Answers as aligned tables, for people at a terminal."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from circus.commands import render

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

GREEN, YELLOW, RED, FAINT, BOLD = "32", "33", "31", "2", "1"
COLOURS = {"active": GREEN, "starting": YELLOW, "stopping": YELLOW, "stopped": FAINT}
"""How each state looks; a watcher that is stopped for a reason is red."""
GAP = "  "


class Cell(NamedTuple):
    """One field of a table.

    :param text: what stands there
    :param colour: the number of an ANSI attribute, or nothing
    """

    text: str
    colour: str = ""


def colourful(environment: Mapping[str, str] = os.environ) -> bool:
    """Say whether a terminal shall have colours (https://no-color.org)."""
    return not environment.get("NO_COLOR") and environment.get("TERM") not in {None, "", "dumb"}


def prepare(request: Mapping[str, Any]) -> None:
    """Ask for what a table shows beyond the lines that scripts read."""
    if request["command"] == "status" and not request["properties"].get("name"):
        request["properties"]["counts"] = True


def text(verb: str, answer: Mapping[str, Any], colours: bool) -> str | None:
    """Return an answer as a table; None when this one has none."""
    if verb == "status" and answer.get("statuses") and "behind" not in answer:
        return aligned(_statuses(answer), colours)
    if verb == "stats":
        return aligned(_stats(answer), colours)
    return None


def aligned(rows: Iterable[Sequence[Cell]], colours: bool) -> str:
    """Return rows with their columns side by side, without those that have nothing but a head.

    :param rows: the first one holds the heads
    """
    table = [*rows]
    columns = [column for column in zip(*table, strict=True) if any(c.text for c in column[1:])]
    widths = [max(len(cell.text) for cell in column) for column in columns]
    return "\n".join(
        GAP.join(
            _painted(cell, cell.text.ljust(width) if n + 1 < len(widths) else cell.text, colours)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in zip(*columns, strict=True)
    )


def _painted(cell: Cell, padded: str, colours: bool) -> str:
    return (
        f"\x1b[{cell.colour}m{padded}\x1b[0m" if colours and cell.colour and cell.text else padded
    )


def _heads(*names: str) -> list[Cell]:
    return [Cell(name, BOLD) for name in names]


def _statuses(answer: Mapping[str, Any]) -> Iterator[list[Cell]]:
    yield _heads("WATCHER", "STATE", "UP", "NEXT TRY", "LAST EXIT", "REASON")
    counts, reasons = answer.get("counts", {}), answer.get("reasons", {})
    for name, state in sorted(answer["statuses"].items()):
        count, reason = counts.get(name, {}), reasons.get(name, "")
        backoff = name in answer.get("backoff", ())
        short = state == "active" and count and count["up"] < count["wanted"]
        red = reason and state == "stopped"
        colour = RED if red else YELLOW if backoff else COLOURS.get(state, "")
        yield [
            Cell(name),
            Cell("backoff" if backoff else state, colour),
            Cell(f"{count['up']}/{count['wanted']}" if count else "", YELLOW if short else ""),
            Cell(f"in {render.span(count['next_try'])}" if "next_try" in count else ""),
            Cell(_last(count.get("last_exit"))),
            Cell(reason),
        ]


def _last(last: Mapping[str, Any] | None) -> str:
    """Say how the last process ended that nobody asked to end."""
    return "" if last is None or last["asked"] else render.ended(last)


FACTS = ("pid", "cmdline", "username", "nice", "mem_info1", "mem_info2", "cpu", "mem", "ctime")
"""What of a process is shown, in the order of Circus's own lines (spec §4.15)."""


def _stats(answer: Mapping[str, Any]) -> Iterator[list[Cell]]:
    yield _heads("WATCHER", "PID", "PROGRAM", "USER", "NICE", "RSS", "VMS", "CPU", "MEM", "TIME")
    named = answer["infos"] if "infos" in answer else {answer.get("name", ""): _by_pid(answer)}
    for name, infos in named.items():
        first = name
        for pid, info in infos.items():
            yield [Cell(first), *_facts(info, str(pid))]
            for child in info.get("children", ()) if isinstance(info, dict) else ():
                yield [Cell(""), *_facts(child, "")]
            first = ""


def _by_pid(answer: Mapping[str, Any]) -> Any:
    return {answer["process"]: answer["info"]} if "process" in answer else answer["info"]


def _facts(info: Any, pid: str) -> list[Cell]:
    """Return the cells of one process; of a child, which has no pid of its own here, indented."""
    if not isinstance(info, dict):
        return [Cell(pid), Cell(str(info), FAINT), *[Cell("")] * (len(FACTS) - 2)]
    cells = [Cell(str(info.get(fact, ""))) for fact in FACTS]
    return cells if pid else [Cell(f" {cells[0].text}"), *cells[1:]]
