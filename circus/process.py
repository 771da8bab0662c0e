"""One process of a watcher, as hooks, plugins and library users hold it (spec §11.4)."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from circus import host
from circus.host import facts
from circus.host.descriptors import Descriptors
from circus.host.family import signal_descendants
from circus.host.ports import Children
from circus.host.probe import probe
from circus.host.users import identity
from circus.spec.build import watcher_spec
from circus.spec.launch import INHERIT, Launcher, LaunchPlan

RUNNING = 0
DEAD_OR_ZOMBIE = 1
UNEXISTING = 2
OTHER = 3
IS_WINDOWS = False


class Process:
    """One operating system process.

    A watcher makes its processes itself. Made by hand it works alone: it is spawned at once, unless
    *spawn* is false, and whoever made it waits for it.

    :param name: for people
    :param wid: the place of the process in its watcher, from 1
    :param cmd, args, working_dir, shell, uid, gid, env, rlimits, executable: as for a Watcher
    :param use_fds: the managed sockets are inherited
    :param watcher: the watcher it belongs to, or None
    :param pipe_stdout, pipe_stderr: its output is read from a pipe
    :param close_child_stdin, close_child_stdout, close_child_stderr: /dev/null instead
    :raises LaunchError: it cannot be launched
    """

    def __init__(
        self,
        name: str,
        wid: int,
        cmd: str,
        args: Sequence[str] | str | None = None,
        working_dir: str | None = None,
        shell: bool = False,
        uid: str | int | None = None,
        gid: str | int | None = None,
        env: Mapping[str, str] | None = None,
        rlimits: Mapping[str, int | None] | None = None,
        executable: str | None = None,
        use_fds: bool = False,
        watcher: Any = None,
        spawn: bool = True,
        pipe_stdout: bool = True,
        pipe_stderr: bool = True,
        close_child_stdin: bool = True,
        close_child_stdout: bool = False,
        close_child_stderr: bool = False,
    ) -> None:
        self.name = name
        self.wid = wid
        self.cmd = cmd
        self.args = args
        self.working_dir = working_dir
        self.shell = shell
        self.uid = uid
        self.gid = gid
        self.env: Mapping[str, str] = {} if env is None else env
        self.rlimits = rlimits
        self.executable = executable
        self.use_fds = use_fds
        self.watcher = watcher
        self.pipe_stdout = pipe_stdout and not close_child_stdout
        self.pipe_stderr = pipe_stderr and not close_child_stderr
        self.close_child_stdin = close_child_stdin
        self.close_child_stdout = close_child_stdout
        self.close_child_stderr = close_child_stderr
        self.pid = 0
        self.started = 0.0
        self.stopping = False
        self.stdout: Any = None
        self.stderr: Any = None
        self._born = 0.0
        self._code: int | None = None
        self._children: Children | None = None
        if spawn:
            self.spawn()

    # --- life -------------------------------------------------------------------------------------

    def spawn(self) -> None:
        """Launch it alone, with children of its own; LaunchError."""
        children = host.children(probe(), Descriptors())
        ends: list[int] = []
        given = []
        try:
            for wanted, name in ((self.pipe_stdout, "stdout"), (self.pipe_stderr, "stderr")):
                if not wanted:
                    given.append(INHERIT)
                    continue
                read, write = os.pipe()
                ends.append(write)
                given.append(write)
                setattr(self, name, os.fdopen(read, "rb", buffering=0))
            plan = self._launcher().plan(self.wid, self.env, {}, self._identity(), *given)
            self.launch(plan, children)
        except BaseException:
            self.close_output_channels()
            children.close()
            raise
        finally:
            for end in ends:
                os.close(end)

    def launch(
        self,
        plan: LaunchPlan,
        children: Children,
        spawn: Callable[[LaunchPlan], int] | None = None,
    ) -> None:
        """Launch it by a plan among children that somebody watches; LaunchError.

        :param spawn: launches the plan in another way than these children do
        """
        self.pid = (spawn or children.spawn)(plan)
        self._children = children
        self.started = time.time()
        self._born = time.monotonic()

    def ended(self, code: int) -> None:
        """Take note of its end: exit status or minus a signal."""
        self._code = code

    def poll(self) -> int | None:
        """Return how it ended, or None while it runs."""
        if self._code is None and self._alone and self.pid in self._ours().ended():
            self._code = self._ours().reap(self.pid)
            self._ours().close()
        return self._code

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait until it has ended.

        :param timeout: seconds, or None for ever
        :returns: how it ended, or None when it still runs
        """
        fileno = self._ours().fileno() if self.poll() is None and self._alone else None
        if fileno is not None:
            select.select([fileno], [], [], timeout)
        return self.poll()

    def returncode(self) -> int | None:
        """Return how it ended, or None while it runs."""
        return self.poll()

    def is_alive(self) -> bool:
        """Say whether it runs."""
        return self.poll() is None and facts.alive(self.pid)

    @property
    def status(self) -> int:
        """RUNNING, DEAD_OR_ZOMBIE or UNEXISTING."""
        if self.is_alive():
            return RUNNING
        return DEAD_OR_ZOMBIE if self.poll() is None else UNEXISTING

    def age(self) -> float:
        """Return the seconds since it was launched."""
        return time.monotonic() - self._born

    def stop(self) -> None:
        """Send SIGTERM if it runs, and close the pipes."""
        if self.is_alive():
            self.send_signal(15)
        self.close_output_channels()

    def close_output_channels(self) -> None:
        """Close the pipes of a process that was spawned alone."""
        for pipe in (self.stdout, self.stderr):
            if pipe is not None:
                pipe.close()

    # --- signals ----------------------------------------------------------------------------------

    def send_signal(self, sig: int) -> bool:
        """Send a signal; False when it is gone."""
        return self._ours().signal(self.pid, sig)

    def children(self, recursive: bool = False) -> list[int]:
        """Return the pids of its children, or of all its descendants."""
        return facts.children(self.pid, recursive)

    def is_child(self, pid: int) -> bool:
        """Say whether a process is its direct child."""
        return pid in self.children()

    def send_signal_child(self, pid: int, signum: int) -> None:
        """Signal a direct child; ProcessLookupError for another process."""
        if not signal_descendants(self.pid, [pid], signum):
            raise ProcessLookupError(f"process {pid} is not a child of {self.pid}")

    def send_signal_children(self, signum: int, recursive: bool = False) -> list[int]:
        """Signal its children, or all its descendants; return whom."""
        pids = self.children(recursive)
        signal_descendants(self.pid, pids, signum, recursive)
        return pids

    # --- facts ------------------------------------------------------------------------------------

    def format_args(self, sockets_fds: Mapping[str, int] | None = None) -> list[str]:
        """Return the words of its command line, variables filled in."""
        return list(self._launcher().argv(self.wid, self.env, sockets_fds or {}))

    def info(self) -> Any:
        """Return the facts of spec §4.15."""
        return self.seen(facts.Observer().info(self.pid))

    def seen(self, info: Any) -> Any:
        """Add what only we know to the facts of the process table."""
        if isinstance(info, dict):
            return {**info, "age": self.age(), "started": self.started, "wid": self.wid}
        return info

    def __lt__(self, other: Process) -> bool:
        return self.started < other.started

    def __repr__(self) -> str:
        return f"<circus.Process name={self.name} wid={self.wid} pid={self.pid}>"

    @property
    def _alone(self) -> bool:
        return self.watcher is None and self._children is not None

    def _ours(self) -> Children:
        if self._children is None:
            raise ProcessLookupError(f"{self!r} was not spawned")
        return self._children

    def _launcher(self) -> Launcher:
        spec = watcher_spec(
            self.name,
            self.cmd,
            args=self.args,
            working_dir=self.working_dir,
            shell=self.shell,
            rlimits=self.rlimits,
            executable=self.executable,
            use_sockets=self.use_fds,
            close_child_stdin=self.close_child_stdin,
            close_child_stdout=self.close_child_stdout,
            close_child_stderr=self.close_child_stderr,
        )
        return Launcher(spec, os.environ)

    def _identity(self) -> Any:
        return identity(self.uid, self.gid)
