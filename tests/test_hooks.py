from __future__ import annotations

import asyncio
import sys
import threading

import pytest

from circus import hooks as module
from circus.hooks import NEVER_VETO, Hooks, resolve
from circus.loop import Tasks
from circus.spec.model import HookSpec
from tests.helpers.launching import PATIENCE

VETOING = ("before_start", "after_start", "before_spawn", "after_spawn")
IGNORED = sorted(NEVER_VETO - {"extended_stats"})


class Owner:
    """A watcher, as its hooks see it."""

    name = "web"
    arbiter = "the arbiter"

    def __init__(self):
        self.heard = []

    def notify_event(self, topic, msg):
        self.heard.append((topic, dict(msg)))


class Desk:
    """The hooks of one watcher in the running loop."""

    def __init__(self, **targets):
        self.owner = Owner()
        self.tasks = Tasks(asyncio.get_running_loop())
        specs = {
            name: HookSpec(*target) if isinstance(target, tuple) else HookSpec(target)
            for name, target in targets.items()
        }
        self.hooks = Hooks(self.owner, specs)

    def ask(self, name, limit=0.0, **about):
        answer = asyncio.get_running_loop().create_future()
        self.hooks.ask(self.tasks, name, about, limit, answer.set_result)
        return asyncio.wait_for(answer, PATIENCE)


def play(scene):
    """Run a scene, an async function, and hold that no hooks' thread is left waiting."""
    asyncio.run(scene())


def returns(value):
    return lambda **_: value


def raises(error):
    def hook(**_):
        raise error

    return hook


async def verdicts(name, target):
    """Return what a hook comes to, called in place and called off the loop, and the events."""
    desk = Desk(**{name: target})
    in_place = desk.hooks.call(name, {})
    off_the_loop = await desk.ask(name)
    desk.hooks.close()
    assert desk.owner.heard[0] == desk.owner.heard[1]
    return {in_place, off_the_loop}, desk.owner.heard[0]


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


@pytest.mark.parametrize("name", VETOING)
def test_a_hook_that_returns_none_says_no_and_the_log_says_why(name, caplog):
    async def scene():
        seen, event = await verdicts(name, returns(None))
        assert seen == {False}
        assert event == ("hook_success", {"name": name})

    play(scene)
    assert f"hook {name!r} of 'web' returned None: that is a no" in caplog.text


@pytest.mark.parametrize("name", [*IGNORED, "before_reap", "after_reap"])
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
        assert event == ("hook_failure", {"name": name, "error": "'tea'"})

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


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3)])
def test_an_async_hook_that_raises_has_failed(error):
    async def bad(**_):
        raise error

    async def scene():
        desk = Desk(before_start=bad)
        assert not await desk.ask("before_start")
        assert desk.owner.heard == [("hook_failure", {"name": "before_start", "error": str(error)})]

    play(scene)


def test_a_hook_that_is_not_there_says_yes_and_nothing_is_published():
    async def scene():
        desk = Desk()
        assert desk.hooks.call("before_start", {})
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


def test_plain_hooks_run_in_order_on_one_daemon_thread_of_their_watcher():
    seen = []

    def hook(pid, **_):
        seen.append((pid, threading.current_thread()))
        return True

    async def scene():
        desk = Desk(after_spawn=hook)
        await asyncio.gather(*[desk.ask("after_spawn", pid=pid) for pid in range(5)])
        desk.hooks.close()
        assert [pid for pid, _ in seen] == [0, 1, 2, 3, 4]
        (thread,) = {thread for _, thread in seen}
        assert thread is not threading.main_thread()
        assert thread.daemon
        thread.join(PATIENCE)
        assert not thread.is_alive()

    play(scene)


def test_a_hook_that_blocks_delays_no_other_watcher_and_not_the_loop():
    go = threading.Event()

    async def scene():
        slow = Desk(before_start=lambda **_: go.wait(PATIENCE))
        quick = Desk(before_start=returns(True))
        waiting = asyncio.ensure_future(slow.ask("before_start"))
        assert await quick.ask("before_start")
        assert not waiting.done()
        go.set()
        assert await waiting
        slow.hooks.close()
        quick.hooks.close()

    play(scene)


def test_an_async_hook_runs_on_the_loop():
    async def hook(**_):
        seen.append(asyncio.get_running_loop())
        return await asyncio.sleep(0, result=True)

    seen = []

    async def scene():
        desk = Desk(before_start=hook)
        assert await desk.ask("before_start")
        assert seen == [asyncio.get_running_loop()]

    play(scene)


def test_a_hook_that_overruns_its_limit_is_abandoned_with_its_thread(caplog):
    go, threads = threading.Event(), []

    def stuck(**_):
        threads.append(threading.current_thread())
        return go.wait(PATIENCE)

    def quick(**_):
        threads.append(threading.current_thread())
        return True

    async def scene():
        desk = Desk(before_start=stuck, after_start=quick)
        assert not await desk.ask("before_start", limit=0.01)
        assert desk.owner.heard == [
            ("hook_failure", {"name": "before_start", "error": "no answer in 0.01 s"})
        ]
        assert await desk.ask("after_start")
        assert threads[0] is not threads[1]
        go.set()
        desk.hooks.close()
        for thread in threads:
            thread.join(PATIENCE)
        await asyncio.sleep(0)  # the late answer arrives, and is nobody's any more
        assert len(desk.owner.heard) == 2

    play(scene)


def test_an_async_hook_that_overruns_its_limit_has_failed():
    async def scene():
        desk = Desk(before_start=stuck)
        assert not await desk.ask("before_start", limit=0.01)
        assert desk.owner.heard[0][0] == "hook_failure"
        desk.tasks.close()

    async def stuck(**_):
        await asyncio.Event().wait()

    play(scene)


def test_a_hook_that_answers_in_time_is_heard():
    async def scene():
        desk = Desk(before_start=returns(True))
        assert await desk.ask("before_start", limit=PATIENCE)
        desk.hooks.close()

    play(scene)


def test_without_a_limit_a_warning_comes_from_time_to_time(monkeypatch, caplog):
    go = threading.Event()
    monkeypatch.setattr(module, "PATIENCE", 0.001)

    class Twice:
        """A handler that lets the hook go on when it was warned of twice."""

        level = warnings = 0

        def __call__(self, record):
            self.warnings += "has not answered yet" in record.getMessage()
            if self.warnings == 2:
                go.set()
            return True

    caplog.handler.addFilter(twice := Twice())

    async def scene():
        desk = Desk(before_start=lambda **_: go.wait(PATIENCE))
        assert await desk.ask("before_start")
        desk.hooks.close()

    play(scene)
    assert twice.warnings >= 2


def test_an_answer_after_the_loop_has_ended_hurts_nobody(caplog):
    go, threads = threading.Event(), []

    def late(**_):
        threads.append(threading.current_thread())
        started.set()
        return go.wait(PATIENCE)

    started = threading.Event()

    async def scene():
        desk = Desk(before_start=late)
        desk.hooks.ask(desk.tasks, "before_start", {}, 0.0, lambda _: None)
        desk.hooks.close()
        assert await asyncio.to_thread(started.wait, PATIENCE)

    play(scene)
    go.set()
    threads[0].join(PATIENCE)
    assert not caplog.records


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
