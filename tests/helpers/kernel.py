"""A scripted kernel, for errors that a real one gives too rarely to be waited for.

It stands in for the ``os`` module of one module under test. It answers the calls of its script, in
order, and refuses every other one. What is no system call (constants, ``strerror``) is real.
"""

from __future__ import annotations

import os

PLAIN = {"strerror", "fsencode", "defpath", "pathsep", "path", "devnull"}


class Kernel:
    """An ``os`` module that plays a script.

    :param script: rows of (name of the call, its arguments or None for any, result or exception)
    """

    def __init__(self, *script) -> None:
        self._script = list(script)

    def __getattr__(self, name: str):
        real = getattr(os, name)
        if name in PLAIN or not callable(real):
            return real
        return lambda *args, **options: self._play(name, args)

    def _play(self, name: str, args: tuple):
        assert self._script, f"nobody expected {name}{args}"
        expected, with_args, result = self._script.pop(0)
        assert name == expected, f"expected {expected}, got {name}{args}"
        assert with_args is None or args == with_args, f"expected {name}{with_args}, got {args}"
        if isinstance(result, BaseException):
            raise result
        return result

    def done(self) -> None:
        """Fail when a part of the script was not played."""
        assert not self._script, f"never called: {[row[0] for row in self._script]}"
