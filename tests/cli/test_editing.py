"""The prompt as a person meets it: at a terminal, with each of the two editors."""

from __future__ import annotations

import importlib.util
import os
import sys

import pytest

from circus.cli.editing import KEPT, History, place
from tests.helpers.desk import served
from tests.helpers.fleet import FakeFleet, FakeWatcher
from tests.helpers.source import ROOT
from tests.helpers.terminal import at_terminal

RUN = "import sys; from circus import circusctl; sys.exit(circusctl.main())"
WITHOUT = "import sys; sys.modules['prompt_toolkit'] = None; "
EDITORS = {"readline": WITHOUT + RUN, "prompt_toolkit": RUN}
UP, CTRL_D, TAB, ENTER = "\x1b[A", "\x04", "\t", "\r"
PROMPT = "(circusctl)"


@pytest.fixture(params=EDITORS)
def session(request, tmp_path):
    """Begin a session at a terminal, with a daemon behind it."""
    if not importlib.util.find_spec(request.param):
        pytest.skip(f"{request.param} is not installed")
    endpoint = f"ipc://{tmp_path}/ctl"

    def begin(**env):
        line = (sys.executable, "-c", EDITORS[request.param], "--endpoint", endpoint)
        return at_terminal(*line, HOME=str(tmp_path), PYTHONPATH=str(ROOT), **env)

    with served(FakeFleet(FakeWatcher("Web", 1, 2), FakeWatcher("two words", 3)), endpoint):
        yield begin


def test_the_status_is_a_table_in_colours_and_ctrl_d_ends_it(session):
    with session() as terminal:
        table = terminal.until(PROMPT)
        assert "WATCHER    STATE   UP\nWeb        active  2/2\n" in table
        assert "\x1b[32mactive" in terminal.raw
        terminal.type(CTRL_D)
        assert terminal.ended() == 0


def test_no_color_is_obeyed(session):
    with session(NO_COLOR="1") as terminal:
        terminal.until(PROMPT)
        assert "\x1b[32m" not in terminal.raw


def test_ctrl_c_ends_it_with_zero(session):
    with session() as terminal:
        terminal.until(PROMPT)
        assert terminal.interrupted() == 0


def test_tab_completes_verbs_and_what_the_daemon_knows(session):
    with session() as terminal:
        terminal.until(PROMPT)
        for typed, added in ((f"numproc{TAB}", "esses"), (f"We{TAB}", "b"), (ENTER, "\n2")):
            terminal.type(typed)
            terminal.until(added)
        terminal.until(PROMPT)
        for typed, added in ((f"list tw{TAB}", "words'"), (ENTER, "\n3")):
            terminal.type(typed)
            terminal.until(added)


def test_earlier_lines_come_back_in_the_next_session(session, tmp_path):
    with session() as terminal:
        terminal.until(PROMPT)
        terminal.type(f"numwatchers{ENTER}")
        terminal.until("\n2")
        terminal.until(PROMPT)
        terminal.type(CTRL_D)
        assert terminal.ended() == 0
    kept = tmp_path / ".local/state/circus/history"
    assert kept.read_text() == "numwatchers\n"
    assert kept.stat().st_mode & 0o777 == 0o600
    with session() as terminal:
        terminal.until(PROMPT)
        terminal.type(f"{UP}{ENTER}")
        terminal.until("\n2")


def test_the_file_of_lines_lies_where_state_belongs():
    assert place({"HOME": "/h"}) == "/h/.local/state/circus/history"
    assert place({"HOME": "/h", "XDG_STATE_HOME": "/s"}) == "/s/circus/history"
    assert place({}) is None


def test_a_history_without_a_file_forgets_and_does_not_complain(tmp_path):
    for path in (None, f"{tmp_path}/file/below"):
        (tmp_path / "file").write_text("")
        history = History(path)
        history.add("line")
        assert history.lines() == []


def test_a_history_keeps_the_latest_lines_and_no_empty_ones(tmp_path):
    history = History(str(tmp_path / "history"))
    for line in [*map(str, range(KEPT + 5)), " ", ""]:
        history.add(line)
    assert history.lines() == [str(n) for n in range(5, KEPT + 5)]
    assert os.path.exists(tmp_path / "history")
