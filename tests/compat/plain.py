"""What two daemons said, made comparable: what differs in every run becomes a word."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

PIDS = {"pids", "started", "kept", "stopped"}
"""Fields that hold a list of pids."""
PID = {"pid", "process_pid"}
VARIES = {
    "time", "create_time", "age", "started", "cpu", "mem", "mem_info1", "mem_info2", "ctime",
    "username", "nice", "fd",
}  # fmt: skip
"""Fields of which the type is compared, not the value."""
KINDS = {int: "INT", float: "FLOAT", str: "TEXT"}
OF_SCENES = {100, 512, 999, *range(600, 700)}
"""Numbers that the scenes use themselves, as in ``sleep 610``: never taken for a pid."""
TITLE = "circusd"
"""What the process of a daemon is called where the package setproctitle is installed."""
RANDOM = re.compile(r"\b(0x[0-9a-f]{6,}|[0-9a-f]{32})\b")
"""Addresses in memory, and the ids that clients make up."""


class Plain:
    """Makes what one daemon said comparable.

    :param folder: where it works
    """

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self._pids: set[str] = set()

    def know(self, pids: Iterable[int]) -> None:
        """Remember pids, which are found in texts from now on."""
        self._pids.update(str(pid) for pid in pids if pid not in OF_SCENES)

    def text(self, text: str) -> str:
        """Return a text without folder and pids."""
        text = RANDOM.sub("RANDOM", text.replace(self._folder, "FOLDER"))
        return re.sub(r"\d+", lambda found: "PID" if found[0] in self._pids else found[0], text)

    def value(self, value: Any, name: str = "") -> Any:
        """Return a JSON value of a field, without what differs in every run."""
        if name == "tb" and value:
            return "TRACEBACK"
        if name in PIDS and isinstance(value, list):
            return ["PID"] * len(value)
        if name in PID and isinstance(value, int):
            return "PID"
        if name in VARIES and type(value) in KINDS:
            return KINDS[type(value)]
        if name == "last_exit":  # of processes that end together, any may be the last
            return "ENDING"
        if name == "cmdline" and (value.startswith("python") or value == TITLE):
            return "python"
        return self._inside(value)

    def _inside(self, value: Any) -> Any:
        if isinstance(value, dict):
            return self._object(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, int) and str(value) in self._pids:
            return "PID"
        return self.text(value) if isinstance(value, str) else value

    def _object(self, value: dict[str, Any]) -> dict[str, Any]:
        """Give pids that are keys a number by their order."""
        pids = sorted((key for key in value if key.isdigit()), key=int)
        names = {pid: f"PID {number}" for number, pid in enumerate(pids, 1)}
        return {names.get(key, key): self.value(inner, key) for key, inner in value.items()}
