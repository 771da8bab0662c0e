"""FileReloader: reloads watchers gracefully when files change."""

from __future__ import annotations

import fnmatch
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from circus import logger
from circus.exc import CircusError
from circus.plugins import CircusPlugin
from circus.plugins.settings import is_helper, needed, settings
from circus.spec.options.shipped import FILE_RELOADER

PATIENCE = 1.0
"""Seconds that the end waits for the threads."""
LONGEST = 50
"""So many times the debounce is waited at most, when files do not come to rest."""


class FileReloader(CircusPlugin):
    """Looks at files."""

    name = "file_reloader"

    def __init__(self, *args: Any, **config: Any) -> None:
        taken = settings(FILE_RELOADER, config)
        self._watch: Callable[..., Any] = needed(FILE_RELOADER)
        self.paths = [os.path.realpath(path) for path in taken["paths"]]
        missing = [path for path in self.paths if not os.path.exists(path)]
        if missing:
            raise CircusError(f"cannot look at {', '.join(missing)}: there is no such file")
        super().__init__(*args, **config)
        self.watchers: tuple[str, ...] = taken["watcher"]
        self.include: tuple[str, ...] = taken["include"]
        self.ignore: tuple[str, ...] = taken["ignore"]
        self.debounce: float = taken["debounce"]
        self.polling: bool = taken["polling"]
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []

    def handle_init(self) -> None:
        """Begin to look: the waiting is done in threads.

        A file is looked at through its directory: editors put a new one in its place.
        """
        folders = {path for path in self.paths if os.path.isdir(path)}
        around = {os.path.dirname(path) for path in self.paths if path not in folders}
        for places, deep in ((folders, True), (around, False)):
            if places:
                thread = threading.Thread(target=self._look, args=(places, deep), daemon=True)
                thread.start()
                self._threads.append(thread)

    def handle_stop(self) -> None:
        """Look no more."""
        self._over.set()
        for thread in self._threads:
            thread.join(PATIENCE)

    def handle_recv(self, data: Sequence[bytes]) -> None:
        """Pass over an event."""

    def _look(self, places: Iterable[str], deep: bool) -> None:
        rest = max(1, round(self.debounce * 1000))
        changes = self._watch(
            *places,
            watch_filter=lambda _change, path: self.counts(path),
            step=rest,
            debounce=LONGEST * rest,
            stop_event=self._over,
            force_polling=self.polling or None,
            raise_interrupt=False,
            recursive=deep,
            ignore_permission_denied=True,
        )
        try:
            for found in changes:
                self.loop.add_callback(self.changed, sorted({path for _, path in found}))
        except Exception:  # noqa: BLE001 - the loop ends with it, and the daemon begins anew
            logger.exception("cannot look at the files any more")
            self.loop.add_callback(self.stop)

    def counts(self, path: str) -> bool:
        """Say whether a file is one of those whose changes count."""
        root = next((root for root in self.paths if _within(path, root)), None)
        if root is None or path == root:
            return path == root  # it is none of ours, or was named itself
        *folders, name = os.path.relpath(path, root).split(os.sep)
        ignored = any(_any(part, self.ignore) for part in (*folders, name))
        return not ignored and _any(name, self.include)

    def changed(self, paths: Sequence[str]) -> None:
        """Have the watchers reloaded."""
        for watcher in self.call("status")["statuses"]:
            if self.concerns(watcher):
                logger.info("%s is reloaded: %s changed", watcher, ", ".join(paths))
                self.cast("reload", name=watcher, graceful=True)

    def concerns(self, watcher: str) -> bool:
        """Say whether a watcher is one of those that are reloaded."""
        if not self.watchers:
            return not is_helper(watcher)
        return _any(watcher.lower(), [pattern.lower() for pattern in self.watchers])


def _within(path: str, root: str) -> bool:
    return path == root or path.startswith(os.path.join(root, ""))


def _any(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)
