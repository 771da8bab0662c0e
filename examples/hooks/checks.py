"""The hooks of the worker: each gets its arguments by name, and says yes or no."""

from __future__ import annotations

import asyncio
import shutil
import time
from pathlib import Path
from typing import Any

RUN = Path("run")
ENOUGH = 1_000_000
"""Bytes that have to be free on the disk."""


def prepare(**_: Any) -> bool:
    """Make a clean folder; keep the watcher from starting on a full disk."""
    shutil.rmtree(RUN, ignore_errors=True)
    RUN.mkdir()
    return shutil.disk_usage(RUN).free > ENOUGH


def is_ready(watcher: Any, pid: int, **_: Any) -> bool:
    """Wait until a new worker is warm: it does not count as started before.

    A plain function has a thread to itself, so it may wait. One that takes longer than
    ``hook_timeout`` counts as a no: the worker is killed, and the watcher stops.
    """
    while not (jobs_of(pid).exists() and jobs_of(pid).read_text()):
        if pid not in watcher.get_active_pids():
            return False
        time.sleep(0.05)
    return True


async def clean_up(process_pid: int, **_: Any) -> bool:
    """Remove what a worker left. An async function shares the loop, so it awaits what takes time.

    Its name in circus.ini is followed by ``true``: when it fails, that counts as a yes.
    """
    await asyncio.to_thread(jobs_of(process_pid).unlink)
    return True


def count_jobs(watcher: Any, _arbiter: Any, _name: str, pid: int, stats: dict[str, Any]) -> None:
    """Add to what ``stats --extended`` tells."""
    stats["jobs"] = int(jobs_of(pid).read_text())
    stats["of"] = watcher.numprocesses


def jobs_of(pid: int) -> Path:
    """Return the file of a worker."""
    return RUN / f"{pid}.jobs"
