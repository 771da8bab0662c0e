"""Tells the time to whoever connects, and ends when nobody has come for a minute.

usage: clock.py FD

FD is the number of the listening socket, which stays open in circusd: the next connection starts
this program again.
"""

from __future__ import annotations

import socket
import sys
import time

QUIET = 60

with socket.socket(fileno=int(sys.argv[1])) as listening:
    listening.settimeout(QUIET)
    while True:
        try:
            who, _ = listening.accept()
        except TimeoutError:
            break
        with who:
            who.sendall(time.strftime("%H:%M:%S\n").encode())
