"""Two arbiters side by side in one loop, then one after the other."""

import sys

from tornado.ioloop import IOLoop

from circus.arbiter import Arbiter
from circus.watcher import Watcher


def arbiter(folder, name, loop):
    ends = [f"ipc://{folder}/{name}-{end}" for end in ("ctl", "pub")]
    return Arbiter([Watcher(name, "sleep 60", numprocesses=2)], *ends, check_delay=0.2, loop=loop)


async def both(folder):
    loop = IOLoop.current()
    one, two = (arbiter(folder, name, loop) for name in ("one", "two"))
    await one.start()
    await two.start()
    print(one.statuses(), two.statuses(), one.numprocesses(), two.numprocesses())
    await one.stop()
    print(one.statuses(), two.statuses())
    await two.stop()
    print(one.statuses(), two.statuses())
    for _ in range(2):
        again = arbiter(folder, "one", loop)
        await again.start()
        print(again.statuses())
        await again.stop()


IOLoop.current().run_sync(lambda: both(sys.argv[1]))
