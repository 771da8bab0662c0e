"""Warms up, says so with a file, then works. How many jobs it has done is in the file."""

from __future__ import annotations

import os
import time

time.sleep(0.2)
with open(f"run/{os.getpid()}.jobs", "wb", buffering=0) as done:
    jobs = 0
    while True:
        os.pwrite(done.fileno(), b"%9d" % jobs, 0)
        time.sleep(1)
        jobs += 1
