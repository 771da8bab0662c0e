from __future__ import annotations

import io
import threading
from contextlib import redirect_stderr

import pytest

from circus.cli.progress import CLEAR, Progress, sentence
from tests.helpers.desk import PATIENCE, served
from tests.helpers.fleet import FakeFleet, FakeWatcher

COUNTS = {
    "Web": {"up": 2, "wanted": 5},
    "worker": {"up": 1, "wanted": 1},
    "a[b": {"up": 0, "wanted": 1},
}


@pytest.mark.parametrize(
    ("name", "line"),
    [
        (None, "all watchers: 3 of 7 up"),
        ("WEB", "WEB: 2 of 5 up"),
        ("w*", "w*: 3 of 6 up"),
        ("a[b", "a[b: 0 of 1 up"),
        ("nope", ""),
    ],
)
def test_the_line_says_how_many_are_up(name, line):
    assert sentence(COUNTS, name) == line


def test_a_daemon_that_tells_no_counts_has_no_line():
    assert sentence({}, None) == ""


class Screen(io.StringIO):
    """Keeps what is written, and tells when the line was shown."""

    def __init__(self):
        super().__init__()
        self.shown = threading.Event()

    def write(self, text):
        if "up" in text:
            self.shown.set()
        return super().write(text)


def test_the_line_is_shown_while_somebody_waits_and_taken_away_at_the_end(tmp_path):
    endpoint = f"ipc://{tmp_path}/ctl"
    with served(FakeFleet(FakeWatcher("web", 1, 2)), endpoint):
        with redirect_stderr(Screen()) as screen, Progress(endpoint, "web"):
            assert screen.shown.wait(PATIENCE)
        assert screen.getvalue().startswith(f"{CLEAR}web: 2 of 2 up")
        assert screen.getvalue().endswith(CLEAR)


def test_work_that_is_done_at_once_shows_nothing(tmp_path):
    with redirect_stderr(Screen()) as screen, Progress(f"ipc://{tmp_path}/nobody", None):
        pass
    assert screen.getvalue() == ""


def test_a_daemon_that_goes_away_ends_the_line_quietly(tmp_path, monkeypatch):
    monkeypatch.setattr("circus.cli.progress.PACE", 0.0)
    monkeypatch.setattr("circus.cli.progress.PATIENCE", 0.01)
    progress = Progress(f"ipc://{tmp_path}/nobody", None)
    with redirect_stderr(Screen()) as screen, progress:
        progress._thread.join(PATIENCE)
    assert screen.getvalue() == ""
