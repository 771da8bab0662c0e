"""Why nobody answers, and what to do about it."""

from __future__ import annotations

import socket


def advice(endpoint: str, timeout: float) -> str:
    """Say why no answer came from an endpoint, and what to do."""
    problem = knock(endpoint)
    if problem is None:
        return (
            f"Somebody listens at {endpoint}, but has not answered within {timeout:g} seconds.\n"
            "The daemon took too long to perform the operation, or it is stuck, or it is not a\n"
            "Circus daemon. Give it more time with --timeout (with --waiting above all)."
        )
    return (
        f"The Circus daemon could not be reached at {endpoint}: {problem}.\n"
        "Make sure that circusd runs, and that --endpoint or CIRCUSCTL_ENDPOINT says what\n"
        "'endpoint' says in its configuration."
    )


def knock(endpoint: str) -> str | None:
    """Say why nobody can be reached at an endpoint; None if somebody can, or nobody knows."""
    scheme, _, place = endpoint.partition("://")
    host, _, port = place.rpartition(":")
    try:
        if scheme == "ipc" and not place.startswith("@"):
            with socket.socket(socket.AF_UNIX) as door:
                door.settimeout(1)
                door.connect(place)
        elif scheme == "tcp" and port.isdecimal():
            socket.create_connection((host.strip("[]"), int(port)), timeout=1).close()
    except (OSError, OverflowError) as problem:
        return str(getattr(problem, "strerror", None) or problem)
    return None
