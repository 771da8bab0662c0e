"""Flapping: stops a watcher whose processes die again and again, for a while (spec §9.3.2)."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from threading import Timer
from typing import Any

from circus import logger
from circus.plugins import CircusPlugin
from circus.plugins.settings import settings
from circus.spec.options.shipped import FLAPPING
from circus.spec.values import boolean

INFINITE_RETRY = -1
"""As max_retry: it is started again however often."""


class Flapping(CircusPlugin):
    """Counts the deaths that nobody asked for, by watcher."""

    name = "flapping"

    def __init__(self, *args: Any, **config: Any) -> None:
        taken = settings(FLAPPING, config)
        super().__init__(*args, **config)
        self.attempts: int = taken["attempts"]
        self.window: float = taken["window"]
        self.retry_in: float = taken["retry_in"]
        self.max_retry: int = taken["max_retry"]
        self.timelines: dict[str, list[float]] = {}
        """When processes died, seconds since the epoch."""
        self.timers: dict[str, Timer] = {}
        """The starts to come."""
        self.tries: dict[str, int] = {}
        """How often each was started again."""
        self.configs: dict[str, dict[str, Any]] = {}
        """The options that watchers have for themselves."""

    def handle_stop(self) -> None:
        """Forget the starts to come."""
        for timer in self.timers.values():
            timer.cancel()

    def handle_recv(self, data: Sequence[bytes]) -> None:
        """Hear of a death, of changed options, or of a watcher that is gone."""
        watcher, event, raw = self.split_data(data)
        message = self.load_message(raw) if raw else {}
        name = message.get("watcher", watcher)
        if event == "reap" and not message.get("asked"):
            self.timelines.setdefault(name, []).append(message.get("time", time.time()))
            self.check(name)
        elif event == "updated" and name in self.configs:
            self.update_conf(name)
        elif event == "remove":
            self.reset(name)
            self.configs.pop(name, None)

    def check(self, watcher_name: str) -> None:
        """Look at the deaths of a watcher, and stop it if they are too many."""
        timeline = self.timelines[watcher_name]
        conf = self._conf(watcher_name)
        if not conf["active"]:
            timeline.clear()
        elif len(timeline) >= conf["attempts"]:
            if timeline[-1] - timeline[0] <= conf["window"]:
                self._stop(watcher_name, conf)
            else:
                self.reset(watcher_name)

    def reset(self, watcher_name: str) -> None:
        """Forget the deaths of a watcher, how often it was started again, and its next start."""
        self.timelines[watcher_name] = []
        self.tries.pop(watcher_name, None)
        timer = self.timers.pop(watcher_name, None)
        if timer is not None:
            timer.cancel()

    def update_conf(self, watcher_name: str) -> None:
        """Ask the daemon for the options that a watcher has for itself.

        :raises CallError: there was no answer
        """
        answer = self.call("options", name=watcher_name)
        prefix = f"{self.name}."
        self.configs[watcher_name] = {
            key.removeprefix(prefix): value
            for key, value in answer.get("options", {}).items()
            if key.startswith(prefix)
        }

    def _conf(self, name: str) -> Mapping[str, Any]:
        """Return the options that hold for a watcher; one that cannot be read does not hold."""
        if name not in self.configs:
            self.update_conf(name)
        own = self.configs[name]
        conf: dict[str, Any] = {"active": True}
        for row in FLAPPING.section:
            conf[row.name] = getattr(self, row.name)
        for key, value in own.items():
            row_of = FLAPPING.section.find(key)
            try:
                if key == "active":
                    conf[key] = boolean(str(value))
                elif row_of is not None:
                    conf[key] = row_of.kind.accept(key, value)
            except ValueError as error:
                logger.warning("cannot take flapping.%s of %s: %s", key, name, error)
        return conf

    def _stop(self, name: str, conf: Mapping[str, Any]) -> None:
        """Stop a watcher, and have it started later unless that was done too often."""
        tries = self.tries.get(name, 0)
        self.timelines[name] = []
        if conf["max_retry"] != INFINITE_RETRY and tries >= conf["max_retry"]:
            logger.info("%s: flapping detected: reached max retry limit", name)
            self.reset(name)
            self.cast("stop", name=name)
            return
        self.tries[name] = tries + 1
        text = "%s: flapping detected: retry in %2ds (attempt number %s)"
        logger.info(text, name, conf["retry_in"], tries + 1)
        self.cast("stop", name=name)
        timer = Timer(conf["retry_in"], self._later, (name,))
        timer.daemon = True
        timer.start()
        self.timers[name] = timer

    def _later(self, name: str) -> None:
        """Start a watcher again, from the loop: a timer has a thread of its own."""
        if self.running:
            self.loop.add_callback(self._start, name)

    def _start(self, name: str) -> None:
        if self.timers.pop(name, None) is not None:
            self.cast("start", name=name)
