"""A subclass that overrides start and stop, and is told to quit over the wire."""

import sys
import threading

from circus.arbiter import Arbiter
from circus.client import CircusClient
from circus.watcher import Watcher


class Told(Arbiter):
    def start(self, cb=None):
        print("my start")
        return super().start(cb)

    def stop(self, *args, **kw):
        print("my stop")
        return super().stop(*args, **kw)


def main(folder):
    ends = [f"ipc://{folder}/{end}" for end in ("ctl", "pub")]
    arbiter = Told([Watcher("web", "sleep 60")], *ends, check_delay=0.2)

    def ask():
        client = CircusClient(endpoint=ends[0], timeout=20)
        print(client.send_message("status")["statuses"])
        print(client.send_message("quit")["status"])
        client.stop()

    asker = threading.Thread(target=ask)
    arbiter.start(lambda _: asker.start())
    asker.join()
    print("running", arbiter.running)


main(sys.argv[1])
