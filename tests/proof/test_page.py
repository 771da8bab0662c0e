"""The console's page on a large fleet, in a real browser: how soon it is drawn, what it costs."""

from __future__ import annotations

import re

import pytest

from tests.helpers import browser as browsers
from tests.helpers.daemon import running

pytestmark = pytest.mark.proof

FIRST = 1.0
"""Seconds until the fleet is drawn, at most."""
BUSY = 0.2
"""Of each second the page may be busy for so long at most."""
ROUNDS = 3
SECONDS = 5
"""So many rounds of samples are looked at."""
THOUSAND = 1000

CONSOLE = "httpd = True\nhttpd_port = 0\nhttpd_token_file = {}\n"
WATCHERS = "".join(f"[watcher:w{n:03}]\ncmd = sleep 1000\nnumprocesses = 10\n" for n in range(100))
ONE = "[watcher:one]\ncmd = sleep 1000\nnumprocesses = 1000\n"
MANY = "".join(f"[watcher:w{n:03}]\ncmd = sleep 1000\n" for n in range(THOUSAND))


@pytest.fixture(scope="module")
def browser():
    if reason := browsers.missing():
        pytest.skip(reason)
    driver = browsers.launch()
    yield driver
    driver.quit()


@pytest.fixture
def visit(tmp_path, browser):
    token = tmp_path / "token"
    token.write_text(browsers.TOKEN)
    token.chmod(0o600)

    def look(circusd):
        line = circusd.log.until("circushttpd serves at")
        port = re.search(r":(\d+)/", line)[1]
        page = browsers.Page(browser, f"http://localhost:{port}/")
        page.until(lambda: settled(circusd), "they were never all up")
        page.enter()
        return page

    def settled(circusd):
        return circusd.call("numprocesses")["numprocesses"] >= THOUSAND

    return look, CONSOLE.format(token)


def drawn(page):
    """Load the page anew; return after how many seconds the fleet was drawn."""
    page.driver.refresh()
    script = "return performance.getEntriesByName('fleet drawn')[0]?.startTime"
    return page.until(lambda: page.run(script), "it was never drawn") / 1000


def figures(page):
    found = page.driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    return {one["name"]: one["value"] for one in found}


def cost(page):
    """Return how busy the page is, as a share of a second, and by how many nodes it grows."""
    page.driver.execute_cdp_cmd("Performance.enable", {})
    before = figures(page)
    page.until(
        lambda: figures(page)["Timestamp"] - before["Timestamp"] > SECONDS, "the clock stands"
    )
    after = figures(page)
    passed = after["Timestamp"] - before["Timestamp"]
    return (
        (after["TaskDuration"] - before["TaskDuration"]) / passed,
        after["Nodes"],
        before["Nodes"],
    )


@pytest.mark.parametrize(
    ("what", "text", "rows"),
    [("100 watchers of 10", WATCHERS, 101), ("1000 watchers", MANY, THOUSAND + 1)],
)
def test_a_large_fleet_is_drawn_within_a_second_and_costs_little(
    tmp_path, visit, figure, what, text, rows
):
    look, circus = visit
    with running(tmp_path, text, circus=circus) as circusd:
        page = look(circusd)
        seconds = [drawn(page) for _ in range(ROUNDS)]
        figure(f"page: {what}, first drawn", seconds, FIRST, "s")
        page.until(lambda: page.count(".fleet tbody tr") == rows, "some rows are missing")
        busy, after, before = cost(page)
        figure(f"page: {what}, busy", [busy], BUSY, "of a core")
        assert after <= before * 1.02


def test_a_thousand_processes_of_one_watcher_are_listed_and_kept_up_to_date(
    tmp_path, visit, figure
):
    look, circus = visit
    with running(tmp_path, ONE, circus=circus) as circusd:
        page = look(circusd)
        page.go("#/watchers/one")
        page.until(lambda: page.count(".processes tbody tr") == THOUSAND, "some are missing")
        busy, after, before = cost(page)
        figure("page: 1000 processes of a watcher, busy", [busy], BUSY, "of a core")
        assert after <= before * 1.02
