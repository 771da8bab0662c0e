"""A program that runs two workers beside its own work, and says what happens to them."""

from __future__ import annotations

import asyncio
import sys

from circus import Arbiter, Watcher

WORKER = "import time; time.sleep(0.2)"


async def main() -> None:
    """Watch the workers until three of them have ended."""
    worker = Watcher("worker", sys.executable, args=["-c", WORKER], numprocesses=2)
    async with Arbiter([worker]) as arbiter:
        ended = 0
        async for event in arbiter.events():
            sys.stdout.write(f"{event.watcher} {event.name}\n")
            ended += event.name == "reap"
            if ended == 3:  # noqa: PLR2004 - enough to see
                break


if __name__ == "__main__":
    asyncio.run(main())
