"""Child subreaper: orphans among our descendants become our children (prctl(2), Linux 3.4).

It belongs to the whole process, so it is kept in one counted place, and put back as it was found
when the last claim is given up. Only circusd asks for it: a program that embeds Circus is not asked
to take in children that it knows nothing of.
"""

from __future__ import annotations

import ctypes
import os

from circus.host import orphans

_SET, _GET = 36, 37
"""PR_SET_CHILD_SUBREAPER and PR_GET_CHILD_SUBREAPER (linux/prctl.h)."""

_claims = 0
_found = False


def claim() -> None:
    """Become a subreaper, or stay one; OSError where the kernel has none."""
    global _claims, _found  # noqa: PLW0603 - one flag of the whole process
    if not _claims:
        _found = is_on()
        _prctl(_SET, 1)
    _claims += 1
    orphans.expect()


def release() -> None:
    """Give a claim up; the last one puts back what was found."""
    global _claims  # noqa: PLW0603 - one flag of the whole process
    _claims -= 1
    if not _claims:
        _prctl(_SET, int(_found))


def is_on() -> bool:
    """Say whether this process is a subreaper; OSError where the kernel has none."""
    flag = ctypes.c_int(0)
    _prctl(_GET, ctypes.addressof(flag))
    return bool(flag.value)


def _prctl(option: int, argument: int) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    words = [ctypes.c_ulong(word) for word in (argument, 0, 0, 0)]
    if library.prctl(option, *words):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
