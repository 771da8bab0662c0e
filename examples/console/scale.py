"""Bring a watcher to a number of processes through the HTTP API: scale.py NAME COUNT [URL].

The token is read from console.token. Only the standard library is needed.
"""

from __future__ import annotations

import json
import sys
import urllib.parse
import urllib.request

AT = "http://127.0.0.1:8651"


def ask(at: str, token: str, path: str, body: dict | None = None) -> dict:
    """Ask the console; a body makes it a POST."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(at + path, data, headers)  # noqa: S310 - our own console
    with urllib.request.urlopen(request, timeout=60) as reply:  # noqa: S310 - our own console
        return json.load(reply)


def scale(name: str, count: int, at: str = AT) -> None:
    """Bring a watcher to a number of processes, and say what it was and is."""
    with open("console.token", encoding="ascii") as file:
        token = file.read().strip()
    place = f"/api/watchers/{urllib.parse.quote(name, safe='')}"
    before = ask(at, token, place)["wanted"]
    options = {"numprocesses": count}
    ask(at, token, f"{place}/set", {"options": options, "waiting": True})
    after = ask(at, token, f"{place}/numprocesses")["numprocesses"]
    print(f"{name}: {before} -> {after}")


if __name__ == "__main__":
    scale(sys.argv[1], int(sys.argv[2]), *sys.argv[3:4])
