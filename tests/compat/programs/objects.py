"""CircusSocket objects and a plugin dictionary, whose plugin imports circus.util."""

import os
import socket
import sys

from circus.arbiter import Arbiter
from circus.sockets import CircusSocket
from circus.watcher import Watcher


def main(folder):
    os.chdir(folder)
    with open("noted.py", "w") as file:
        file.write(PLUGIN)
    os.environ["PYTHONPATH"] = os.pathsep.join([folder, os.environ.get("PYTHONPATH", "")])
    sys.path.insert(0, folder)
    os.mkfifo("said")
    ends = [f"ipc://{folder}/{end}" for end in ("ctl", "pub")]
    www = CircusSocket("www", "127.0.0.1", 0)
    web = Watcher("web", "sleep 60", use_sockets=True)
    plugins = [{"use": "noted.Noted", "name": "plugin:noted", "path": f"{folder}/said"}]
    arbiter = Arbiter([web], *ends, check_delay=0.2, sockets=[www], plugins=plugins)

    def started(_future):
        with socket.create_connection(arbiter.get_socket("www").getsockname()):
            print("connected")
        print(sorted(arbiter.statuses().items()))
        with open("said") as said:
            print(said.read())
        arbiter.loop.add_callback(arbiter.stop)

    arbiter.start(started)
    print(sorted(arbiter.statuses().items()))


PLUGIN = """
from circus.plugins import CircusPlugin
from circus.util import DEFAULT_ENDPOINT_DEALER, bytes2human, human2bytes, to_bool
class Noted(CircusPlugin):
    name = "noted"
    def handle_init(self):
        with open(self.config["path"], "w") as said:
            said.write(f"{human2bytes('2K')} {bytes2human(2048)} {to_bool('yes')} "
                       f"{DEFAULT_ENDPOINT_DEALER} {self.active}")
    def handle_recv(self, data):
        pass
"""

main(sys.argv[1])
