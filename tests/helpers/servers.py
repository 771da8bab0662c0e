"""The web servers of examples/servers/, each run by its own circus.ini on a free port."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import sys
from pathlib import Path

import pytest

from tests.helpers.source import ROOT

SERVERS = ("asyncio", "uvicorn", "gunicorn")
PORTS = ("5555", "5556", "8651")
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


def example(name: str, folder: Path) -> tuple[str, int]:
    """Put a server's files into a folder; return the text of its circus.ini and its port."""
    shutil.copytree(ROOT / "examples" / "servers", folder, dirs_exist_ok=True)
    text = (folder / f"{name}.ini").read_text()
    ports = free_ports(len(PORTS))
    for old, new in zip(PORTS, ports, strict=True):
        assert old in text
        text = text.replace(old, str(new))
    return text, ports[-1]
