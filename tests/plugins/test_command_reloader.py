from __future__ import annotations

import os
import shutil

import pytest

from circus.plugins.command_reloader import CommandReloader, program
from tests.helpers.plugs import alone


@pytest.fixture
def tool(tmp_path):
    """A program of the test's own, and the options of a watcher that runs it."""
    path = tmp_path / "bin" / "tool"
    path.parent.mkdir()
    shutil.copy("/bin/sleep", path)
    return path


def options(cmd, **more):
    return {"cmd": cmd, "executable": None, "env": {}, "working_dir": "/", **more}


def test_a_program_is_found_by_its_path_or_by_the_path_of_the_watcher(tool):
    whole = program(options(f"{tool} 600 --with 'some words'"))
    assert whole.path == str(tool)
    assert program(options("tool 600", env={"PATH": f"/nowhere:{tool.parent}"})) == whole
    assert program(options("./tool 600", working_dir=str(tool.parent))) == whole
    assert program(options("anything", executable=str(tool))) == whole
    assert program(options("sh -c 'exec tool'")).path == os.path.realpath("/bin/sh")


@pytest.mark.parametrize("cmd", ["", "'open", "/nowhere/tool 1", "nothing-like-it", "$(x)/tool"])
def test_a_command_without_a_program_has_none(cmd):
    assert program(options(cmd)) is None


def test_a_program_behind_a_link_is_the_one_that_the_link_points_to(tool, tmp_path):
    link = tmp_path / "current"
    link.symlink_to(tool)
    before = program(options(str(link)))
    other = tool.with_name("other")
    shutil.copy(tool, other)
    link.unlink()
    link.symlink_to(other)
    assert CommandReloader.is_modified(before, program(options(str(link))))


@pytest.fixture
def looking(tool):
    answers = {
        "list": {"status": "ok", "watchers": ["odd", "web", "plugin:x"]},
        "get": lambda name, keys: {
            "status": "ok",
            "options": options("'open" if name == "odd" else f"{tool} 600"),
        },
    }
    with alone(CommandReloader, answers) as plugin:
        plugin.answers = answers
        yield plugin


def test_a_watcher_is_restarted_when_its_program_was_replaced(looking, tool):
    for _ in range(2):
        looking.look_after()
    assert looking.told == []
    assert list(looking.cmd_files) == ["web"]
    replaced = tool.with_name("new")
    shutil.copy("/bin/cat", replaced)
    replaced.rename(tool)
    for _ in range(2):
        looking.look_after()
    assert looking.told == [("restart", {"name": "web"})]


def test_a_program_that_is_away_for_a_moment_is_waited_for(looking, tool):
    looking.look_after()
    kept = tool.with_name("kept")
    tool.rename(kept)
    looking.look_after()
    kept.rename(tool)
    looking.look_after()
    assert looking.told == []


def test_who_is_gone_is_forgotten(looking):
    looking.look_after()
    looking.answers["list"] = {"status": "ok", "watchers": ["odd"]}
    looking.look_after()
    assert looking.cmd_files == {}


def test_who_goes_between_two_questions_is_passed_over(looking):
    looking.answers["get"] = {"status": "error", "reason": "program web not found"}
    looking.look_after()
    assert looking.cmd_files == {}


def test_a_binary_is_replaced_and_its_watcher_alone_is_restarted(circusd, tool):
    daemon = circusd(
        f"[watcher:web]\ncmd = {tool} 600\n[watcher:other]\ncmd = sleep 600\n"
        "[plugin:cmd]\nuse = circus.plugins.command_reloader.CommandReloader\nloop_rate = 0.05\n"
    )
    daemon.log.until("web started", "other started", "Starting")
    events, other = daemon.events(), daemon.pids("other")
    seen = os.stat(tool).st_mtime_ns

    def replace():
        nonlocal seen
        new = tool.with_name("new")
        shutil.copy("/bin/sleep", new)
        seen += 1_000_000_000
        os.utime(new, ns=(seen, seen))
        new.rename(tool)

    # the plugin may not have looked yet: then the new one is what it sees first
    events.until("web", "start", ring=replace)
    assert daemon.pids("other") == other
