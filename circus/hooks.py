"""Hooks: user code that decides in mid-transition, called where it delays nobody else.

The plain hooks of a watcher run one after the other on one daemon thread of its own, because
handles that a hook keeps often belong to a thread; an ``async def`` runs on the loop. A hook that
overruns ``hook_timeout`` is abandoned together with its thread: its answer counts as a failure, and
the next hook gets a new thread. Without a time limit a warning comes every thirty seconds.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import threading
from collections.abc import Callable, Mapping
from queue import SimpleQueue
from typing import Any, Protocol

from circus import logger
from circus.loop import Tasks
from circus.spec.model import HookSpec

NEVER_VETO = frozenset(
    {"before_stop", "after_stop", "before_signal", "after_signal", "extended_stats"}
)
"""An exception in one of these counts as a yes (spec §6.11)."""
PATIENCE = 30.0
"""Seconds between two warnings about a hook that does not answer."""

Hook = Callable[..., Any]
Answer = Callable[[bool], None]


class Host(Protocol):
    """Whose hooks they are: a watcher."""

    name: str
    arbiter: Any

    def notify_event(self, topic: str, msg: dict[str, Any]) -> None:
        """Publish an event."""


def resolve(target: str | Hook) -> Hook:
    """Return what a dotted path (``a.b.c`` or ``a.b:c``) names.

    :raises ImportError: says which part was not found
    """
    if callable(target):
        return target
    module, _, attribute = target.replace(":", ".").rpartition(".")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise ImportError(f"cannot find the hook {target!r}: {error}") from error
    if not callable(found):
        problem = f"cannot call the hook {target!r}: it is {type(found).__name__}"
        raise ImportError(problem)  # noqa: TRY004 - to its user it was not found
    return found  # type: ignore[no-any-return]  # anything callable is a hook


class Hooks:
    """The hooks of one watcher.

    :param owner: the watcher
    :param specs: by the hook's name
    :raises ImportError: a hook cannot be found
    """

    def __init__(self, owner: Host, specs: Mapping[str, HookSpec]) -> None:
        self._owner = owner
        self._found = {name: (resolve(spec.target), spec.ignore) for name, spec in specs.items()}
        self._line: SimpleQueue[Callable[[], None] | None] | None = None

    def __contains__(self, name: str) -> bool:
        return name in self._found

    def call(self, name: str, about: Mapping[str, Any]) -> bool:
        """Call a hook here and now; return its verdict."""
        if name not in self._found:
            return True
        return self._judge(name, *_outcome(self._bound(name, about)))

    def ask(
        self, tasks: Tasks, name: str, about: Mapping[str, Any], limit: float, answer: Answer
    ) -> None:
        """Call a hook off the loop.

        :param limit: seconds after which it is abandoned; 0: never
        :param answer: called on the loop, once, with the verdict
        """
        loop = asyncio.get_running_loop()
        answered = False
        timer: asyncio.TimerHandle | None = None

        def settle(value: Any, error: BaseException | None) -> None:
            nonlocal answered
            if answered:
                return
            answered = True
            if timer:
                timer.cancel()
            answer(self._judge(name, value, error))

        def overrun() -> None:
            nonlocal timer
            waited = limit or PATIENCE
            if limit:
                self._abandon()
                settle(None, TimeoutError(f"no answer in {waited:g} s"))
            elif not answered:
                logger.warning("hook %r of %r has not answered yet", name, self._owner.name)
                timer = loop.call_later(PATIENCE, overrun)

        timer = loop.call_later(limit or PATIENCE, overrun)
        work = self._bound(name, about)
        if inspect.iscoroutinefunction(self._found[name][0]):
            tasks.start(f"hook {name} of {self._owner.name}", _awaited(work, settle))
        else:
            self._enqueue(lambda: _tell(loop, settle, *_outcome(work)))

    def close(self) -> None:
        """Let the thread end once it is idle."""
        self._abandon()

    def _bound(self, name: str, about: Mapping[str, Any]) -> Callable[[], Any]:
        hook, owner = self._found[name][0], self._owner
        if name == "extended_stats":  # positional, as Circus calls it (spec §6.11)
            return lambda: hook(owner, owner.arbiter, name, **about)
        return lambda: hook(watcher=owner, arbiter=owner.arbiter, hook_name=name, **about)

    def _judge(self, name: str, value: Any, error: BaseException | None) -> bool:
        """Turn what a hook returned or raised into its verdict, and publish it."""
        if error is None:
            self._owner.notify_event("hook_success", {"name": name})
            if value is None and name not in NEVER_VETO and not name.endswith("_reap"):
                logger.warning("hook %r of %r returned None: that is a no", name, self._owner.name)
            return bool(value)
        logger.error("Hook %r failed", name, exc_info=error)
        self._owner.notify_event("hook_failure", {"name": name, "error": str(error)})
        return self._found[name][1] or name in NEVER_VETO

    def _enqueue(self, work: Callable[[], None]) -> None:
        if self._line is None:
            self._line = SimpleQueue()
            name = f"hooks of {self._owner.name}"
            threading.Thread(target=_work_off, args=(self._line,), name=name, daemon=True).start()
        self._line.put(work)

    def _abandon(self) -> None:
        if self._line is not None:
            self._line.put(None)
            self._line = None


def _work_off(line: SimpleQueue[Callable[[], None] | None]) -> None:
    while (work := line.get()) is not None:
        work()


def _outcome(work: Callable[[], Any]) -> tuple[Any, BaseException | None]:
    try:
        return work(), None
    except BaseException as error:  # noqa: BLE001 - SystemExit in a hook is a failure like any other
        return None, error


async def _awaited(work: Callable[[], Any], settle: Callable[..., None]) -> None:
    try:
        value = await work()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - user code
        settle(None, error)
    else:
        settle(value, None)


def _tell(loop: asyncio.AbstractEventLoop, settle: Callable[..., None], *outcome: Any) -> None:
    """Bring a hook's outcome to the loop; a loop that is gone needs none."""
    try:
        loop.call_soon_threadsafe(settle, *outcome)
    except RuntimeError:
        logger.debug("a hook answered after the loop was closed")
