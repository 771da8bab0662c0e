"""``contain = tree`` by control groups, version 2 (cgroups(7)): a group of its own for each child.

Who is born in a group stays in it, whatever sessions and parents he takes. The child enters its
group before it becomes its program. A group is a folder::

    .../circus-PID-N/         one for each arbiter, locked (flock(2)) while that lives
        web-1/                one for each process
            cgroup.procs      who is in it; a zombie is not
            cgroup.events     populated 1, until the last one has ended; poll(2) tells of a change
            cgroup.kill       SIGKILL for all at once (Linux 5.14)

The lock says whether what an earlier circusd left is anybody's: a lock goes with its process,
however that ends. Empty groups of the dead are removed. What runs in the others is not ours.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import signal
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from circus.exc import LaunchError
from circus.host.linux.mounts import own_group
from circus.host.linux.pidfd import sent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from circus.host.descriptors import Descriptors
    from circus.spec.launch import LaunchPlan

PREFIX = "circus-"
"""What the names of our folders begin with."""
KILL = "cgroup.kill"
TRIES = 1000
ROUNDS = 100
"""How often those are looked for that were born while their family was killed one by one."""
_LABEL = re.compile(r"[^A-Za-z0-9_-]")
_LONGEST = 100


def folder() -> tuple[str | None, str]:
    """Return where groups can be made, or None, and how we know, for people.

    Nothing is tried out: it is read from /proc and from permissions.
    """
    path = own_group()
    if path is None:
        return None, "no cgroup v2 here"
    kind = _read(f"{path}/cgroup.type").strip()  # the root has no such file
    if kind not in {"", "domain"}:
        return None, f"{path} is no domain but {kind!r}"
    if not all(os.access(place, os.W_OK) for place in (path, f"{path}/cgroup.procs")):
        return None, f"{path} cannot be written"
    return path, f"{path} can be written"


class Cgroups:
    """Families that are held together by a group of each.

    :param parent: the folder that :func:`folder` returned
    :param owns: says whether a number is that of an unreaped child of ours (Children.owns)
    :param descriptors: where long-lived descriptors are parked
    :raises OSError: no group can be made there
    """

    name = "tree by cgroup"

    def __init__(self, parent: str, owns: Callable[[int], bool], descriptors: Descriptors) -> None:
        self._owns = owns
        self._descriptors = descriptors
        self.folder, self._lock = _settle(parent)
        self.strangers = sweep(parent, self.folder)
        self._epoll = select.epoll()
        self._made = 0
        self._folders: dict[int, str] = {}
        self._events: dict[int, int] = {}
        """The descriptor of cgroup.events of each family that is watched."""
        self._pids: dict[int, int] = {}
        """The same the other way round."""
        self._busy: deque[str] = deque()
        """Folders that could not be removed yet: somebody is in them whom nobody waits for."""

    def spawn(self, plan: LaunchPlan, label: str, launch: Callable[[LaunchPlan], int]) -> int:
        """Launch a process in a group of its own."""
        self._made += 1
        path = f"{self.folder}/{_LABEL.sub('_', label)[:_LONGEST]}-{self._made}"
        try:
            os.mkdir(path)
        except OSError as error:
            raise LaunchError("cgroup", error.errno or 0, path) from error
        try:
            pid = launch(replace(plan, cgroup=path))
        except BaseException:
            self._remove(path)
            raise
        self._folders[pid] = path
        return pid

    def answers(self, pid: int) -> bool:
        """Say whether anybody is left in the group: three system calls for an empty one."""
        path = self._folders.get(pid)
        return path is not None and _populated(path) and bool(self.members([pid])[pid])

    def members(self, pids: Iterable[int]) -> dict[int, list[int]]:
        """Return who is in each family's group, without its child."""
        found = {}
        for pid in pids:
            path = self._folders.get(pid)
            inside = _inside(path) if path else []
            # after the child was reaped, its number may be that of a descendant
            found[pid] = [one for one in inside if one != pid or not self._owns(pid)]
        return found

    def signal(self, pid: int, pids: Iterable[int], signum: int) -> int:
        """Signal members; return how many there are. SIGKILL goes to all who are in the group."""
        if signum == signal.SIGKILL:
            return self._kill(pid, {*pids})
        held = {}
        try:
            for one in pids:
                with contextlib.suppress(ProcessLookupError):
                    held[one] = os.pidfd_open(one)
            there = held.keys() & {*self.members([pid])[pid]}
            for one in there:
                with contextlib.suppress(PermissionError):  # it took another identity
                    sent(held[one], signum)
        finally:
            for fd in held.values():
                os.close(fd)
        return len(there)

    def watch(self, pid: int) -> bool:
        """Wait until a group is empty."""
        path = self._folders.get(pid)
        if path is None or pid in self._events:
            return path is not None
        fd = os.open(f"{path}/cgroup.events", os.O_RDONLY | os.O_CLOEXEC)
        fd = self._descriptors.park(fd)
        if not _says_populated(fd):  # read first: only a change after that is told
            os.close(fd)
            return False
        self._events[pid], self._pids[fd] = fd, pid
        self._epoll.register(fd, select.EPOLLPRI)
        return True

    def fileno(self) -> int | None:
        """Return the descriptor of the epoll."""
        return self._epoll.fileno()

    def gone(self) -> list[int]:
        """Return the families whose group became empty; its folder is removed."""
        changed = [fd for fd, _ in self._epoll.poll(0)]
        empty = [self._pids[fd] for fd in changed if not _says_populated(fd)]
        for pid in empty:
            self.forget(pid)
        return empty

    def forget(self, pid: int) -> None:
        """Give back the descriptor and the folder of a family, now or once nobody is in it."""
        fd = self._events.pop(pid, None)
        if fd is not None:
            self._epoll.unregister(fd)
            del self._pids[fd]
            os.close(fd)
        path = self._folders.pop(pid, None)
        if path is not None:
            self._remove(path)

    def close(self) -> None:
        """Give back every descriptor, and every folder that nobody is in."""
        for pid in tuple(self._folders):
            self.forget(pid)
        for path in self._busy:
            remove(path)
        self._epoll.close()
        remove(self.folder)
        os.close(self._lock)

    def _kill(self, pid: int, pids: set[int]) -> int:
        path = self._folders.get(pid)
        if path is None:
            return 0
        there = {*self.members([pid])[pid]}
        if _killed_at_once(path):
            return len(there & pids)
        found, fresh = there, there
        for _ in range(ROUNDS):
            for one in fresh:
                _kill_inside(path, one)
            fresh = {*self.members([pid])[pid]} - found
            if not fresh:
                break
            found |= fresh
        return len(there & pids)

    def _remove(self, path: str) -> None:
        """Remove a folder, and one of those that were busy, if they are empty now."""
        if not remove(path):
            self._busy.append(path)
        elif self._busy and not remove(self._busy[0]):
            self._busy.rotate(-1)
        elif self._busy:
            self._busy.popleft()


def _killed_at_once(path: str) -> bool:
    """Kill all who are in a group; False where there is no cgroup.kill."""
    try:
        fd = os.open(f"{path}/{KILL}", os.O_WRONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        os.write(fd, b"1")
    finally:
        os.close(fd)
    return True


def _kill_inside(path: str, pid: int) -> None:
    """Kill one process if it is in a group, where there is no cgroup.kill."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        if pid in _inside(path):
            sent(fd, signal.SIGKILL)
    except PermissionError:  # it took another identity
        pass
    finally:
        os.close(fd)


def _settle(parent: str) -> tuple[str, int]:
    """Make a folder of our own and lock it; return it and the descriptor that holds the lock."""
    for number in range(TRIES):
        path = f"{parent}/{PREFIX}{os.getpid()}-{number}"
        try:
            os.mkdir(path)
            fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except (FileExistsError, FileNotFoundError):  # an earlier one's, or swept away at once
            continue
        # another circusd that sweeps in this very moment may hold the lock, or have removed it
        with contextlib.suppress(BlockingIOError, FileNotFoundError):
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(fd), os.stat(path)):
                return path, fd
        os.close(fd)
    raise FileExistsError(f"cannot make a group below {parent}")


def sweep(parent: str, ours: str) -> list[tuple[str, list[int]]]:
    """Remove the folders of arbiters that are dead, as far as nobody is in them.

    :param ours: a folder to leave alone
    :returns: those that stay, and who is in them
    """
    left = []
    for name in os.listdir(parent):
        path = f"{parent}/{name}"
        if not name.startswith(PREFIX) or path == ours:
            continue
        try:
            fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError:  # a file, or gone since
            continue
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not remove(path):
                left.append((path, _inside(path)))
        except BlockingIOError:  # its arbiter lives
            pass
        finally:
            os.close(fd)
    return left


def remove(path: str) -> bool:
    """Remove a group and those below it, as far as they are empty; say whether all are gone."""
    busy = [place for place, _, _ in os.walk(path, topdown=False) if not _removed(place)]
    return not busy


def _removed(place: str) -> bool:
    try:
        os.rmdir(place)
    except FileNotFoundError:
        return True
    except OSError:  # somebody is in it
        return False
    return True


def _inside(path: str) -> list[int]:
    """Return the processes in a group and in those that its members made below it."""
    found = []
    for place, _, _ in os.walk(path):
        found += [int(word) for word in _read(f"{place}/cgroup.procs").split()]
    return [pid for pid in found if pid]  # 0 stands for one that our pid namespace cannot see


def _populated(path: str) -> bool:
    return "populated 1" in _read(f"{path}/cgroup.events")


def _says_populated(fd: int) -> bool:
    try:
        return b"populated 1" in os.pread(fd, 4096, 0)
    except OSError:  # the group itself was removed by somebody
        return False


def _read(path: str) -> str:
    """Return the text of a file of the kernel; nothing for one that is gone or has no answer."""
    try:
        with open(path, encoding="ascii") as file:
            return file.read()
    except OSError:
        return ""
