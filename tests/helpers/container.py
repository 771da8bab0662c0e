"""A container in small: namespaces of its own for a program, by unshare(1) of util-linux."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess

from circus.host.linux import proc

AROUND = (
    "unshare",
    *(() if os.geteuid() == 0 else ("--user", "--map-root-user")),
    *("--pid", "--fork", "--kill-child", "--mount-proc"),
)
"""Words that run a program as pid 1."""


@functools.cache
def lacking(*words: str) -> str:
    """Return why a program cannot be run inside of these words here, or nothing."""
    if shutil.which("unshare") is None:
        return "there is no unshare(1)"
    done = subprocess.run([*words, "true"], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"no namespaces for us: {done.stderr.strip()}"


def init_of(pid: int) -> int:
    """Return the pid, as we see it, of the init that an unshare of this pid runs."""
    (child,) = proc.children(pid)
    return child


def zombies(init: int) -> set[int]:
    """Return the children of an init that have ended and are not reaped."""
    return {pid for pid in proc.children(init) if (row := proc.row(pid)) and not row.alive}
