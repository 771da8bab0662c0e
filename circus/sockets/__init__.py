"""Sockets that circusd binds and its children inherit (spec §8).

Circus never accepts a connection: the kernel shares them out among the children. A socket stays
bound while children come and go. It is close-on-exec; a launch plan names those that a child gets.
"""

from __future__ import annotations

from circus.sockets.listener import CircusSocket
from circus.sockets.table import CircusSockets

__all__ = ["CircusSocket", "CircusSockets"]
