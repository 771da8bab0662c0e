"""The file that tells which process is the daemon (spec §1.1.4).

The owner holds a lock (flock(2)) on it for life, so of two that start at once one wins. The pid in
it decides too: other programs, and older Circuses, take no lock. Who ends without tidying up leaves
a file without a lock and with the number of nobody: that one is taken over.

The lock belongs to the inode and not to the name. Whoever got it looks whether the name still
means that inode; if not, the owner removed the file between our open(2) and our flock(2).
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
import tempfile

from circus.host.facts import alive
from circus.patience import Patience

_ENOUGH = 64
"""Bytes that hold any pid."""
_PATIENCE = 1.0
"""Seconds that whoever has the lock has to write who it is."""
_PAUSE = 0.005
"""Seconds between two looks."""


class Pidfile:
    """A file with the pid of a daemon in it: decimal, one line.

    :param fname: its path, or None for a temporary file, whose path is then in ``fname``
    """

    perm_mode = 0o644

    def __init__(self, fname: str | None = None) -> None:
        self.fname = fname
        self.pid: int | None = None
        self._fd: int | None = None

    def create(self, pid: int) -> None:
        """Take the file and write a pid into it.

        :raises RuntimeError: another live process has it, or it cannot be written
        """
        self._release()
        try:
            if self.fname:
                self._fd = _taken(self.fname, pid)
            else:
                self._fd, self.fname = tempfile.mkstemp(prefix="circusd-", suffix=".pid")
            if self._fd is not None:
                _write(self._fd, pid, self.perm_mode)
        except OSError as error:
            self._release()
            raise RuntimeError(
                f"cannot write pid file {self.fname!r}: {error.strerror or error}"
            ) from error
        self.pid = pid

    def rename(self, path: str) -> None:
        """Use another file from now on. The old one goes when the new one is there.

        :raises RuntimeError: the new one cannot be had; the old one stays
        """
        if self.fname and os.path.abspath(path) == os.path.abspath(self.fname):
            return
        new = Pidfile(path)
        new.perm_mode = self.perm_mode
        if self.pid is not None:
            new.create(self.pid)
        self.unlink()
        self.fname, self._fd = new.fname, new._fd

    def unlink(self) -> None:
        """Remove the file if it is ours: our pid is in it, or no number, in what we hold."""
        if self.fname and self.pid is not None:
            # at an end nobody can mend it; the next owner takes a stale file over
            with contextlib.suppress(OSError):
                if self._is_ours(self.fname):
                    os.unlink(self.fname)
        self._release()

    def validate(self) -> int | None:
        """Return the pid in the file if that process lives, else None.

        :raises OSError: the file is there and cannot be read
        """
        if not self.fname:
            return None
        try:
            fd = os.open(self.fname, os.O_RDONLY | os.O_NONBLOCK)
        except FileNotFoundError:
            return None
        try:
            owner = _pid_in(fd)
        finally:
            os.close(fd)
        return owner if owner is not None and alive(owner) else None

    def _is_ours(self, path: str) -> bool:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        try:
            owner = _pid_in(fd)
        finally:
            os.close(fd)
        if owner is not None:
            return owner == self.pid
        return self._fd is not None and _is_at(self._fd, path)

    def _release(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def _taken(path: str, pid: int) -> int | None:
    """Return a descriptor that holds the lock; None where this very process has it already.

    :raises RuntimeError: another process has it
    :raises OSError: it cannot be opened or locked
    """
    directory = os.path.dirname(path)
    if directory and not os.path.isdir(directory):
        raise RuntimeError(f"{directory} doesn't exist. Can't create pidfile")
    patience = Patience(_PATIENCE, _PAUSE)
    while True:
        with contextlib.ExitStack() as closing:
            fd = _opened(path)
            closing.callback(os.close, fd)
            locked = _lock(fd)
            if locked and not _is_at(fd, path):
                continue  # it was removed before we had the lock
            if not locked and not _named(fd) and patience.wait():
                continue  # its owner was about to write who it is, or to end
            _refuse_another(path, fd, pid, locked)
            if not locked:
                return None
            closing.pop_all()
            return fd


def _refuse_another(path: str, fd: int, pid: int, locked: bool) -> None:
    """Raise RuntimeError if an open pid file belongs to a process other than *pid*.

    :param locked: whether we have the lock
    """
    owner = _pid_in(fd)
    if owner is not None and owner != pid and alive(owner):
        raise RuntimeError(f"pid file {path!r} is stale, current pid {owner}")
    if not locked and owner != pid:
        raise RuntimeError(f"pid file {path!r} is locked by a process that it does not name")


def _named(fd: int) -> bool:
    """Say whether an open pid file names a live process."""
    owner = _pid_in(fd)
    return owner is not None and alive(owner)


def _opened(path: str) -> int:
    """Open or make the file; a link may lead to what must not be overwritten, so it is refused."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
    fd = os.open(path, flags, Pidfile.perm_mode)
    if stat.S_ISREG(os.fstat(fd).st_mode):
        return fd
    os.close(fd)
    raise OSError(errno.EINVAL, "it is not a plain file")


def _lock(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(fd: int, path: str) -> bool:
    """Say whether a name still means an open file."""
    try:
        return os.path.samestat(os.fstat(fd), os.stat(path, follow_symlinks=False))
    except FileNotFoundError:
        return False


def _pid_in(fd: int) -> int | None:
    """Return the number in an open file, or None if there is none above 0."""
    text = os.pread(fd, _ENOUGH, 0).strip()
    return int(text) or None if text.isdigit() else None


def _write(fd: int, pid: int, mode: int) -> None:
    os.ftruncate(fd, 0)
    os.pwrite(fd, b"%d\n" % pid, 0)
    os.fchmod(fd, mode)
    os.fsync(fd)
