"""Says the time once a second. circusd writes what it says into a file."""

from __future__ import annotations

import time

while True:
    print(time.strftime("%H:%M:%S tick"), flush=True)
    time.sleep(1)
