from __future__ import annotations

import pytest

from circus.arbiter import Arbiter
from circus.exc import ConfigError, ConflictError
from tests.helpers.floor import SLEEP
from tests.helpers.house import watcher


def test_restart_all_refuses_a_bad_file_and_everything_runs_on(play, tmp_path):
    async def scene(house):
        arbiter = await house.up(watcher("web"))
        (pid,) = arbiter.get_watcher("web").processes
        file = tmp_path / "circus.ini"
        file.write_text("[watcher:web]\ncmd = sleep 600\nnumprocesses = many\n")
        arbiter.config_file = str(file)
        with pytest.raises(ConfigError, match="many"):
            arbiter.restart_all()
        assert list(arbiter.get_watcher("web").processes) == [pid]
        await arbiter.get_watcher("web").incr()

    play(scene)


def test_restart_all_ends_a_blocking_arbiter_which_then_wants_to_be_built_anew(places):
    arbiter = Arbiter([watcher("web")], *places)
    assert arbiter.start(lambda _: arbiter.restart_all()).result() is True


def test_restart_all_keeps_the_file_as_it_was_when_it_was_checked(places, tmp_path):
    file = tmp_path / "circus.ini"
    file.write_text("[watcher:new]\ncmd = sleep 600\n")
    arbiter = Arbiter([watcher("web")], *places)
    arbiter.config_file = str(file)

    def restart(_):
        arbiter.restart_all()
        file.write_text("what is this")

    assert arbiter.start(restart).result() is True
    (new,) = arbiter.successor.accepted().watchers
    assert new.name == "new"


# --- events ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "expected"),
    [
        ("restart", ["kill", "reap", "stop", "spawn", "start"]),
        ("reload", ["spawn", "kill", "reload", "reap"]),
    ],
)
def test_a_group_moves_and_says_so(play, verb, expected):
    async def scene(house):
        arbiter = await house.up(watcher("web"))
        if verb == "restart":
            await arbiter.restart_group(arbiter.watchers)
        else:
            await arbiter.reload()
        order = await house.ears.until_all(*expected)
        assert [event for event in order if event != "reap"] == [
            event for event in expected if event != "reap"
        ]

    play(scene)


def test_an_embedding_program_may_lock_every_verb(play):
    async def scene(house):
        arbiter = await house.up(watcher("web"))
        arbiter._exclusive_running_command = "tea"
        web = arbiter.get_watcher("web")
        verbs = [
            web.start, web.stop, web.restart, web.reload, web.incr, web.decr, arbiter.quit,
            arbiter.stop_group, arbiter.reload, arbiter.restart_all,
            lambda: arbiter.rm_watcher("web"), lambda: arbiter.add_watcher("x", SLEEP),
        ]  # fmt: skip
        for verb in verbs:
            with pytest.raises(ConflictError, match="arbiter is already running tea command"):
                verb()
        assert house.ears.names("kill", "stop") == []

    play(scene)


@pytest.mark.parametrize(
    ("end", "message"),
    [
        ("quit", "arbiter is already running arbiter_stop command"),
        ("restart_all", "arbiter is restarting..."),
    ],
)
def test_an_arbiter_that_is_ending_starts_nothing(play, end, message):
    async def scene(house):
        arbiter = await house.up(watcher("web"))
        ended = getattr(arbiter, end)()
        for verb in (arbiter.get_watcher("web").start, arbiter.reload):
            with pytest.raises(ConflictError, match=message):
                verb()
        await ended

    play(scene)


# --- when nobody looks ----------------------------------------------------------------------------
