"""The umask of this process while arbiters want another one; the first one is put back after them.

There is one for the whole process. So the arbiters that set it are counted here, and whatever the
last of them leaves behind, the umask is again what it was before the first.
"""

from __future__ import annotations

import os


class Umask:
    """The umask of an arbiter.

    :param mask: what it is while the arbiter lives; None: it is left alone
    """

    _worn = 0
    _first = 0

    def __init__(self, mask: int | None) -> None:
        self._mask = mask
        self._on = False

    def wear(self) -> None:
        """Set it (umask(2))."""
        if self._mask is None or self._on:
            return
        before = os.umask(self._mask)
        if not Umask._worn:
            Umask._first = before
        Umask._worn += 1
        self._on = True

    def take_off(self) -> None:
        """Put back the first one, if nobody else wants another."""
        if not self._on:
            return
        self._on = False
        Umask._worn -= 1
        if not Umask._worn:
            os.umask(Umask._first)
