"""Watchers are added and removed from callbacks while the arbiter runs."""

import sys

from circus import get_arbiter
from circus.exc import AlreadyExist


def main(folder):
    arbiter = get_arbiter(
        [{"cmd": "sleep 60", "name": "first"}],
        controller=f"ipc://{folder}/ctl",
        pubsub_endpoint=f"ipc://{folder}/pub",
        check_delay=0.2,
        multicast_endpoint=None,
    )

    async def change():
        added = arbiter.add_watcher("second", "sleep 60", numprocesses=3)
        print(added.name, added.status(), arbiter.numwatchers())
        await arbiter.start_watcher(added)
        print(sorted(arbiter.statuses().items()), len(added))
        try:
            arbiter.add_watcher("SECOND", "sleep 60")
        except AlreadyExist:
            print("already there")
        await arbiter.rm_watcher("first")
        print(arbiter.statuses())
        print(await added.incr(), await added.decr(2))
        try:
            arbiter.get_watcher("first")
        except KeyError:
            print("gone")
        await arbiter.stop()

    def started(future):
        print("started", future.exception())
        arbiter.loop.add_callback(change)

    future = arbiter.start(started)
    print("ended", future.result(), arbiter.running)


main(sys.argv[1])
