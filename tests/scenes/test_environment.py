"""The environment of a real child: what it is made of, and which part wins."""

from __future__ import annotations

import os

import pytest

from tests.helpers.daemon import running
from tests.helpers.reports import CHILD
from tests.helpers.seen import VERSION

FILE = """
[env:later,web*]
B = later
FROM = $(circus.env.A)

[env]
A = global
B = global
DOLLARS = $CIRCUS_TEA ${CIRCUS_TEA} $circus $NO_SUCH_THING.
PATH = /extra:$PATH
Case = kept
SPACED   =   a  b

[env: web-1 , other]
B = last

[env:WEB*]
B = wrong
"""
WATCHERS = {
    "web-1": f"cmd = {CHILD} $(circus.env.B) '$(circus.env.SPACED)' $(circus.env.case)",
    "web-2": f"cmd = {CHILD}",
    "plain": f"cmd = {CHILD}",
    "copied": f"cmd = {CHILD} $(circus.env.CIRCUS_TEA)\ncopy_env = yes",
    "filed": (
        f"cmd = {CHILD} $(circus.env.FILED) $(circus.env.A)\ncopy_env = yes\n"
        "env_file = app.env\nworking_dir = {folder}"
    ),
    "programs": (
        "cmd = a-program-of-the-venv {script} {socket} {tag}\ncopy_env = yes\nvirtualenv = venv"
    ),
}
ENV = """
# what the children are given
FILED='two words'
CIRCUS_TEA=green
A=file
"""
GLOBAL = {
    "A": "global",
    "B": "global",
    "DOLLARS": "hot $HOME ${CIRCUS_TEA} $circus .",
    "Case": "kept",
    "SPACED": "a  b",
}


@pytest.fixture(scope="module")
def daemon(folder, reports):
    """A circusd with a variable of its own that looks like a reference, and one of a manager's."""
    (folder / "app.env").write_text(ENV)
    sections = (reports.fill(f"[watcher:{{tag}}]\n{text}\n", tag) for tag, text in WATCHERS.items())
    programs = folder / "venv" / "bin"
    programs.mkdir(parents=True)
    (folder / "venv" / "lib" / f"python{VERSION}" / "site-packages").mkdir(parents=True)
    program = programs / "a-program-of-the-venv"
    program.write_text(reports.fill('#!/bin/sh\nexec {python} -I -S "$@"\n', ""))
    program.chmod(0o755)
    around = ("env", "CIRCUS_TEA=hot $HOME", "LISTEN_FDS=2", "LISTEN_PID=1", "LISTEN_FDNAMES=a:b")
    with running(folder, FILE + "".join(sections), around=around) as made:
        yield made


@pytest.fixture(scope="module")
def children(daemon, reports):
    """What a child of each watcher reports, by the watcher's name."""
    return {name: reports.next(name) for name in WATCHERS}


def path():
    return f"/extra:{os.environ['PATH']}"


def test_a_child_is_given_what_is_configured_and_nothing_else(children):
    assert children["plain"]["env"] == {**GLOBAL, "PATH": path()}


def test_of_the_sections_that_match_the_later_one_wins_and_the_global_one_is_the_first(children):
    later = {**GLOBAL, "PATH": path(), "FROM": "global"}
    assert children["web-1"]["env"] == {**later, "B": "last"}
    assert children["web-2"]["env"] == {**later, "B": "later"}


def test_the_command_is_given_values_as_single_words(children):
    assert children["web-1"]["args"] == ["last", "a  b", "kept"]


def test_what_is_copied_is_copied_as_it_is_and_what_is_configured_stands_above(children):
    found = children["copied"]
    assert found["env"]["CIRCUS_TEA"] == "hot $HOME"
    assert found["env"]["PATH"] == path()
    assert found["env"]["A"] == "global"
    assert found["args"] == ["hot $HOME"]


def test_what_a_service_manager_told_circusd_about_sockets_is_not_handed_on(children):
    assert not [name for name in children["copied"]["env"] if name.startswith("LISTEN_")]


def test_a_file_stands_above_what_is_copied_and_below_what_is_configured(children):
    found = children["filed"]
    assert found["env"]["CIRCUS_TEA"] == "green"
    assert (found["env"]["A"], found["args"]) == ("global", ["two words", "global"])


def test_a_program_of_the_virtualenv_is_found_first(children, folder):
    found = children["programs"]["env"]
    assert found["PATH"].split(os.pathsep)[:2] == [str(folder / "venv" / "bin"), "/extra"]


def test_a_file_is_read_again_at_each_launch_and_a_bad_one_stops_that_watcher_only(
    daemon, children, reports, folder
):
    (folder / "app.env").write_text("FILED=new\n")
    daemon.ctl("reload", "filed")
    assert reports.next("filed")["args"] == ["new", "global"]
    (folder / "app.env").write_text("A=1\nSECRET='tea\n")
    code, _, complaint = daemon.try_ctl("restart", "filed", "--waiting")
    assert code == 3
    assert complaint.endswith(
        f"cannot read the env_file {folder}/app.env:2: the quotation that ' opens has no end"
    )
    assert daemon.ctl("status", "copied") == "active"
    (folder / "app.env").write_text("FILED=good\n")
    daemon.ctl("start", "filed")
    assert reports.next("filed")["args"] == ["good", "global"]


def test_options_show_the_file_and_none_of_its_secrets(daemon, children):
    shown = daemon.ctl("options", "filed")
    assert "env_file: app.env" in shown
    assert "two words" not in shown
