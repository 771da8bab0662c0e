"""The file at which a Unix socket lies: made with its mode, given to its owner, removed once.

A path can be exchanged by whoever may write in its directory, while circusd may be root. So a file
is known by its inode, and mode and owner are changed on that inode alone, never through the path.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator

from circus.host.users import to_gid, to_uid

ALL = 0o777
"""The permissions that a Unix socket has under no umask."""

_STRICT = 0o077
"""The umask of the moment in which ours is looked up: the kernel tells it only for another."""

Inode = tuple[int, int]

_LOOK = getattr(os, "O_PATH", 0) | os.O_NOFOLLOW | os.O_CLOEXEC


def inode(path: str) -> Inode:
    """Return what a file is known by; OSError."""
    status = os.lstat(path)
    return status.st_dev, status.st_ino


def make_room(path: str, replace: bool) -> None:
    """Hold that nothing is at a path, or remove the socket that lies there.

    :raises OSError: EADDRINUSE when something is there, EEXIST when *replace* met no socket
    """
    if replace:
        with contextlib.suppress(FileNotFoundError):
            if not stat.S_ISSOCK(os.lstat(path).st_mode):
                raise OSError(errno.EEXIST, f"{path!r} is no socket, so it is not replaced")
            os.unlink(path)
    elif os.path.lexists(path):
        raise OSError(
            errno.EADDRINUSE,
            f"{path!r} already exists. You might want to remove it. "
            "If it's a stalled socket file, just restart Circus",
        )


@contextlib.contextmanager
def masked(umask: int | None) -> Iterator[None]:
    """Have the process's umask be another one for a moment."""
    if umask is None:
        yield
        return
    old = os.umask(umask)
    try:
        yield
    finally:
        os.umask(old)


def umask_for(umask: int | None, mode: int | None) -> int | None:
    """Return the umask under which a socket is to be made; None leaves circusd's alone."""
    return umask if mode is None else ALL & ~mode


def mode_for(umask: int | None, mode: int | None) -> int:
    """Return the permissions that a socket made with these options has."""
    if mode is not None:
        return mode
    if umask is None:
        umask = os.umask(_STRICT)
        os.umask(umask)
    return ALL & ~umask


def ids(owner: str | int | None, group: str | int | None) -> tuple[int, int]:
    """Return the numbers of a user and a group, -1 for those that are not given.

    :raises OSError: there is no such user or group
    """
    try:
        return (
            -1 if owner is None else to_uid(owner),
            -1 if group is None else to_gid(group),
        )
    except ValueError as error:
        raise OSError(errno.EINVAL, str(error)) from error


def give(path: str, known: Inode, uid: int, gid: int, mode: int | None = None) -> None:
    """Set owner, group (-1: leave it) and mode (None: leave it) of a file that we made.

    :param known: the file's inode
    :raises OSError: it is not there any more, or we may not
    """
    if (uid, gid, mode) == (-1, -1, None):
        return
    with _held(path, known) as place:
        if (uid, gid) != (-1, -1):
            os.chown(place, uid, gid)
        if mode is not None:
            os.chmod(place, mode)


def remove(path: str, known: Inode) -> None:
    """Remove a file that we made, unless it is somebody else's by now."""
    with contextlib.suppress(OSError):
        if inode(path) == known:
            os.unlink(path)


@contextlib.contextmanager
def _held(path: str, known: Inode) -> Iterator[str]:
    """Yield a name of the file that stands for its inode, where the system has such names."""
    if not hasattr(os, "O_PATH"):
        if inode(path) != known:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        yield path
        return
    fd = os.open(path, _LOOK)
    try:
        status = os.fstat(fd)
        if (status.st_dev, status.st_ino) != known:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        yield f"/proc/self/fd/{fd}"
    finally:
        os.close(fd)
