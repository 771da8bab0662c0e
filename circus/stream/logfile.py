"""One open file behind all the streams that write to the same path.

stdout and stderr of a watcher, or two watchers, often name one file. They share one LogFile: one
descriptor, opened for append, and one knowledge of how far the file has grown and whose line is
open at its end. So a rotation by one of them is a rotation for all, and nobody goes on writing to
an old backup.

A LogFile is *up* (it has a descriptor) or *down*. Any failure puts it down, and so does the
discovery that the file has been deleted; :meth:`LogFile.look`, which begins each call, opens it
again. Thus a fault that is gone is forgotten without anybody's help. When its last stream has given
its share back it stays down.

A write is all or nothing: what a full disk took of a part is cut off again. (A pipe, a terminal or
a file that others append to at that very moment may keep a piece of it.)

Who uses a LogFile holds its lock: streams of one file may be called from different threads, and
the thread that compresses backups renames them. Streams are made where nothing may wait: while
somebody is stuck in a write, a new stream of the same file looks at it later.
"""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import stat
import threading
import weakref
from collections.abc import Hashable
from typing import NamedTuple

SOMEBODY = "somebody"
"""Whose line is open when nobody knows."""

_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK


class Permissions(NamedTuple):
    """Permission bits (None: left to the umask), user and group (-1: left as they are)."""

    mode: int | None = None
    user: int = -1
    group: int = -1

    def apply(self, fd: int) -> None:
        """Give them to an open file; OSError when we may not."""
        found = os.fstat(fd)
        if self.user not in {-1, found.st_uid} or self.group not in {-1, found.st_gid}:
            os.fchown(fd, self.user, self.group)
        if self.mode is not None and stat.S_IMODE(found.st_mode) != self.mode:
            os.fchmod(fd, self.mode)


def permissions(mode: int | None, owner: str | None) -> Permissions:
    """Return the permissions that options ask for.

    :param owner: ``USER``, ``USER:GROUP`` or ``:GROUP``, each a name or a number
    :raises ValueError: there is no such user or group
    """
    user, _, group = (owner or "").partition(":")
    return Permissions(mode, _user(user) if user else -1, _group(group) if group else -1)


def _user(name: str) -> int:
    try:
        return int(name) if name.isdecimal() else pwd.getpwnam(name).pw_uid
    except KeyError:
        raise ValueError(f"cannot find the user {name!r}") from None


def _group(name: str) -> int:
    try:
        return int(name) if name.isdecimal() else grp.getgrnam(name).gr_gid
    except KeyError:
        raise ValueError(f"cannot find the group {name!r}") from None


class LogFile:
    """A file that is appended to. Get one by :func:`share`.

    :param path: absolute
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.lock = threading.RLock()
        self.shares = 0
        self.size = 0
        """Bytes in the file, as known after the last look."""
        self.line: Hashable = None
        """Whose line is open at the end of the file; None: there is none."""
        self.kept: int | None = None
        """Bytes that the rotated files take at most; None: not known."""
        self.due: dict[Hashable, float] = {}
        """By schedule: the time at which the file is rotated next (see circus.stream.timed)."""
        self.presser: threading.Thread | None = None
        """Who compresses backups of this file at the moment."""
        self._permissions = Permissions()
        self._asked: Permissions | None = None
        self._fd = -1
        self._regular = True
        self._identity: object = None

    def __del__(self) -> None:
        self.close()

    @property
    def closed(self) -> bool:
        """Say whether the file is down."""
        return self._fd < 0

    def fileno(self) -> int:
        """Return the descriptor; -1 while there is none."""
        return self._fd

    def allow(self, permissions: Permissions) -> None:
        """Give the file permissions at the next look; those of another stream go.

        If they are refused then, that look raises, and all is as it was before.
        """
        if permissions != Permissions():
            self._asked = permissions

    def look(self) -> None:
        """See that the file is open and where it ends.

        :raises OSError: it cannot be opened, or may not have its permissions
        """
        found = self._found()
        if found is None or not found.st_nlink:
            self.fresh()
            return
        self.size = found.st_size if self._regular else 0
        self._permit(self._fd)

    def _found(self) -> os.stat_result | None:
        """Return what is known of the open file; None if it is down or can no longer be reached."""
        try:
            return os.fstat(self._fd)
        except OSError:
            return None

    def look_now(self) -> None:
        """Look, unless somebody is busy with the file: never wait. OSError as with look."""
        if self.lock.acquire(blocking=False):
            try:
                self.look()
            finally:
                self.lock.release()

    def fresh(self) -> None:
        """Open what the path leads to now; OSError when that cannot be."""
        self.close()
        mode = (self._asked or self._permissions).mode
        # a FIFO that nobody reads is an error, not a long wait
        fd = os.open(self.path, _FLAGS, 0o666 if mode is None else mode)
        try:
            self._permissions.apply(fd)
            self._permit(fd)
            os.set_blocking(fd, True)
            found = os.fstat(fd)
        except OSError:
            os.close(fd)
            raise
        self._fd = fd
        self._regular = stat.S_ISREG(found.st_mode)
        self.size = found.st_size if self._regular else 0
        identity = (found.st_dev, found.st_ino, self.size)
        if identity != self._identity or not self._regular:
            self.line = SOMEBODY if self.size and not self._ends_a_line() else None

    def _permit(self, fd: int) -> None:
        asked, self._asked = self._asked, None
        if asked is not None:
            asked.apply(fd)
            self._permissions = asked

    def _ends_a_line(self) -> bool:
        """Say whether the last byte of the file is a newline, as far as we may read it."""
        try:
            fd = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        except OSError:
            return True
        try:
            return os.pread(fd, 1, self.size - 1) in {b"\n", b""}
        finally:
            os.close(fd)

    def close(self) -> None:
        """Close the descriptor; the next look opens the file again."""
        if self._fd >= 0:
            fd, self._fd = self._fd, -1
            self._identity = None
            # what a disk says at this point (close(2): EIO, ENOSPC) it has said before, or will
            with contextlib.suppress(OSError):
                os.close(fd)

    def moved(self) -> bool:
        """Say whether the path leads somewhere else by now, or nowhere, or the file is down."""
        try:
            return not os.path.samestat(os.stat(self.path), os.fstat(self._fd))
        except OSError:
            return True

    def write(self, part: bytes | memoryview) -> None:
        """Append all of a part, or nothing of it.

        :raises OSError: nothing was written; the file is put down
        """
        done = 0
        try:
            done = os.write(self._fd, part)
            while done < len(part):
                done += os.write(self._fd, memoryview(part)[done:])
        except OSError:
            identity = self._take_back(done)
            self.close()
            self._identity = identity
            raise
        if self._regular:
            self.size += done

    def _take_back(self, done: int) -> object:
        """Cut off the piece of a part that was written; return what the file is then."""
        found = self._found()
        if found is None:
            return None
        if done and self._regular and found.st_size == self.size + done:
            with contextlib.suppress(OSError):
                os.ftruncate(self._fd, self.size)
        return found.st_dev, found.st_ino, self.size

    def empty(self) -> None:
        """Begin the file anew, in place; OSError when it cannot be cut."""
        os.ftruncate(self._fd, 0)
        self.size = 0
        self.line = None


_OPEN: weakref.WeakValueDictionary[str, LogFile] = weakref.WeakValueDictionary()
"""Every LogFile that somebody uses, by its path."""
_LOCK = threading.Lock()


def share(path: str, permissions: Permissions) -> LogFile:
    """Return the LogFile of a path, with one more share in it. It may not be open yet."""
    with _LOCK:
        log = _OPEN.get(path) or LogFile(path)
        _OPEN[path] = log
        log.shares += 1
    log.allow(permissions)
    return log


def give_back(log: LogFile) -> None:
    """Give a share back; the last one closes the file, as soon as nobody writes to it."""
    with _LOCK:
        log.shares -= 1
        last = log.shares == 0
        if last and _OPEN.get(log.path) is log:
            del _OPEN[log.path]
    if last:
        with log.lock:
            log.close()
