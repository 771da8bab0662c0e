"""Who a process runs as: names and numbers become what the kernel takes (spec §6.7)."""

from __future__ import annotations

import grp
import os
import pwd
from typing import TYPE_CHECKING

from circus.spec.launch import Identity

if TYPE_CHECKING:
    from collections.abc import Sequence


def identity(
    user: str | int | None,
    group: str | int | None,
    groups: Sequence[str | int] | None = None,
) -> Identity:
    """Return the identity that a watcher asks for.

    A user without a group gets its primary group. As soon as there is a group, the supplementary
    groups are those of the user (or of circusd's own user), so that none of circusd's are kept.

    :param user: name or number of a user, or None
    :param group: name or number of a group, or None
    :param groups: names or numbers of the supplementary groups instead, to which the group is
        added; a number needs no entry in the database, as that of a mounted socket may have none
    :raises ValueError: when there is no such user or group
    :raises TypeError: when it is neither a name nor a number
    """
    asked = None if groups is None else {_supplementary(one) for one in groups}
    if user is None and group is None:
        return Identity(groups=None if asked is None else tuple(sorted(asked)))
    entry = None if user is None else _user(user)
    gid = entry.pw_gid if group is None and entry else to_gid(group)
    theirs = _groups(entry, gid) if asked is None else tuple(sorted({gid, *asked}))
    return Identity(entry.pw_uid if entry else None, gid, theirs)


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


def _supplementary(group: str | int) -> int:
    number = _number(group, "group")
    return to_gid(group) if number is None else number


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
