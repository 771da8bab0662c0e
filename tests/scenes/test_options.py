"""Each option of a watcher changes what a real child sees, from the file and by ``set``."""

from __future__ import annotations

import os

import pytest

from tests.helpers.daemon import running
from tests.helpers.reports import CHILD
from tests.helpers.seen import ROWS, VERSION

ROW = pytest.mark.parametrize(
    "number", range(len(ROWS)), ids=[f"{number}-{row.option}" for number, row in enumerate(ROWS)]
)
USUAL = "respawn = no\ngraceful_timeout = 0"


def section(reports, name, text, env="", more=""):
    cmd = "" if "cmd = " in text else f"cmd = {CHILD}"
    head = f"[env:{name}]\n{env}\n" if env else ""
    return reports.fill(f"{head}[watcher:{name}]\n{cmd}\n{text}\n{USUAL}\n{more}\n", name)


def configuration(reports):
    """Return a file with two watchers for each row: one that has the option, and one without."""
    parts = [f"[socket:{name}]\npath = {{folder}}/{name}" for name in ("door", "web")]
    parts = [reports.fill(part, "") for part in parts]
    parts.append(section(reports, "plain", ""))
    for number, row in enumerate(ROWS):
        if not row.missing:
            parts.append(section(reports, f"row{number}", row.text, row.env))
            env = row.env if row.option == "args" else ""
            parts.append(section(reports, f"live{number}", "", env, "autostart = no"))
    return "\n".join(parts)


@pytest.fixture(scope="module")
def daemon(folder, reports):
    """One circusd for all rows, with the files that they name; its stdin is one of them."""
    (folder / "input").touch()
    (folder / "app.env").write_text('export MILK="cold # white"\n')
    (folder / "venv" / "bin").mkdir(parents=True)
    for version in (VERSION, "2.7"):
        (folder / "venv" / "lib" / f"python{version}" / "site-packages").mkdir(parents=True)
    around = ("sh", "-c", f'exec "$@" <{folder}/input', "sh")
    os.environ["CIRCUS_OF_THE_TEST"] = "own"
    try:
        with running(folder, configuration(reports), around=around) as made:
            yield made
    finally:
        del os.environ["CIRCUS_OF_THE_TEST"]


@pytest.fixture(scope="module")
def plain(daemon, reports):
    """What a child without any option reports."""
    return reports.next("plain")


def filled(value, folder):
    """Return what a row expects, with the folder filled in wherever there is text."""
    if isinstance(value, str):
        return value.replace("{folder}", str(folder))
    if isinstance(value, (list, tuple)):
        return type(value)(filled(item, folder) for item in value)
    return value


@ROW
def test_an_option_changes_what_a_child_sees(number, reports, plain, folder):
    row = ROWS[number]
    if row.missing:
        pytest.skip(row.missing)
    expected = filled(row.value, folder)
    assert row.sees(reports.next(f"row{number}")) == expected
    assert row.sees(plain) != expected


@ROW
def test_set_changes_what_the_next_child_sees(number, daemon, reports, folder):
    row, name = ROWS[number], f"live{number}"
    if row.missing:
        pytest.skip(row.missing)
    expected = filled(row.value, folder)
    daemon.ctl("start", name)
    assert row.sees(reports.next(name)) != expected
    daemon.ctl("set", name, *(reports.fill(word, name) for word in row.words))
    assert row.sees(reports.next(name)) == expected
    daemon.ctl("stop", name)


def test_a_child_is_stopped_by_the_signal_of_its_own(circusd):
    trap = "trap 'echo got INT; exit' INT; echo ready; while :; do sleep 600 & wait; done"
    daemon = circusd(f'[watcher:web]\ncmd = sh -c "{trap}"\nstop_signal = int\n')
    daemon.log.until("ready")
    daemon.ctl("stop", "web")
    daemon.log.until("got INT")
