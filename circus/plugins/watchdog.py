"""WatchDog: kills processes that do not report (spec §9.3.3).

A process reports by a UDP packet that names its pid. What it says of anything else is not believed:
only pids of watched processes are ever acted on.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Sequence
from typing import Any

from tornado.ioloop import IOLoop, PeriodicCallback

from circus import logger
from circus.plugins import CircusPlugin
from circus.plugins.settings import is_helper, settings
from circus.spec.options.shipped import WATCHDOG

LONGEST = 1024
"""The most bytes of a packet that are read."""
BATCH = 1000
"""How many packets are read before the loop looks at others."""


class WatchDog(CircusPlugin):
    """Listens for the reports of processes."""

    name = "watchdog"

    def __init__(self, *args: Any, **config: Any) -> None:
        taken = settings(WATCHDOG, config)
        super().__init__(*args, **config)
        self.loop_rate: float = taken["loop_rate"]
        self.watchers_regex: str = taken["watchers_regex"]
        self.msg_regex: str = taken["msg_regex"]
        self.max_count: int = taken["max_count"]
        self.watchdog_ip: str = taken["ip"]
        self.watchdog_port: int = taken["port"]
        self.stop_signal: int | None = taken["watchers_stop_signal"]
        self.graceful_timeout: float | None = taken["watchers_graceful_timeout"]
        self.pid_status: dict[str, dict[str, Any]] = {}
        """The processes that have to report, by pid: their watcher, and when they last did."""
        self.sock: socket.socket | None = None

    def handle_init(self) -> None:
        """Listen, and begin to look."""
        self._bind_socket()
        self.loop.add_callback(self._discover_monitored_pids)
        self.period = PeriodicCallback(self.look_after, self.loop_rate * 1000)
        self.period.start()

    def handle_stop(self) -> None:
        """Look no more."""
        self.period.stop()
        if self.sock is not None:
            self.loop.remove_handler(self.sock)
            self.sock.close()

    def handle_recv(self, data: Sequence[bytes]) -> None:
        """Hear of processes that come and go."""
        topic, event, raw = self.split_data(data)
        message = self.load_message(raw)
        pid = str(message.get("process_pid"))
        if event == "reap":
            self.pid_status.pop(pid, None)
        elif event == "spawn" and self._match_watcher_name(message.get("watcher", topic)):
            self._know(pid, message.get("watcher", topic))

    def look_after(self) -> None:
        """Kill those that were silent for too long."""
        if self.sock is not None:  # after a pause of our own their reports may still lie there
            self.receive_udp_socket(self.sock, IOLoop.READ)
        too_long = time.time() - self.loop_rate * self.max_count
        more = {"signum": self.stop_signal, "graceful_timeout": self.graceful_timeout}
        given = {name: value for name, value in more.items() if value is not None}
        for pid, known in list(self.pid_status.items()):
            if known["last_activity"] < too_long:
                logger.info("pid %s of %s did not report: it is killed", pid, known["watcher"])
                self.cast("kill", name=known["watcher"], pid=int(pid), **given)
                del self.pid_status[pid]

    def receive_udp_socket(self, _fd: Any, _events: int) -> None:
        """Take note of the reports that have come."""
        assert self.sock is not None
        for _ in range(BATCH):
            try:
                data, sender = self.sock.recvfrom(LONGEST)
            except BlockingIOError:
                return
            except OSError as error:
                logger.warning("cannot read a packet: %s", error)
                return
            pid = self._decode_received_udp_message(data)
            if pid in self.pid_status:
                self.pid_status[pid]["last_activity"] = time.time()
            else:
                logger.warning("received watchdog message from unknown pid %r, %s", pid, sender)

    def _decode_received_udp_message(self, data: bytes) -> str | None:
        """Return the pid that a packet names, or None when it is no report."""
        match = re.match(self.msg_regex, data.decode(errors="replace"))
        return match["pid"] if match else None

    def _match_watcher_name(self, name: str) -> bool:
        """Say whether the processes of a watcher have to report; circusd's helpers need not."""
        return not is_helper(name) and any(
            re.match(self.watchers_regex, form) for form in (name, name.lower())
        )

    def _discover_monitored_pids(self) -> None:
        """Know the processes that run already."""
        for watcher in self.call("status")["statuses"]:
            if self._match_watcher_name(watcher):
                for pid in self.call("list", name=watcher).get("pids", ()):
                    self._know(str(pid), watcher)

    def _know(self, pid: str, watcher: str) -> None:
        known = {"watcher": watcher, "last_activity": time.time()}
        self.pid_status.setdefault(pid, known)

    def _bind_socket(self) -> None:
        family = socket.AF_INET6 if ":" in self.watchdog_ip else socket.AF_INET
        made = socket.socket(family, socket.SOCK_DGRAM)
        made.setblocking(False)
        try:
            made.bind((self.watchdog_ip, self.watchdog_port))
        except OSError as error:
            made.close()
            place = f"{self.watchdog_ip}:{self.watchdog_port}"
            logger.error("cannot listen for reports on %s: %s", place, error)
            return
        self.sock = made
        self.watchdog_port = made.getsockname()[1]
        self.loop.add_handler(made, self.receive_udp_socket, IOLoop.READ)
