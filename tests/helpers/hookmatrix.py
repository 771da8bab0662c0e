"""Every hook in every manner, with real processes: what happens then (spec §6.11).

A *manner* is how a hook behaves, a *story* what is done to a watcher so that the hook is called.
The table says how the story ends.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading

from circus.exc import CircusError
from circus.insight import gather
from tests.helpers.floor import Floor
from tests.helpers.launching import PATIENCE

TABLE = """
                true      false     none      raises    ignored   hangs
before_start    runs      untouched untouched untouched runs      untouched
after_start     runs      stopped   stopped   stopped   runs      stopped
before_spawn    runs      refused   refused   refused   runs      refused
after_spawn     runs      killed    killed    killed    runs      killed
before_stop     by-TERM   by-TERM   by-TERM   by-TERM   by-TERM   by-TERM
after_stop      by-TERM   by-TERM   by-TERM   by-TERM   by-TERM   by-TERM
before_signal   by-TERM   by-KILL   by-KILL   by-TERM   by-TERM   by-TERM
after_signal    by-TERM   by-TERM   by-TERM   by-TERM   by-TERM   by-TERM
before_reap     replaced  replaced  replaced  replaced  replaced  replaced
after_reap      replaced  replaced  replaced  replaced  replaced  replaced
extended_stats  extended  extended  extended  fails     plain     fails
"""
"""A row a hook, a column a manner; an ``async def`` in the same manner ends the story alike.

``untouched``: nothing was announced. ``refused``: stopped, and nothing was ever launched.
``killed``: the process was, before its birth was announced. ``by-…``: the signal that ended it.
"""
KEYWORDS = {
    "after_spawn": {"pid"},
    "before_signal": {"pid", "signum"},
    "after_signal": {"pid", "signum"},
    "before_reap": {"process_pid", "time"},
    "after_reap": {"process_pid", "time", "exit_code", "process_status"},
    "extended_stats": {"pid", "stats"},
}
"""The keyword arguments of a hook beside ``watcher``, ``arbiter`` and ``hook_name``."""
LIMIT = 0.05
"""Seconds of ``hook_timeout`` for those that hang."""
RETURNS = {"true": True, "false": False, "none": None}


def rows():
    """Return {hook: {manner: end}}."""
    head, *lines = (line.split() for line in TABLE.strip().splitlines())
    return {name: dict(zip(head, ends, strict=True)) for name, *ends in lines}


class Cell:
    """One hook in one manner, and what was seen of its calls."""

    def __init__(self, hook, manner, plain, go):
        self.hook, self.manner, self.plain = hook, manner, plain
        self.name = f"{hook} {manner}{'' if plain else ' async'}"
        self.go = go
        self.calls = []

    def target(self):
        """Return the hook."""
        return self._plain if self.plain else self._async

    def options(self, end):
        """Return the options of its watcher, for a story with that end."""
        hooks = {self.hook: (self.target(), self.manner == "ignored")}
        # the signal that is withheld is waited for, and no other end
        grace = LIMIT if end == "by-KILL" else 600
        limit = LIMIT if self.manner == "hangs" else 0
        return {"hooks": hooks, "graceful_timeout": grace, "hook_timeout": limit}

    def _note(self, watcher, arbiter, hook_name, about):
        assert (watcher.name, hook_name) == (self.name, self.hook)
        self.calls.append((threading.current_thread(), about))
        if self.hook == "extended_stats":
            about["stats"]["tea"] = "hot"
        if self.manner in ("raises", "ignored"):
            raise ValueError("tea")

    def _plain(self, watcher, arbiter, hook_name, **about):
        self._note(watcher, arbiter, hook_name, about)
        return self.go.wait(PATIENCE) if self.manner == "hangs" else RETURNS[self.manner]

    async def _async(self, watcher, arbiter, hook_name, **about):
        self._note(watcher, arbiter, hook_name, about)
        if self.manner == "hangs":
            await asyncio.Event().wait()
        return RETURNS[self.manner]


async def told(floor, cell, watcher):
    """Play the story of a cell's hook; return how it ended."""
    await watcher.start()
    if cell.hook in ("before_start", "after_start", "before_spawn", "after_spawn"):
        return await start(floor, watcher)
    if cell.hook.endswith("_reap"):
        return await replacement(floor, watcher)
    if cell.hook == "extended_stats":
        return await stats(floor, watcher)
    await watcher.stop()
    (reap,) = floor.ears.fields("reap", watcher.name)
    return "by-" + signal.Signals(reap["signal"]).name.removeprefix("SIG")


async def start(floor, watcher):
    names = floor.ears.names("spawn", "start", "stop", "kill", watcher=watcher.name)
    if watcher.status() != "stopped":
        if names[-1:] == ["start"] and len(watcher) == 1:
            return "runs"
        await floor.ears.until("stop", watcher=watcher.name)
    names = floor.ears.names("spawn", "start", "stop", "kill", watcher=watcher.name)
    ends = {
        (): "untouched",
        ("stop",): "refused",
        ("kill", "stop"): "killed",
        ("spawn", "kill", "stop"): "stopped",
    }
    return ends.get(tuple(names), names)


async def replacement(floor, watcher):
    (pid,) = watcher.processes
    os.kill(pid, signal.SIGKILL)
    await floor.ears.until("spawn", 2, watcher=watcher.name)
    await floor.ears.until_hook(watcher.name)
    return "replaced" if pid not in watcher.processes and len(watcher) == 1 else list(watcher)


async def stats(floor, watcher):
    try:
        found = await gather(floor.crew, [watcher], extended=True)
    except CircusError:
        return "fails"
    (facts,) = found[watcher.name].values()
    return "extended" if "tea" in facts else "plain"


def complaints(floor, cell, end, wanted):
    """Return what is not as it should be in a cell, once its story has ended."""
    if end != wanted:
        yield f"{cell.name}: {end}, expected {wanted}"
    heard = [
        (event, fields.get("abandoned", False))
        for name, event, fields in floor.ears.heard
        if name == cell.name and event.startswith("hook_")
    ]
    if cell.manner in RETURNS:
        expected = ("hook_success", False)
    else:
        expected = ("hook_failure", cell.manner == "hangs")
    quiet = cell.hook == "extended_stats" and cell.manner in RETURNS
    if {*heard} != (set() if quiet else {expected}):
        yield f"{cell.name}: {heard}, expected {expected}"
    if not cell.calls:
        yield f"{cell.name}: was never called"
    for thread, about in cell.calls:
        if about.keys() != KEYWORDS.get(cell.hook, set()):
            yield f"{cell.name}: was called with {sorted(about)}"
        if thread.daemon is not cell.plain:  # the loop's own is no daemon
            yield f"{cell.name}: ran in {thread}"


async def play_row(floor: Floor, hook: str, ends: dict[str, str], go: threading.Event):
    """Play all stories of one hook side by side; return what is not as it should be."""
    both = (True, False)
    cells = {Cell(hook, manner, one, go): end for manner, end in ends.items() for one in both}
    watchers = [floor.watcher(cell.name, **cell.options(end)) for cell, end in cells.items()]
    stories = (told(floor, cell, one) for cell, one in zip(cells, watchers, strict=True))
    found = await asyncio.gather(*stories)
    return [
        line
        for (cell, wanted), end in zip(cells.items(), found, strict=True)
        for line in complaints(floor, cell, end, wanted)
    ]
