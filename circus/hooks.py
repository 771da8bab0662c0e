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

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from circus import logger
from circus.callout import Outcome, called, text_of
from circus.calls import Answer, Call, Host, Verdict
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
Hook = Callable[..., Any]


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
        self._open: set[Call] = before._open if before else set()  # noqa: SLF001 - our own
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
        self._open.add(call)
        if is_async(self._found[name][0]):
            call.begin()
            call.await_it(call.work)
        else:
            self.errands.put(call)
        return call

    def close(self) -> None:
        """Let the thread end once it is idle; nothing more is begun, and nobody is kept waiting."""
        self.errands.close()
        for call in list(self._open):
            call.forget()

    def over(self, call: Call) -> None:
        """Hear that a call is settled."""
        self._open.discard(call)

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
            elif not outcome.yes and name in DECIDING:
                logger.info("hook %r of %r said no", name, owner.name)
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


def _not_in_place(name: str) -> RuntimeError:
    return RuntimeError(f"cannot wait for the async hook {name!r} in a call that does not wait")
