"""What a Watcher of Circus 0.19 has beside its verbs (spec §11.3).

The machine decides by itself when to launch and when to replace a process. So methods that once
made the next step only look whether somebody has died, which matters where nobody else does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from circus.core.messages import SpecChanged
from circus.core.watcher import WatcherMachine
from circus.drive import Drive
from circus.kept.values import parse_env_dict
from circus.process import Process
from circus.sockets import CircusSockets
from circus.spec.model import WatcherSpec
from circus.spec.options.row import Live
from circus.spec.tables import stream_conf
from circus.stage import Stage

W = TypeVar("W", bound="Kept")

MANAGE, RELOAD = 0, 1
"""What has to follow :meth:`Kept.set_opt`, as Circus counts."""


class Kept:
    """The old names of a watcher."""

    spec: WatcherSpec
    env: dict[str, str]
    machine: WatcherMachine
    stage: Stage | None
    drive: Drive | None
    processes: dict[int, Process]
    sockets: CircusSockets
    altered: Callable[[Mapping[str, Any]], tuple[WatcherSpec, Live]]
    kill: Callable[[Sequence[int], int | None, float | None], Any]
    notify_event: Callable[[str, Mapping[str, Any]], None]
    options: Callable[[], list[tuple[str, Any]]]
    reload: Callable[[], Any]
    send_signal: Callable[[int, int], bool]
    start: Callable[[], Any]
    status: Callable[[], str]
    stop_as: Callable[[str, bool], Any]
    _driven: Callable[[], Drive]
    stream_redirector = None
    """Output is read elsewhere: see :mod:`circus.output`."""
    evpub_socket: Any = None
    _cfg: dict[str, Any] | None = None
    _told: str | None = None

    @classmethod
    def load_from_config(cls: type[W], config: dict[str, Any]) -> W:  # noqa: PYI019 - Self is new
        """Return the watcher of a mapping, from which ``name`` and ``cmd`` are taken out."""
        if config.get("env"):
            config["env"] = parse_env_dict(config["env"])
        whole = dict(config)
        made = cls(config.pop("name"), config.pop("cmd"), **config)  # type: ignore[call-arg]  # a Watcher's
        made._cfg = whole
        return made

    # --- verbs ------------------------------------------------------------------------------------

    def manage_processes(self) -> Any:
        """Notice the deaths that there were; what follows from them is under way then."""
        self.reap_processes()
        return self._driven().done(None)

    def reap_and_manage_processes(self) -> Any:
        """Do the same."""
        return self.manage_processes()

    def spawn_processes(self) -> Any:
        """Do the same: who is missing is launched."""
        return self.manage_processes()

    def remove_expired_processes(self) -> Any:
        """Do the same: who is too old is replaced when its time is over."""
        return self.manage_processes()

    def do_action(self, num: int) -> Any:
        """Do what has to follow :meth:`set_opt`: a reload for 1."""
        return self.reload() if num == RELOAD else self.manage_processes()

    def reap_processes(self) -> None:
        """Notice the deaths that there were."""
        if self.stage is not None:
            self.stage.crew.deaths.collect()

    def reap_process(self, pid: int, status: int | None = None) -> None:
        """Notice the deaths that there were, of that process too."""
        del pid, status
        self.reap_processes()

    def kill_processes(
        self, stop_signal: int | None = None, graceful_timeout: float | None = None
    ) -> Any:
        """Stop all processes; they are replaced."""
        return self.kill(list(self.processes), stop_signal, graceful_timeout)

    def send_signal_process(self, process: Process, signum: int, recursive: bool = False) -> None:
        """Signal a process and its children (or all its descendants), each told as ``kill``."""
        children = process.children(recursive)
        self.send_signal(process.pid, signum)
        self.notify_event("kill", {"process_pid": process.pid})
        for child in children:
            process.send_signal_child(child, signum)
            self.notify_event("kill", {"process_pid": child})

    def set_opt(self, key: str, val: Any) -> int:
        """Set one option, as ``set`` does, but for what has to follow.

        :param val: a value, or its text
        :returns: what has to follow, for :meth:`do_action`: 1 for a reload, else 0
        :raises MessageError: the option is unknown, or cannot be that
        """
        spec, live = self.altered({key: val})
        if self.drive is None:
            self.machine.members.spec = spec
        else:
            self.drive.feed(SpecChanged(spec, respawn=False))
        if key == "numprocesses":
            self.numprocesses = spec.numprocesses
        return RELOAD if live is Live.RESPAWN else MANAGE

    def _start(self) -> Any:
        """Start."""
        return self.start()

    def _stop(self, close_output_streams: bool = False) -> Any:
        """Stop."""
        return self.stop_as("stop", close_output_streams)

    # --- facts ------------------------------------------------------------------------------------

    @property
    def pids(self) -> list[int]:
        """The pids of its processes."""
        return list(self.processes)

    @property
    def optnames(self) -> tuple[str, ...]:
        """The names of its options."""
        return tuple(name for name, _ in self.options())

    @property
    def ignore_hook_failure(self) -> list[str]:
        """The hooks whose failures count as a yes."""
        always = ["before_stop", "after_stop", "before_signal", "after_signal", "extended_stats"]
        flagged = [name for name, hook in self.spec.hooks.items() if hook.ignore]
        return [*always, *(name for name in flagged if name not in always)]

    @property
    def stdout_stream_conf(self) -> Mapping[str, Any] | None:
        """What stdout_stream was asked to be."""
        return stream_conf(self.spec.stdout_stream) or None

    @property
    def stderr_stream_conf(self) -> Mapping[str, Any] | None:
        """What stderr_stream was asked to be."""
        return stream_conf(self.spec.stderr_stream) or None

    @property
    def _options(self) -> dict[str, Any]:
        """The options that Circus does not know."""
        return dict(self.spec.freeform)

    @property
    def _status(self) -> str:
        """The status; a test may say another one, and None takes that back."""
        return self.status()

    @_status.setter
    def _status(self, told: str | None) -> None:
        self._told = told

    @property
    def _nextwid(self) -> int:
        """The number that the next process gets: the smallest free one."""
        taken = {process.wid for process in self.processes.values()}
        return next(wid for wid in range(1, len(taken) + 2) if wid not in taken)

    def _get_sockets_fds(self) -> dict[str, int]:
        """Return the descriptors of the managed sockets by name."""
        return {name: one.fileno() for name, one in self.sockets.items()}
