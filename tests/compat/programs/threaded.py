"""An arbiter in a thread of its own, on a loop that was made there."""

import sys
import threading

import tornado.ioloop

import circus
from circus.client import CircusClient


class Runner(threading.Thread):
    def __init__(self, arbiter):
        super().__init__()
        self.arbiter = arbiter
        self.ready = threading.Event()

    def run(self):
        loop = tornado.ioloop.IOLoop()
        self.arbiter.loop = loop
        self.arbiter.ctrl.loop = loop
        self.arbiter.start(lambda _: self.ready.set())


def main(folder):
    ends = [f"ipc://{folder}/{name}" for name in ("ctl", "pub")]
    arbiter = circus.get_arbiter(
        [{"cmd": "sleep 60", "numprocesses": 2}],
        controller=ends[0],
        pubsub_endpoint=ends[1],
        check_delay=0.2,
        multicast_endpoint=None,
    )
    runner = Runner(arbiter)
    runner.start()
    print("ready", runner.ready.wait(20))
    client = CircusClient(endpoint=ends[0], timeout=20)
    print(client.send_message("status")["statuses"])
    print(client.send_message("numprocesses")["numprocesses"])
    print(client.send_message("quit", waiting=True)["status"])
    client.stop()
    runner.join(20)
    print("alive", runner.is_alive(), "running", arbiter.running)


main(sys.argv[1])
