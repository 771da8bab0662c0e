"""Who a process runs as: names and numbers become what the kernel takes (spec §6.7)."""

from __future__ import annotations

import grp
import os
import pwd

from circus.spec.launch import Identity


def identity(user: str | int | None, group: str | int | None) -> Identity:
    """Return the identity that a watcher asks for.

    A user without a group gets its primary group. As soon as there is a group, the supplementary
    groups are those of the user (or of circusd's own user), so that none of circusd's are kept.

    :param user: name or number of a user, or None
    :param group: name or number of a group, or None
    :raises ValueError: when there is no such user or group
    :raises TypeError: when it is neither a name nor a number
    """
    if user is None and group is None:
        return Identity()
    entry = None if user is None else _user(user)
    gid = entry.pw_gid if group is None and entry else to_gid(group)
    return Identity(entry.pw_uid if entry else None, gid, _groups(entry, gid))


def to_uid(name: str | int) -> int:
    """Return the number of a user; ValueError when there is none, TypeError for other things."""
    return _user(name).pw_uid


def to_gid(name: str | int | None) -> int:
    """Return the number of a group; ValueError when there is none, TypeError for other things."""
    number = _number(name, "group")
    try:
        return (grp.getgrnam(str(name)) if number is None else grp.getgrgid(number)).gr_gid
    except (KeyError, OverflowError):
        raise ValueError(f"cannot find the group {name!r}") from None


def default_gid(uid: int) -> int:
    """Return the primary group of a user; ValueError when there is no such user."""
    return _user(uid).pw_gid


def username(uid: int) -> str:
    """Return the name of a user; ValueError when there is none."""
    return _user(uid).pw_name


def _user(name: str | int) -> pwd.struct_passwd:
    number = _number(name, "user")
    try:
        return pwd.getpwnam(str(name)) if number is None else pwd.getpwuid(number)
    except (KeyError, OverflowError):
        raise ValueError(f"cannot find the user {name!r}") from None


def _number(name: object, what: str) -> int | None:
    """Return a number given as such or in digits, None for a name."""
    if isinstance(name, bool) or not isinstance(name, (str, int)):
        raise TypeError(f"cannot take {name!r} as a {what}: expected a name or a number")
    if isinstance(name, int):
        return name
    return int(name) if name.isdecimal() else None


def _groups(entry: pwd.struct_passwd | None, gid: int) -> tuple[int, ...]:
    if entry is None:
        try:
            entry = pwd.getpwuid(os.geteuid())
        except KeyError:  # a container's nameless user is in no other group
            return (gid,)
    return tuple(sorted({gid, *os.getgrouplist(entry.pw_name, gid)}))
