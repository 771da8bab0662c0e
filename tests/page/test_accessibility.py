"""The rules for a page that everybody can use: axe's, and what it does not look at."""

from __future__ import annotations

import pytest

from tests.helpers import browser as browsers

FLEET = """
[watcher:web]
cmd = sleep 1000
stdout_stream.class = FileStream
stdout_stream.filename = {folder}/web.log
[watcher:cron]
cmd = sleep 1000
autostart = False
[watcher:broken]
cmd = /nonexistent/program
max_retry = 1
[env:web]
PASSWORD = hunter2
"""

pytest.importorskip("axe_core_python", reason="axe-core-python is not installed")


@pytest.fixture
def looked_at(visit, tmp_path):
    """Return a page on a fleet that shows every kind of state."""
    circusd, page = visit(FLEET.format(folder=tmp_path))
    page.row("broken", "state", "Gave up")
    circusd.call("incr", name="web", waiting=True)
    page.row("web", "up", "2 of 2")
    return page


def scenes(page):
    """Lead through all that can be shown; yield the name of each."""
    page.go("#/")
    page.row("broken", "state", "Gave up")
    yield "fleet"
    page.press("All watchers")
    yield "menu"
    page.keys("\ue00c")
    page.press("Stop web")
    yield "dialog"
    page.press("Cancel")
    page.go("#/watchers/web")
    page.until(lambda: page.count(".processes tbody tr") == 2, "no processes")
    page.press("As a table")
    yield "watcher"
    page.press("Send a signal to process " + page.text(".processes .pid button"))
    yield "form"
    page.press("Cancel")
    page.go("#/watchers/web/output")
    page.find(".lines")
    yield "output"
    page.go("#/watchers/web/events")
    page.find(".events li")
    yield "events"
    page.go("#/watchers/web/options")
    page.find("[data-key=cmd]")
    yield "options"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [browsers.DESKTOP, browsers.PHONE], ids=["desktop", "phone"])
def test_no_rule_of_axe_is_broken(looked_at, scheme, size):
    looked_at.size(*size)
    looked_at.colours(scheme)
    found = {scene: looked_at.broken_rules() for scene in scenes(looked_at)}
    assert {scene: rules for scene, rules in found.items() if rules} == {}


def test_no_rule_is_broken_at_the_door(visit):
    _, page = visit("[watcher:web]\ncmd = sleep 1000", enter=False)
    page.driver.get(page.place)
    page.find("#token")
    assert page.broken_rules() == []


def test_nothing_is_wider_than_the_narrowest_phone(looked_at):
    looked_at.size(*browsers.NARROW)
    for scene in scenes(looked_at):
        width = looked_at.run("return document.documentElement.scrollWidth")
        assert width <= browsers.NARROW[0], f"{scene} is {width} pixels wide"


def test_the_switch_of_colours_is_kept(looked_at):
    ground = "return getComputedStyle(document.body).backgroundColor"
    light = looked_at.run(ground)
    looked_at.press("Use dark colours")
    dark = looked_at.run(ground)
    assert light != dark
    looked_at.driver.refresh()
    looked_at.row("broken", "state", "Gave up")
    assert looked_at.run(ground) == dark
    looked_at.press("Use light colours")
    assert looked_at.run(ground) == light


def test_trouble_is_told_by_word_and_shape_as_well_as_by_colour(looked_at):
    shapes = looked_at.run(
        "return Object.fromEntries([...document.querySelectorAll('.fleet tbody tr')].map((row) =>"
        "[row.querySelector('.state').innerText,"
        " row.querySelector('.state use').getAttribute('href')]))"
    )
    assert len(set(shapes.values())) == len(shapes) == 3


def test_only_what_matters_is_read_out_by_itself(looked_at):
    live = looked_at.run(
        "return [...document.querySelectorAll('[aria-live]:not([aria-live=off]), [role=status],"
        "[role=alert]')].map((one) => one.id || one.className).sort()"
    )
    assert live == ["banner-text", "found", "messages", "quietly"]
