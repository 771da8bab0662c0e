"""A browser for each module, a circusd with its console for each scene, and the page between."""

from __future__ import annotations

import contextlib
import re

import pytest

from tests.helpers import browser as browsers
from tests.helpers.daemon import running

CONSOLE = "httpd = True\nhttpd_port = 0\nhttpd_token_file = {}"


@pytest.fixture(scope="module")
def browser():
    """A browser, or a skip that says why there is none."""
    if reason := browsers.missing():
        pytest.skip(reason)
    driver = browsers.launch()
    yield driver
    driver.quit()


@pytest.fixture
def visit(tmp_path, browser):
    """Return a function that starts a daemon with a console; it returns daemon and page.

    At the end nothing may have broken a rule: no error of a script, no policy, no foreign host.
    """
    pages = []
    with contextlib.ExitStack() as stack:

        def start(text, enter=True):
            token = tmp_path / "token"
            token.write_text(browsers.TOKEN)
            token.chmod(0o600)
            circusd = stack.enter_context(running(tmp_path, text, circus=CONSOLE.format(token)))
            line = circusd.log.until("circushttpd serves at")
            port = re.search(r":(\d+)/", line)[1]
            page = browsers.Page(browser, f"http://localhost:{port}/")
            pages.append(page)
            if enter:
                page.enter()
            return circusd, page

        yield start
        complaints = [complaint for page in pages for complaint in page.complaints()]
        browser.get("about:blank")
    assert complaints == []
