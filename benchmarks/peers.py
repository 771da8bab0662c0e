"""The supervisors: how each is told to run the children, is started, asked and stopped.

Each is configured for the same work: n children, back at once when they die, five seconds of grace.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from abc import ABC, abstractmethod

from benchmarks import environments

SOFT_LIMIT = 1024
"""The usual soft limit of descriptors, under which every supervisor starts."""


class Peer(ABC):
    """One supervisor at work in a folder of its own.

    :param folder: where its configuration and its files go
    :param count: how many children
    :param command: the words of the child's command
    :param log: a file for what the children print, or None to let them inherit
    """

    name = ""
    stop_signal = signal.SIGTERM
    endpoint: str | None = None
    """The ZMQ endpoint, of those that have one."""

    def __init__(self, folder: str, count: int, command: list[str], log: str | None = None) -> None:
        self.folder, self.count, self.command, self.log = folder, count, command, log
        self.environment = dict(os.environ)
        self.daemon: subprocess.Popen[bytes]
        self.configure()

    @classmethod
    def available(cls) -> bool:
        """Say whether it can run here."""
        return True

    @abstractmethod
    def configure(self) -> None:
        """Write its configuration."""

    @abstractmethod
    def words(self) -> list[str]:
        """Return the command that runs it in the foreground."""

    @abstractmethod
    def status_words(self) -> list[str]:
        """Return the command that asks for the state of the children."""

    def write(self, name: str, text: str, mode: int = 0o644) -> str:
        """Write a file in the folder; return its path."""
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def start(self) -> None:
        """Start it under the soft limit of descriptors."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with open(os.path.join(self.folder, "daemon.out"), "wb") as out:
            resource.setrlimit(resource.RLIMIT_NOFILE, (SOFT_LIMIT, hard))
            try:
                self.daemon = subprocess.Popen(
                    self.words(),
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    cwd=self.folder,
                    env=self.environment,
                    start_new_session=True,
                )
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    def stop(self) -> None:
        """Ask it to stop everything."""
        self.daemon.send_signal(self.stop_signal)


class Circus(Peer):
    """Circus 0.19.0 from PyPI."""

    name = "circus-0.19"

    def configure(self) -> None:
        """Write circus.ini."""
        self.endpoint = f"ipc://{self.folder}/endpoint"
        stream = ""
        if self.log:
            stream = f"stdout_stream.class = FileStream\nstdout_stream.filename = {self.log}\n"
        self.write(
            "circus.ini",
            f"[circus]\nendpoint = {self.endpoint}\npubsub_endpoint = ipc://{self.folder}/pubsub\n"
            f"[watcher:child]\ncmd = {' '.join(self.command)}\nnumprocesses = {self.count}\n"
            f"max_retry = -1\ngraceful_timeout = 5\n{stream}",
        )

    def program(self, name: str) -> list[str]:
        """Return the words that run one of its programs."""
        return [str(environments.from_pypi("circus==0.19.0") / name)]

    def words(self) -> list[str]:
        """Run circusd."""
        return [*self.program("circusd"), "circus.ini"]

    def status_words(self) -> list[str]:
        """Run circusctl status."""
        return [*self.program("circusctl"), "--endpoint", str(self.endpoint), "status"]


class Ours(Circus):
    """The code beside this folder, by the Python that runs the benchmark."""

    name = "ours"

    def program(self, name: str) -> list[str]:
        """Return the words that run one of our programs."""
        return [sys.executable, "-m", f"circus.{name}"]

    def configure(self) -> None:
        """Write circus.ini, and have the code beside this folder found first."""
        super().configure()
        self.environment["PYTHONPATH"] = str(environments.ours())


class Supervisord(Peer):
    """Supervisor from PyPI."""

    name = "supervisord"

    def configure(self) -> None:
        """Write supervisord.conf."""
        self.write(
            "supervisord.conf",
            f"[supervisord]\nnodaemon=true\nlogfile={self.folder}/supervisord.log\n"
            f"pidfile={self.folder}/supervisord.pid\nminfds=4096\n"
            f"[unix_http_server]\nfile={self.folder}/supervisord.sock\n"
            "[rpcinterface:supervisor]\n"
            "supervisor.rpcinterface_factory ="
            " supervisor.rpcinterface:make_main_rpcinterface\n"
            f"[supervisorctl]\nserverurl=unix://{self.folder}/supervisord.sock\n"
            f"[program:child]\ncommand={' '.join(self.command)}\nnumprocs={self.count}\n"
            "process_name=%(program_name)s_%(process_num)d\nstartretries=1000000\nstartsecs=0\n"
            f"autorestart=true\nstopwaitsecs=5\nstdout_logfile={self.log or 'NONE'}\n"
            "stdout_logfile_maxbytes=0\nstderr_logfile=NONE\n",
        )

    def program(self, name: str) -> list[str]:
        """Return the words that run one of its programs."""
        folder = environments.from_pypi("supervisor")
        return [str(folder / name), "-c", f"{self.folder}/supervisord.conf"]

    def words(self) -> list[str]:
        """Run supervisord."""
        return self.program("supervisord")

    def status_words(self) -> list[str]:
        """Run supervisorctl status."""
        return [*self.program("supervisorctl"), "status"]


class S6(Peer):
    """s6: one supervising process for each child."""

    name = "s6"

    @classmethod
    def available(cls) -> bool:
        """Say whether s6 is installed."""
        return environments.from_path("s6-svscan")

    def configure(self) -> None:
        """Write a service folder for each child."""
        target = f" >{self.log}" if self.log else ""
        script = f"#!/bin/sh\nexec {' '.join(self.command)}{target}\n"
        for number in range(self.count):
            self.write(f"scan/child{number}/run", script, 0o755)

    def words(self) -> list[str]:
        """Run s6-svscan."""
        return ["s6-svscan", "-c", str(2 * self.count + 10), f"{self.folder}/scan"]

    def status_words(self) -> list[str]:
        """Ask for the state of one child: there is no question about all."""
        return ["s6-svstat", f"{self.folder}/scan/child0"]


class Runit(S6):
    """runit: one supervising process for each child."""

    name = "runit"
    stop_signal = signal.SIGHUP

    @classmethod
    def available(cls) -> bool:
        """Say whether runit is installed."""
        return environments.from_path("runsvdir")

    def words(self) -> list[str]:
        """Run runsvdir."""
        return ["runsvdir", f"{self.folder}/scan"]

    def status_words(self) -> list[str]:
        """Ask for the state of one child."""
        return ["sv", "status", f"{self.folder}/scan/child0"]


class Dinit(Peer):
    """dinit, a service manager in C++."""

    name = "dinit"

    @classmethod
    def available(cls) -> bool:
        """Say whether dinit is installed."""
        return environments.from_path("dinit")

    def configure(self) -> None:
        """Write a service for each child, and one that waits for all."""
        log = f"logfile = {self.log}\n" if self.log else ""
        for number in range(self.count):
            self.write(
                f"services/child{number}",
                f"type = process\ncommand = {' '.join(self.command)}\nrestart = true\n"
                f"restart-delay = 0\nrestart-limit-count = 0\nstop-timeout = 5\n{log}",
            )
        names = "".join(f"waits-for: child{number}\n" for number in range(self.count))
        self.write("services/boot", f"type = internal\n{names}")

    def words(self) -> list[str]:
        """Run dinit as an ordinary user's."""
        paths = ["--services-dir", f"{self.folder}/services"]
        return ["dinit", "--user", *paths, "--socket-path", f"{self.folder}/socket", "--quiet"]

    def status_words(self) -> list[str]:
        """Run dinitctl list."""
        return ["dinitctl", "--socket-path", f"{self.folder}/socket", "list"]


PEERS: tuple[type[Peer], ...] = (Ours, Circus, Supervisord, Runit, S6, Dinit)
