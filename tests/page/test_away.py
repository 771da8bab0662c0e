"""What the page says when circusd or the console goes away, and how it comes back."""

from __future__ import annotations

import contextlib
import re
import socket
import subprocess
import sys

import pytest

from tests.helpers import browser as browsers
from tests.helpers.daemon import Log, running
from tests.helpers.source import ROOT

WEB = """
[watcher:web]
cmd = sleep 1000
"""


@contextlib.contextmanager
def console(folder, port):
    """Run a circushttpd of its own beside the daemons of a folder; return its process."""
    token = folder / "token"
    token.write_text(browsers.TOKEN)
    token.chmod(0o600)
    words = ["--endpoint", f"ipc://{folder}/ctl", "--pubsub", f"ipc://{folder}/pub"]
    process = subprocess.Popen(
        [sys.executable, "-m", "circus.web", *words, "--port", str(port), "--token-file", token],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    log = Log(process.stdout)
    try:
        yield int(re.search(r":(\d+)/", log.until("circushttpd serves at"))[1])
    finally:
        process.terminate()
        process.wait(browsers.PATIENCE)
        log.rest()


@pytest.fixture
def free_port():
    """Return a port that nobody listened at a moment ago."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def look(browser, port):
    page = browsers.Page(browser, f"http://localhost:{port}/")
    page.may_be_away = True
    page.enter()
    return page


def test_circusd_goes_away_and_comes_back(tmp_path, browser, free_port):
    with console(tmp_path, free_port) as port:
        with running(tmp_path, WEB):
            page = look(browser, port)
            page.row("web", "state", "Active")
            assert not page.text("#banner")
        page.says("#banner", "circusd does not answer", "What is shown is from")
        page.row("web", "state", "Active")
        with running(tmp_path, f"{WEB}[watcher:fresh]\ncmd = sleep 1000\n"):
            page.row("fresh", "state", "Active")
            page.until(lambda: not page.text("#banner"), "the banner stays")
        assert page.complaints() == []


def test_the_console_goes_away_and_comes_back(tmp_path, browser, free_port):
    with running(tmp_path, WEB) as circusd:
        with console(tmp_path, free_port) as port:
            page = look(browser, port)
            page.go("#/watchers/web")
            page.says(".facts", "1 of 1 process")
        page.says("#banner", "The console does not answer", "Trying again")
        page.press("Reload")
        page.says("[data-kind=refused]", "no connection")
        circusd.call("incr", name="web", waiting=True)
        with console(tmp_path, free_port):
            # sessions end with the console that gave them: the page shows the door by itself
            page.find("#token").send_keys(browsers.TOKEN)
            page.press("Log in")
            page.says(".facts", "2 of 2 processes")
            page.until(lambda: page.count(".processes tbody tr") == 2, "no processes")
            assert page.driver.current_url.endswith("#/watchers/web"), "the place was forgotten"
        assert page.complaints() == []
