"""Hooks: user code that decides in mid-transition, called where it delays nobody else.

The plain hooks of a watcher run one after the other on one daemon thread of its own
(:mod:`circus.errands`), because handles that a hook keeps often belong to a thread. An
``async def`` runs on the loop, as does whatever awaitable a plain hook returns. ``hook_timeout``
runs from the moment that a hook begins; when it is over, a plain hook is left to itself together
with its thread, an ``async def`` is cancelled, and the answer counts as a failure. Without a time
limit a warning comes every thirty seconds. On the way down the machine says when nobody waits any
longer.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from circus import logger
from circus.callout import Outcome, awaited, called, text_of
from circus.errands import Errands
from circus.folders import fetch
from circus.loop import Tasks
from circus.spec.model import HookSpec

NEVER_VETO = frozenset({"before_stop", "after_stop", "before_signal", "after_signal"})
"""A failure of one of these counts as a yes (spec §6.11)."""
DECIDING = frozenset(
    {"before_start", "after_start", "before_spawn", "after_spawn", "before_signal"}
)
"""The hooks whose no changes what happens."""
PATIENCE = 30.0
"""Seconds between two warnings about a hook that does not answer."""

Hook = Callable[..., Any]


class Verdict(NamedTuple):
    """What a hook's answer means.

    :param yes: whether what was asked about may happen
    :param error: why it failed, if it did
    :param ignored: whether its failures count as a yes because the hook is flagged so
    """

    yes: bool = True
    error: BaseException | None = None
    ignored: bool = False


Answer = Callable[[Verdict], None]


class Host(Protocol):
    """Whose hooks they are: a watcher."""

    name: str
    arbiter: Any

    def notify_event(self, topic: str, msg: dict[str, Any]) -> None:
        """Publish an event."""


def resolve(target: str | Hook, directories: Sequence[str] = (), *, anew: bool = False) -> Hook:
    """Return what a dotted path (``a.b.c`` or ``a.b:c``) names.

    :param directories: where it may be besides ``sys.path``
    :param anew: load its module again
    :raises ImportError: says which part was not found
    """
    if callable(target):
        return target
    try:
        found = fetch(target, directories, anew=anew)
    except (Exception, SystemExit) as error:
        raise ImportError(f"cannot find the hook {target!r}: {text_of(error)}") from error
    if not callable(found):
        problem = f"cannot call the hook {target!r}: it is {type(found).__name__}"
        raise ImportError(problem)  # noqa: TRY004 - to its user it was not found
    return found  # type: ignore[no-any-return]  # anything callable is a hook


def is_async(hook: Hook) -> bool:
    """Say whether calling it makes a coroutine: ``async def``, a partial or an object of one."""
    while isinstance(hook, functools.partial):
        hook = hook.func
    called = None if inspect.isclass(hook) else getattr(hook, "__call__", None)  # noqa: B004 - see
    return inspect.iscoroutinefunction(hook) or inspect.iscoroutinefunction(called)


class Hooks:
    """The hooks of one watcher.

    :param owner: the watcher
    :param specs: by the hook's name
    :param directories: where dotted paths may lead besides ``sys.path``
    :param before: the hooks that these replace: they go on with the same thread
    :param anew: load the modules of dotted paths again
    :raises ImportError: a hook cannot be found
    """

    def __init__(
        self,
        owner: Host,
        specs: Mapping[str, HookSpec],
        directories: Sequence[str] = (),
        before: Hooks | None = None,
        *,
        anew: bool = False,
    ) -> None:
        self.owner = owner
        self._found = {
            name: (resolve(spec.target, directories, anew=anew), spec.ignore)
            for name, spec in specs.items()
        }
        self.errands: Errands = before.errands if before else Errands(f"hooks of {owner.name}")
        self._slow: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return name in self._found

    def call(self, name: str, about: Mapping[str, Any]) -> Verdict:
        """Call a hook here and now, which an ``async def`` cannot be; return its verdict."""
        if name not in self._found:
            return Verdict()
        if is_async(self._found[name][0]):
            return self.judge(name, Outcome(error=_not_in_place(name)))
        outcome = called(self._bound(name, about))
        if outcome.later is not None:
            outcome.discard()
            outcome = Outcome(error=_not_in_place(name))
        return self.judge(name, outcome)

    def ask(
        self, tasks: Tasks, name: str, about: Mapping[str, Any], limit: float, answer: Answer
    ) -> Call:
        """Call a hook off the loop.

        :param limit: seconds after which its answer is not waited for; 0: no limit
        :param answer: called on the loop, once, with the verdict
        """
        call = Call(self, tasks, name, self._bound(name, about), limit, answer)
        if is_async(self._found[name][0]):
            call.begin()
            call.await_it(call.work)
        else:
            self.errands.put(call)
        return call

    def close(self) -> None:
        """Let the thread end once it is idle; nothing more is begun, and nobody is kept waiting."""
        for call in self.errands.close():
            assert isinstance(call, Call)
            call.forget()

    def judge(self, name: str, outcome: Outcome, became: str = "") -> Verdict:
        """Turn what a hook came to into its verdict, and publish it.

        :param became: of one that did not answer: where it goes on
        """
        owner = self.owner
        if outcome.error is None:
            if name != "extended_stats":  # it is asked for at every look (spec §6.11)
                owner.notify_event("hook_success", {"name": name})
            if outcome.yes is None and name in DECIDING:
                logger.warning("hook %r of %r returned None: that is a no", name, owner.name)
            return Verdict(bool(outcome.yes))
        text = text_of(outcome.error)
        traced = outcome.error if outcome.error.__traceback__ else None
        told = f"{text}; {became}" if became else text
        logger.error("Hook %r failed for %r: %s", name, owner.name, told, exc_info=traced)
        fields = {"name": name, "error": text, "abandoned": bool(became)}
        owner.notify_event("hook_failure", fields)
        ignored = self._found[name][1] if name in self._found else False
        return Verdict(ignored or name in NEVER_VETO, outcome.error, ignored)

    def slow(self, name: str, seconds: float) -> None:
        """Say, once for each hook, that it keeps the loop from everybody else."""
        if name not in self._slow:
            self._slow.add(name)
            text = "hook %r of %r kept the loop busy for %d ms: an async hook must not block"
            logger.warning(text, name, self.owner.name, seconds * 1000)

    def _bound(self, name: str, about: Mapping[str, Any]) -> Callable[[], Any]:
        hook, owner = self._found[name][0], self.owner
        if name == "extended_stats":  # positional, as Circus calls it (spec §6.11)
            return lambda: hook(owner, owner.arbiter, name, **about)
        return lambda: hook(watcher=owner, arbiter=owner.arbiter, hook_name=name, **about)


class Call:
    """One call of a hook off the loop. It is settled once; what comes later is nobody's."""

    def __init__(
        self,
        hooks: Hooks,
        tasks: Tasks,
        hook: str,
        work: Callable[[], Any],
        limit: float,
        answer: Answer,
    ) -> None:
        self.name = f"hook {hook!r} of {hooks.owner.name!r}"
        self.work = work
        self._hooks = hooks
        self._tasks = tasks
        self._hook = hook
        self._limit = limit
        self._answer: Answer | None = answer
        self._loop = asyncio.get_running_loop()
        self._since = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Let its time run from now on."""
        self._since = self._loop.time()
        self._timer = self._loop.call_later(self._limit or PATIENCE, self._time_is_over)

    def end(self, outcome: Outcome) -> None:
        """Take what it came to; an awaitable is awaited first, in the same time."""
        later = outcome.later
        if later is not None:
            self.await_it(lambda: later)
        else:
            self._settle(outcome)

    def await_it(self, work: Callable[[], Awaitable[Any]]) -> None:
        """Call and await it in the loop."""
        self._task = self._tasks.start(self.name, self._awaiting(work))

    def drop(self) -> None:
        """Do not wait any longer: it has failed."""
        self._leave(self._loop.time() - self._since)

    stuck = drop

    def forget(self) -> None:
        """Let whoever waits go on: the watcher is gone."""
        self._tell(Verdict())

    async def _awaiting(self, work: Callable[[], Awaitable[Any]]) -> None:
        self._settle(await awaited(work, functools.partial(self._hooks.slow, self._hook)))

    def _time_is_over(self) -> None:
        if self._limit:
            self._leave(self._limit)
        else:
            logger.warning("%s has not answered yet", self.name)
            self._timer = self._loop.call_later(PATIENCE, self._time_is_over)

    def _leave(self, seconds: float) -> None:
        """Go on without an answer, after so many seconds."""
        if self._answer is None:
            return
        text, became = f"no answer in {seconds:.3g} s", "it is cancelled"
        if self._task is not None:
            self._task.cancel()
        elif thread := self._hooks.errands.drop(self):
            became = f"it goes on in thread {thread!r}"
        else:
            text, became = f"not called in {seconds:.3g} s: those before it did not answer", ""
        self._settle(Outcome(error=TimeoutError(text)), became)

    def _settle(self, outcome: Outcome, became: str = "") -> None:
        if self._answer is not None:
            self._tell(self._hooks.judge(self._hook, outcome, became))

    def _tell(self, verdict: Verdict) -> None:
        answer, self._answer = self._answer, None
        if self._timer is not None:
            self._timer.cancel()
        if answer is not None:
            answer(verdict)


def _not_in_place(name: str) -> RuntimeError:
    return RuntimeError(f"cannot wait for the async hook {name!r} in a call that does not wait")
