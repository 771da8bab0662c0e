"""SIGCHLD, which belongs to the whole process: kept in one counted place.

It is touched from the main thread only, while at least one claim is held, and put back as it was
found when the last one is given up. A handler that was there before is still called.

A parent may hand SIGCHLD down as *ignored*; then the kernel reaps our children and their exit
status is lost. So every claim, even one that needs no handler, makes sure that it is not ignored.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import FrameType

_claims: list[Claim] = []
_found: list[Any] = []
"""The one handler that was found when the first claim was made."""


class Claim:
    """A wish to hear of SIGCHLD.

    :param notify: the non-blocking write end of a pipe that gets a byte for each signal, or None
        when it is enough that SIGCHLD is not ignored
    """

    def __init__(self, notify: int | None = None) -> None:
        self.notify = notify
        self.heard = threading.current_thread() is threading.main_thread()
        """False outside the main thread, where nothing could be arranged."""
        if self.heard:
            if not _claims:
                _found[:] = [signal.getsignal(signal.SIGCHLD)]
            _claims.append(self)
            self._arrange()

    def release(self) -> None:
        """Give the claim up; the last one puts back what was found."""
        if self not in _claims:
            return
        _claims.remove(self)
        # elsewhere the handler stays, with nobody to tell
        in_main = threading.current_thread() is threading.main_thread()
        if not _claims and in_main and signal.getsignal(signal.SIGCHLD) in {_tell, signal.SIG_DFL}:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL if _found[0] is None else _found[0])

    def _arrange(self) -> None:
        if self.notify is not None:
            signal.signal(signal.SIGCHLD, _tell)
        elif signal.getsignal(signal.SIGCHLD) == signal.SIG_IGN:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)


def _tell(signum: int, frame: FrameType | None) -> None:
    for claim in tuple(_claims):
        if claim.notify is not None:
            with contextlib.suppress(BlockingIOError):  # full: it is readable, which is enough
                os.write(claim.notify, b"\0")
    if _found and callable(_found[0]):
        _found[0](signum, frame)
