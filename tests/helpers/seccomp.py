"""Runs a program under a filter that refuses some system calls, as a container's profile does.

usage: python -m tests.helpers.seccomp ERRNO SYSCALL... -- WORD...
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys

NUMBERS = {"pidfd_send_signal": 424, "pidfd_open": 434, "clone3": 435, "close_range": 436}
"""The same on every architecture (asm-generic/unistd.h)."""
NO_NEW_PRIVS, SET_SECCOMP, FILTER = 38, 22, 2
"""linux/prctl.h, linux/seccomp.h"""
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
"""linux/bpf_common.h: a word at an absolute place, a comparison with a constant, the verdict."""
REFUSE, ALLOW = 0x00050000, 0x7FFF0000


class Program(ctypes.Structure):
    """struct sock_fprog"""

    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))


def steps(number: int, calls: list[str]) -> list[bytes]:
    """Return a filter that answers these calls with an error of this number."""

    def step(code: int, value: int, other: int = 0) -> bytes:
        return struct.pack("=HBBI", code, 0, other, value)

    found = [step(LOAD, 0)]
    for call in calls:
        found += [step(EQUAL, NUMBERS[call], 1), step(RETURN, REFUSE | number)]
    return [*found, step(RETURN, ALLOW)]


def refuse(number: int, calls: list[str]) -> None:
    """Install the filter in this process and all that it becomes; OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    program = b"".join(found := steps(number, calls))
    buffer = ctypes.create_string_buffer(program, len(program))
    made = Program(len(found), ctypes.addressof(buffer))
    none = ctypes.c_ulong(0)
    for option, *words in (
        (NO_NEW_PRIVS, ctypes.c_ulong(1), none),
        (SET_SECCOMP, ctypes.c_ulong(FILTER), ctypes.byref(made)),
    ):
        if libc.prctl(option, *words, none, none):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def main(words: list[str]) -> None:
    cut = words.index("--")
    refuse(getattr(errno, words[0]), words[1:cut])
    os.execvp(words[cut + 1], words[cut + 1 :])


if __name__ == "__main__":
    main(sys.argv[1:])
