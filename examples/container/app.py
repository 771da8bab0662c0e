"""An application for a container: it works until it is told to stop, and fails when it has to.

TERM stops it; USR2, which circusd sends on to it as the init of a container, makes it say how far
it is; without a QUEUE in its environment it cannot work at all.
"""

import os
import signal
import sys

CANNOT_WORK = 78
"""EX_CONFIG of sysexits.h: to try it again would end alike."""

if "QUEUE" not in os.environ:
    print("there is no QUEUE to work on", flush=True)
    sys.exit(CANNOT_WORK)

HEARD = {signal.SIGTERM, signal.SIGUSR2}
signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)
print(f"works on {os.environ['QUEUE']}", flush=True)
while signal.sigwait(HEARD) == signal.SIGUSR2:
    print("0 orders are done", flush=True)
print("goes home", flush=True)
