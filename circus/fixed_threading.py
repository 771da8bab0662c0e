"""Old names, each from its home: a door (spec §11.6). There is nothing to fix any more."""

from threading import RLock, Thread, Timer, get_ident

__all__ = ["RLock", "Thread", "Timer", "get_ident"]
