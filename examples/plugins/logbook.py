"""A plugin that keeps a logbook: every event, and now and then how many processes there are.

It was written for Circus 0.19, from its documentation alone. In the configuration:

    [plugin:logbook]
    use = logbook.Logbook
    filename = logbook.txt
    loop_rate = 10
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence

from tornado import ioloop

from circus.plugins import CircusPlugin


class Logbook(CircusPlugin):
    """Writes lines into a file, from a thread of its own, so that a slow disk delays nothing."""

    name = "logbook"

    def __init__(self, *args: str, **config: str) -> None:
        super().__init__(*args, **config)
        self.filename = config["filename"]
        self.loop_rate = float(config.get("loop_rate", "10"))
        self.lines: queue.Queue[str | None] = queue.Queue()
        self.writer = threading.Thread(target=self.write)

    def handle_init(self) -> None:
        """Open the book."""
        self.writer.start()
        self.lines.put(f"opened by {self.config['name']}")
        self.period = ioloop.PeriodicCallback(self.count, self.loop_rate * 1000)
        self.period.start()

    def handle_stop(self) -> None:
        """Close it, once everything is written."""
        self.period.stop()
        self.lines.put("closed")
        self.lines.put(None)
        self.writer.join()

    def handle_recv(self, data: Sequence[bytes]) -> None:
        """Write an event."""
        watcher, event, message = self.split_data(data)
        pid = self.load_message(message).get("process_pid", "")
        self.lines.put(f"{watcher} {event} {pid}".rstrip())

    def count(self) -> None:
        """Write how many processes each watcher has."""
        for watcher in self.call("list")["watchers"]:
            answer = self.call("numprocesses", name=watcher)
            found = answer.get("numprocesses", answer.get("reason"))
            self.lines.put(f"{watcher} has {found}")

    def write(self) -> None:
        """Write lines as they come, until the last."""
        with open(self.filename, "a", encoding="utf-8") as file:
            for line in iter(self.lines.get, None):
                file.write(f"{line}\n")
                file.flush()
