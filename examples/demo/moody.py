"""Works for a few seconds, then dies of one thing or another. circusd starts it again."""

from __future__ import annotations

import os
import random
import signal
import sys
import time

print(f"moody: process {os.getpid()} is at work", flush=True)
time.sleep(random.uniform(4, 12))
if random.choice((True, False)):
    sys.exit("moody: cannot go on")
os.kill(os.getpid(), signal.SIGKILL)
