"""prctl(2), which Python does not have."""

from __future__ import annotations

import ctypes
import os

SET_NO_NEW_PRIVS = 38
"""linux/prctl.h"""

# the lock of the interpreter is kept: the call is also made between a fork and an exec
_LIBC = ctypes.PyDLL(None, use_errno=True)


def give_up_new_privileges() -> None:
    """Make this process one that no program can gain privileges in; its children inherit it.

    :raises OSError: the kernel has no such thing
    """
    arguments = [ctypes.c_ulong(number) for number in (1, 0, 0, 0)]
    if _LIBC.prctl(SET_NO_NEW_PRIVS, *arguments):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
