"""Signals to the daemon (spec §1.1.6): they become commands, and none is ever dropped."""

from __future__ import annotations

import signal
import threading
import time
from typing import TYPE_CHECKING, Any, ClassVar

from circus import logger
from circus.loop import asyncio_loop

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

HASTE = 1.0
"""Seconds after the first signal to quit from which on a second one makes haste.

A terminal and a wrapper both deliver one Ctrl-C: what comes sooner is the same wish."""


class SysHandler:
    """Turns signals into commands, while a loop runs in the main thread.

    The loop wakes up for a signal, so it is safe at any moment: before the loop runs, in the middle
    of an operation, and while the daemon quits.

    :param controller: carries out the commands; its ``arbiter`` is told to make haste
    :param clock: monotonic seconds
    """

    SIG_NAMES: ClassVar[dict[int, str]] = {
        signal.SIGHUP: "hup",
        signal.SIGINT: "int",
        signal.SIGQUIT: "quit",
        signal.SIGTERM: "term",
        signal.SIGUSR1: "usr1",
        signal.SIGUSR2: "usr2",
        signal.SIGWINCH: "winch",
    }
    SIGNALS = tuple(SIG_NAMES)

    def __init__(self, controller: Any, clock: Callable[[], float] = time.monotonic) -> None:
        self.controller = controller
        self._clock = clock
        self._loop: asyncio.AbstractEventLoop | None = None
        self._before: dict[int, Any] = {}
        self._quit_since: float | None = None
        self._forwards: frozenset[int] = frozenset()

    def start(self, loop: Any) -> None:
        """Take the signals. Does nothing outside the main thread, where Python has none.

        :param loop: an asyncio or tornado loop, which need not run yet
        """
        if self._loop or threading.current_thread() is not threading.main_thread():
            return
        self._loop = asyncio_loop(loop)
        self._forwards = frozenset(self.controller.arbiter.forwards)
        for signum in {*self.SIGNALS, *self._forwards}:
            self._before[signum] = signal.getsignal(signum)
            self._loop.add_signal_handler(signum, self.signal, signum)

    def stop(self) -> None:
        """Give the signals back to whoever had them."""
        if self._loop is None:
            return
        for signum, before in self._before.items():
            if not self._loop.is_closed():
                self._loop.remove_signal_handler(signum)
            signal.signal(signum, signal.SIG_DFL if before is None else before)
        self._before.clear()
        self._loop = None

    def signal(self, sig: int, frame: Any = None) -> None:
        """Act on one signal, or send it on."""
        del frame
        if sig in self._forwards:
            self.controller.arbiter.forward(sig)
            return
        name = self.SIG_NAMES[sig]
        logger.info("Got signal SIG_%s", name.upper())
        getattr(self, f"handle_{name}")()

    def quit(self) -> None:
        """Stop everything and end the daemon; if that is under way for a while, make haste."""
        now = self._clock()
        if self._quit_since is None:
            self._quit_since = now
        self.controller.run("quit")
        if now - self._quit_since >= HASTE:
            self.controller.arbiter.hasten()

    def reload(self) -> None:
        """Reload all watchers gracefully."""
        self.controller.run("reload", {"graceful": True})

    def handle_int(self) -> None:
        """Act on SIGINT."""
        self.quit()

    def handle_term(self) -> None:
        """Act on SIGTERM."""
        self.quit()

    def handle_quit(self) -> None:
        """Act on SIGQUIT."""
        self.quit()

    def handle_hup(self) -> None:
        """Act on SIGHUP."""
        self.reload()

    def handle_usr1(self) -> None:
        """Act on SIGUSR1: open the log files anew."""
        self.controller.run("reopenlogs")

    def handle_usr2(self) -> None:
        """Act on SIGUSR2: do nothing, where it would end circusd and leave everything behind."""

    def handle_winch(self) -> None:
        """Act on SIGWINCH: do nothing."""
