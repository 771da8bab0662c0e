from __future__ import annotations

import io
import sys

import pytest

from circus import circusctl, commands
from circus.cli import prompt
from tests.helpers.desk import served
from tests.helpers.fleet import FakeFleet, FakeWatcher


@pytest.fixture
def fleet(tmp_path, monkeypatch):
    fleet = FakeFleet(FakeWatcher("web", 1, 2))
    monkeypatch.setenv("CIRCUSCTL_ENDPOINT", f"ipc://{tmp_path}/ctl")
    with served(fleet, f"ipc://{tmp_path}/ctl"):
        yield fleet


@pytest.fixture
def session(monkeypatch, capsys):
    """Run circusctl without a command on these lines; return exit code, answers and complaints."""
    monkeypatch.setattr(sys, "argv", ["circusctl"])

    def run(*lines, options=()):
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        code = circusctl.main([*options])
        out, err = capsys.readouterr()
        first, *answers = out.split(prompt.PROMPT)
        assert first.startswith(f"{circusctl.VERSION}\n")
        return code, first.partition("\n")[2], answers, err

    return run


def test_it_begins_with_the_version_and_the_status_and_ends_with_zero(fleet, session):
    assert session() == (0, "web: active\n", ["\n"], "")


def test_every_command_works_as_on_the_command_line(fleet, session):
    code, _, answers, err = session("incr web 2 --waiting", "  list  'web' ", "LIST")
    assert (code, answers, err) == (0, ["4\n", "1,2\n", "web\n", "\n"], "")
    assert fleet.asked == [("incr", "web", 2)]


def test_an_empty_line_does_nothing(fleet, session):
    assert session("incr web", "", "   ")[2] == ["ok\n", "", "", "\n"]
    assert fleet.asked == [("incr", "web", 1)]


def test_whatever_goes_wrong_is_told_and_the_next_line_is_read(fleet, session):
    wrong = ("status --json", "incr", "incr web x", "list nope", "list 'web")
    code, _, answers, err = session(*wrong, "list")
    assert (code, answers) == (0, [*[""] * 5, "web\n", "\n"])
    assert err == (
        "usage: circusctl [options] command [args]\n"
        "circusctl: error: unrecognized arguments: --json\n"
        "Invalid number of arguments\n"
        "cannot read 'x': it isn't an integer\n"
        "error: program nope not found\n"
        "cannot read the line: No closing quotation\n"
    )


def test_a_word_that_is_no_command_is_told(fleet, session):
    assert session("foo bar")[2] == ["*** Unknown syntax: foo bar\n", "\n"]


def test_quit_is_the_daemon_s(fleet, session):
    assert session("quit", "list")[2] == ["ok\n", "web\n", "\n"]
    assert fleet.asked == [("quit",)]


def test_eof_as_a_word_ends_it(fleet, session):
    assert session("EOF", "list")[2] == ["\n"]


def test_json_holds_for_every_line(fleet, session):
    _, first, answers, _ = session("list", options=("--json",))
    assert '"statuses": {"web": "active"}' in first
    assert '"watchers": ["web"]' in answers[0]


def test_help_lists_the_commands(fleet, session):
    listed = session("help")[2][0]
    assert listed.startswith(
        "\nDocumented commands (type help <topic>):\n========================================\nadd "
    )
    assert listed.endswith("\n\nUndocumented commands:\n======================\nEOF\n")
    assert {*commands.FILES, "help"} <= {*listed.split()}


def test_help_with_a_command_is_its_long_documentation(fleet, session):
    answers = session("help incr", "help foo", "incr --help")[2]
    assert answers[0].startswith("Increment the number of processes in a watcher\n====")
    assert answers[1] == "*** No help on foo\n"
    assert answers[2].startswith("usage: circusctl [options] incr")


def test_nobody_at_the_endpoint_is_told_and_the_prompt_still_appears(session, tmp_path):
    line = ("--endpoint", f"ipc://{tmp_path}/nobody", "--timeout", "0.05")
    code, first, answers, err = session(options=line)
    assert (code, first, answers) == (0, "", ["\n"])
    assert err.startswith("Timed out.\n")


def test_listen_asks_the_daemon_where_it_publishes(fleet, session, monkeypatch, tmp_path):
    heard = []
    monkeypatch.setattr("circus.cli.listen.run", lambda topics, **where: heard.append(where))
    fleet.pubsub_endpoint = "ipc:///here"
    session("listen", options=("--endpoint", f"ipc://{tmp_path}/ctl"))
    assert heard == [{"endpoint": "ipc:///here"}]


class Known:
    def watchers(self):
        return ["web"]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("num", ["numprocesses", "numwatchers"]),
        ("hel", ["help"]),
        ("help numw", ["numwatchers"]),
        ("stop ", ["web"]),
        ("stop web ", []),
        ("foo ", []),
    ],
)
def test_the_words_of_a_line_are_completed(line, offered):
    assert [one.word for one in prompt.candidates(line, Known())] == offered
