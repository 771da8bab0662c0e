"""The web servers of examples/servers/, each run by its own circus.ini on a free port."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import socket
import sys
from pathlib import Path

import pytest

from tests.helpers.source import ROOT

SERVERS = ("asyncio", "uvicorn", "gunicorn")
FILES = (*SERVERS, "listen_fds")
"""The circus.ini of each server, and one in which all three are handed their sockets at 3."""
WAYS = [(name, "web") for name in SERVERS] + [("listen_fds", name) for name in SERVERS]
"""Each file with each watcher in it."""
AROUND = ("env", f"PATH={os.path.dirname(sys.executable)}{os.pathsep}{os.environ['PATH']}")
"""Programs of the environment that the tests run in are found first."""


def needs(name: str) -> None:
    """Skip the test where a server is not installed."""
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not installed: pip install circus[servers]")


def free_ports(count: int) -> list[int]:
    """Return ports that are free: all are held until each is known."""
    holders = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    found = [holder.getsockname()[1] for holder in holders]
    for holder in holders:
        holder.close()
    return found


def example(file: str, folder: Path) -> tuple[str, dict[str, int]]:
    """Put the servers' files into a folder.

    :returns: the text of a circus.ini, on free ports, and these ports by the names of the sockets
    """
    shutil.copytree(ROOT / "examples" / "servers", folder, dirs_exist_ok=True)
    text = (folder / f"{file}.ini").read_text()
    old = re.findall(r"(?:127\.0\.0\.1:|^port = )(\d+)$", text, re.MULTILINE)
    free = dict(zip(old, map(str, free_ports(len(old))), strict=True))
    text = re.sub(rf"\b({'|'.join(old)})\b", lambda found: free[found[1]], text)
    named = re.findall(r"^\[socket:(\w+)\]\n.*\nport = (\d+)$", text, re.MULTILINE)
    return text, {name: int(port) for name, port in named}


def server_of(file: str, watcher: str) -> str:
    """Return the package that a watcher of an example runs."""
    return watcher if file == "listen_fds" else file
