"""circus-top for any terminal: the table written anew every second."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import time
from typing import TYPE_CHECKING, TextIO

from circus.top.columns import COLUMNS, process_cells, watcher_cells, written

if TYPE_CHECKING:
    from circus.top.board import Board
    from circus.top.feed import Feed

EVERY = 1.0
"""Seconds between two pages."""
SHOWN = 10
"""So many processes of a watcher are shown, those that take most of the CPU (spec §10.4)."""
HOME = "\x1b[H\x1b[J"
"""Moves to the top left and clears what follows (ECMA-48)."""
WAITING = "*** Waiting for data ***"


def page(board: Board) -> list[str]:
    """Return the lines of the table as it is now."""
    lines = ["Circus Top", "-" * 10]
    if not board.lines and not board.circus.parts:
        return [*lines, WAITING]
    lines.append(written([column.title for column in COLUMNS]))
    for line in board.in_order():
        lines.append(written(watcher_cells(line)))
        lines += [written(process_cells(part)) for part in line.processes()[:SHOWN]]
    lines += ["", "circus"]
    lines += [written(process_cells(part)) for part in board.circus.processes()]
    if board.sockets:
        lines += ["", "sockets"]
        hits = sorted(board.sockets.items(), key=lambda item: (-item[1], item[0]))
        lines += [f"  {address:24}{count:8}" for address, count in hits]
        lines.append(f"  {'(sum)':24}{sum(board.sockets.values()):8}")
    return lines


async def show(feed: Feed, out: TextIO = sys.stdout) -> None:
    """Write pages until SIGINT or SIGTERM."""
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, over.set)
    feed.start()
    try:
        while not over.is_set():
            feed.board.expire(time.monotonic())
            out.write((HOME if out.isatty() else "") + "\n".join(page(feed.board)) + "\n")
            out.flush()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(over.wait(), EVERY)
    finally:
        await feed.stop()
