from __future__ import annotations

import asyncio
import functools
import sys
import threading

import pytest

from circus.hooks import NEVER_VETO, Hooks, is_async, resolve
from circus.spec.model import HookSpec
from tests.helpers.hooks import Desk, Owner, failure, play, raises, returns, verdicts

VETOING = ("before_start", "after_start", "before_spawn", "after_spawn")
IGNORED = sorted(NEVER_VETO)
REAPING = ("before_reap", "after_reap")


@pytest.mark.parametrize("name", [*VETOING, *IGNORED, "before_reap"])
@pytest.mark.parametrize(
    ("value", "verdict"), [(True, True), (7, True), (False, False), (0, False)]
)
def test_what_a_hook_returns_is_its_verdict_and_a_success(name, value, verdict):
    async def scene():
        seen, event = await verdicts(name, returns(value))
        assert seen == {verdict}
        assert event == ("hook_success", {"name": name})

    play(scene)


@pytest.mark.parametrize("name", [*VETOING, "before_signal"])
def test_a_hook_that_returns_none_says_no_and_the_log_says_why(name, caplog):
    async def scene():
        seen, event = await verdicts(name, returns(None))
        assert seen == {False}
        assert event == ("hook_success", {"name": name})

    play(scene)
    assert f"hook {name!r} of 'web' returned None: that is a no" in caplog.text


@pytest.mark.parametrize("name", [*sorted(NEVER_VETO - {"before_signal"}), *REAPING])
def test_a_hook_whose_verdict_does_not_count_may_return_none(name, caplog):
    async def scene():
        await verdicts(name, returns(None))

    play(scene)
    assert not caplog.records


@pytest.mark.parametrize(
    ("name", "ignore", "verdict"),
    [
        *[(name, False, False) for name in VETOING],
        *[(name, True, True) for name in VETOING],
        *[(name, False, True) for name in IGNORED],
    ],
)
def test_a_hook_that_raises_says_no_unless_that_is_ignored(name, ignore, verdict, caplog):
    async def scene():
        seen, event = await verdicts(name, (raises(KeyError("tea")), ignore))
        assert seen == {verdict}
        assert event == failure(name, "'tea'")

    play(scene)
    assert f"Hook {name!r} failed" in caplog.text
    assert "KeyError" in caplog.text


def test_a_hook_that_exits_has_failed_and_nobody_else_ends():
    def leave(**_):
        sys.exit(3)

    async def scene():
        desk = Desk(before_start=leave, after_start=returns(True))
        assert not await desk.ask("before_start")
        assert await desk.ask("after_start")
        assert [event for event, _ in desk.owner.heard] == ["hook_failure", "hook_success"]
        desk.hooks.close()

    play(scene)


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3), KeyboardInterrupt("stop")])
def test_an_async_hook_that_raises_has_failed(error):
    async def bad(**_):
        raise error

    async def scene():
        desk = Desk(before_start=bad)
        assert not await desk.ask("before_start")
        assert desk.owner.heard == [failure("before_start", str(error))]

    play(scene)


def test_a_hook_that_is_not_there_says_yes_and_nothing_is_published():
    async def scene():
        desk = Desk()
        assert desk.hooks.call("before_start", {}).yes
        assert "before_start" not in desk.hooks
        assert desk.owner.heard == []

    play(scene)


def test_a_hook_gets_its_watcher_its_arbiter_its_name_and_what_it_is_about():
    got = []

    def hook(watcher, arbiter, hook_name, **about):
        got.append((watcher, arbiter, hook_name, about))
        return True

    async def scene():
        desk = Desk(after_spawn=hook)
        await desk.ask("after_spawn", pid=100)
        desk.hooks.close()
        assert got == [(desk.owner, "the arbiter", "after_spawn", {"pid": 100})]

    play(scene)


def test_extended_stats_is_called_with_the_first_three_by_position():
    got = []

    def hook(a_watcher, an_arbiter, a_name, pid, stats):
        got.append((an_arbiter, a_name, pid))
        stats["tea"] = "hot"

    async def scene():
        desk, stats = Desk(extended_stats=hook), {}
        desk.hooks.call("extended_stats", {"pid": 100, "stats": stats})
        assert got == [("the arbiter", "extended_stats", 100)]
        assert stats == {"tea": "hot"}

    play(scene)


def test_hooks_that_replace_others_go_on_with_the_same_thread():
    seen = []

    def hook(**_):
        seen.append(threading.current_thread())
        return True

    async def scene():
        desk = Desk(before_start=hook)
        await desk.ask("before_start")
        desk.hooks = Hooks(desk.owner, {"after_start": HookSpec(hook)}, (), desk.hooks)
        await desk.ask("after_start")
        assert seen[0] is seen[1]
        desk.hooks.close()

    play(scene)


class Later:
    """Hooks that are async in other words. They say no, on the loop."""

    async def __call__(self, **_):
        assert threading.current_thread() is threading.main_thread()
        return await asyncio.sleep(0, result=False)

    async def method(self, **_):
        return await self()

    def plain(self, **_):
        return self.method()


@pytest.mark.parametrize(
    ("hook", "on_loop"),
    [
        (Later(), True),
        (Later().method, True),
        (functools.partial(functools.partial(Later().method), extra=1), True),
        (functools.partial(Later()), True),
        (Later().plain, False),
        (lambda **_: asyncio.sleep(0, result=False), False),
        (Later, False),
    ],
)
def test_what_is_async_is_awaited_however_it_is_written(hook, on_loop):
    async def scene():
        desk = Desk(before_start=hook)
        assert is_async(hook) is on_loop
        if hook is not Later:
            assert not await desk.ask("before_start")
            assert desk.owner.heard == [("hook_success", {"name": "before_start"})]
        desk.hooks.close()

    play(scene)


@pytest.mark.parametrize("hook", [Later(), Later().plain])
def test_an_async_hook_fails_in_a_call_that_does_not_wait(hook, caplog):
    async def scene():
        desk = Desk(before_start=hook)
        assert not desk.hooks.call("before_start", {}).yes
        reason = "cannot wait for the async hook 'before_start' in a call that does not wait"
        assert desk.owner.heard == [failure("before_start", reason)]

    play(scene)


def test_an_async_hook_that_blocks_the_loop_is_named_once(caplog, monkeypatch):
    monkeypatch.setattr("circus.callout.SLOW", 0.005)

    async def hook(**_):
        threading.Event().wait(0.006)
        return True

    async def scene():
        desk = Desk(before_start=hook)
        assert await desk.ask("before_start")
        assert await desk.ask("before_start")

    play(scene)
    assert caplog.text.count("hook 'before_start' of 'web' kept the loop busy for ") == 1


@pytest.mark.parametrize("path", ["os.path.exists", "os.path:exists"])
def test_a_dotted_path_is_found_with_a_dot_or_a_colon(path):
    assert resolve(path)("/")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("no.such.module", "cannot find the hook 'no.such.module': No module named 'no'"),
        ("os.path.nothing", "cannot find the hook 'os.path.nothing'"),
        ("nothing", "cannot find the hook 'nothing'"),
        ("os.sep", "cannot call the hook 'os.sep': it is str"),
    ],
)
def test_a_hook_that_cannot_be_found_is_refused_when_the_watcher_is_made(path, message):
    with pytest.raises(ImportError, match=message):
        Hooks(Owner(), {"before_start": HookSpec(path)})
