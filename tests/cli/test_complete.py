from __future__ import annotations

import pytest

from circus import circusctl
from circus.cli import complete
from circus.cli.complete import Candidate, Daemon
from tests.helpers.desk import served
from tests.helpers.fleet import FakeFleet, FakeWatcher


class Known:
    """A daemon with two watchers."""

    def watchers(self):
        return ["Web", "two words"]

    def pids(self, name):
        return {"Web": ["10", "11"]}.get(name, [])

    def options(self, name):
        return ["cmd", "env"]


def words(line):
    """Return the words that circusctl would offer at the end of a line."""
    text = complete.shell(line, circusctl.OPTIONS, lambda given: Known())
    return [one.split("\t")[0] for one in text.splitlines()]


CUT = [
    ("circusctl", ["circusctl"]),
    ("circusctl ", ["circusctl", ""]),
    ("a b", ["a", "b"]),
    ("a 'b c", ["a", "b c"]),
    ('a "b c', ["a", "b c"]),
    ("a \"it's", ["a", "it's"]),
    ("a b\\ c", ["a", "b c"]),
    ("a b\\", ["a", "b"]),
    ("", [""]),
]


@pytest.mark.parametrize(("line", "pieces"), CUT)
def test_a_line_is_cut_as_a_shell_would_even_inside_quotes(line, pieces):
    assert complete.cut(line) == pieces


OFFERED = [
    ("circusctl sta", ["start", "stats", "status"]),
    ("circusctl STAR", ["start"]),
    ("circusctl --ss", ["--ssh", "--ssh_keyfile"]),
    ("circusctl --endpoint x sto", ["stop"]),
    ("circusctl stop ", ["Web", "two words"]),
    ("circusctl stop w", ["Web"]),
    ("circusctl stop 'two w", ["two words"]),
    ("circusctl stop Web ", []),
    ("circusctl stop --wa", ["--waiting"]),
    ("circusctl start --match ", ["glob", "simple", "regex"]),
    ("circusctl start --match glob W", ["Web"]),
    ("circusctl kill Web 1", ["10", "11"]),
    ("circusctl kill Web 10 --signum USR", ["USR1", "USR2"]),
    ("circusctl signal Web US", ["USR1", "USR2"]),
    ("circusctl signal Web 1", ["10", "11"]),
    ("circusctl signal Web 10 US", ["USR1", "USR2"]),
    ("circusctl signal Web 10 1", []),
    ("circusctl get Web ", ["cmd", "env"]),
    ("circusctl get Web cmd e", ["env"]),
    ("circusctl set Web stop_s", ["stop_signal"]),
    ("circusctl set Web stop_signal TE", ["TERM"]),
    ("circusctl set Web respawn ", ["yes", "no"]),
    ("circusctl set Web respawn no stop_s", ["stop_signal"]),
    ("circusctl globaloptions che", ["check_delay"]),
    ("circusctl listen watcher.web.rel", ["watcher.web.reload"]),
    ("circusctl listen watcher.web watcher.two_words.rel", ["watcher.two_words.reload"]),
    ("circusctl add W", []),
    ("circusctl incr Web ", []),
    ("circusctl nope ", []),
    ("circusctl --endpoint ", []),
    ("circusctl stop --nope ", []),
    ("circusctl", []),
]


@pytest.mark.parametrize(("line", "offered"), OFFERED)
def test_what_may_stand_at_the_end_of_a_line_is_offered(line, offered):
    assert words(line) == (offered if line != "circusctl" else words("circusctl "))


def test_a_verb_comes_with_its_title_and_an_option_with_what_it_means():
    text = complete.shell("c numw", circusctl.OPTIONS, lambda given: Known())
    assert text == "numwatchers\tGet the number of watchers"
    assert "--json\toutput to JSON" in complete.shell("c --", circusctl.OPTIONS, lambda _: Known())


def test_the_daemon_is_the_one_that_the_line_names():
    seen = []
    line = "c --endpoint x --timeout 2 start --"
    complete.shell(line, circusctl.OPTIONS, seen.append)
    assert seen == [{"endpoint": "x", "timeout": 2.0}]


def test_candidates_fit_in_any_case():
    some = [Candidate("Web"), Candidate("db")]
    assert complete.fitting(some, "wE") == [Candidate("Web")]
    assert complete.fitting(some, "") == some


def test_the_daemon_is_asked_what_only_it_knows(tmp_path):
    endpoint = f"ipc://{tmp_path}/ctl"
    known = Daemon(endpoint)
    with served(FakeFleet(FakeWatcher("Web", 1, 2)), endpoint):
        assert known.watchers() == ["Web"]
        assert known.pids("web") == ["1", "2"]
        assert known.options("web") == ["cmd", "env", "uid"]
        assert known.pids("nope") == []


@pytest.mark.parametrize("endpoint", ["nonsense", "ipc:///nowhere/at/all"])
def test_a_daemon_that_is_not_there_knows_nothing_and_says_nothing(endpoint, monkeypatch):
    monkeypatch.setattr(complete, "PATIENCE", 0.01)
    assert Daemon(endpoint).watchers() == []
