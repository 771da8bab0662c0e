"""prctl(2), which Python does not have."""

from __future__ import annotations

import ctypes
import os

SET_CHILD_SUBREAPER, GET_CHILD_SUBREAPER, SET_NO_NEW_PRIVS = 36, 37, 38
"""linux/prctl.h"""

# the lock of the interpreter is kept: the call is also made between a fork and an exec
_LIBC = ctypes.PyDLL(None, use_errno=True)


def give_up_new_privileges() -> None:
    """Make this process one that no program can gain privileges in; its children inherit it.

    :raises OSError: the kernel has no such thing
    """
    _prctl(SET_NO_NEW_PRIVS, 1)


def adopt_orphans(yes: bool) -> None:
    """Make this process a child subreaper, or make it none.

    :raises OSError: the kernel has no such thing
    """
    _prctl(SET_CHILD_SUBREAPER, int(yes))


def adopts_orphans() -> bool:
    """Say whether this process is a child subreaper.

    :raises OSError: the kernel has no such thing
    """
    flag = ctypes.c_int(0)
    _prctl(GET_CHILD_SUBREAPER, ctypes.addressof(flag))
    return bool(flag.value)


def _prctl(option: int, argument: int) -> None:
    arguments = [ctypes.c_ulong(number) for number in (argument, 0, 0, 0)]
    if _LIBC.prctl(option, *arguments):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
