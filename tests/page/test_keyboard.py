"""The page without a mouse."""

from __future__ import annotations

TAB, ENTER, ESCAPE, DOWN, UP = "\ue004", "\ue007", "\ue00c", "\ue015", "\ue013"
MOST = 40
"""So many presses of Tab lead round the page at most."""

WEB = """
[watcher:web]
cmd = sleep 1000
"""


def tab_to(page, name):
    """Press Tab until something of this name has the focus; return all that had it."""
    seen = []
    for _ in range(MOST):
        page.keys(TAB)
        seen.append(page.focused().strip())
        if seen[-1] == name:
            return seen
    raise AssertionError(f"Tab never came to {name!r}, but to {seen}")


def test_everything_is_reached_in_the_order_in_which_it_is_read(visit):
    _, page = visit(WEB)
    seen = tab_to(page, "More for web")
    assert seen[0] == "Skip to the content"
    order = ["All watchers", "Filter by name", "State", "Watcher", "web", "Stop web"]
    assert [name for name in seen if name in order] == order


def test_the_focus_can_be_seen_on_all_of_it(visit):
    _, page = visit(WEB)
    page.keys(TAB)
    for _ in range(20):
        page.keys(TAB)
        width = page.run("return parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
        assert width >= 2, page.focused()


def test_the_skip_link_leads_to_the_content(visit):
    _, page = visit(WEB)
    page.keys(TAB)
    page.keys(ENTER)
    assert page.run("return document.activeElement.id") == "main"


def test_a_watcher_is_stopped_and_started_by_keys_alone(visit):
    circusd, page = visit(WEB)
    tab_to(page, "Stop web")
    page.keys(ENTER)
    page.says("dialog", "Stop web?")
    assert page.focused() == "Cancel", "the harmless choice comes first"
    page.keys(ESCAPE)
    page.until(lambda: not page.count("dialog[open]"), "Escape does not close it")
    assert page.focused() == "Stop web", "the focus was not given back"
    page.keys(ENTER)
    page.says("dialog", "Stop web?")
    page.keys(TAB)
    page.keys(ENTER)
    page.row("web", "state", "Stopped")
    assert circusd.call("status", name="web")["status"] == "stopped"
    assert page.focused() == "Start web", "the row was moved under the focus"
    page.keys(ENTER)
    page.row("web", "state", "Active")


def test_a_menu_is_used_by_arrows_and_left_by_escape(visit):
    circusd, page = visit(WEB)
    tab_to(page, "More for web")
    page.keys(ENTER)
    page.until(lambda: page.focused() == "Reload", "the menu did not take the focus")
    page.keys(DOWN)
    assert page.focused() == "One more process"
    page.keys(UP)
    page.keys(UP)
    assert page.focused() == "Send a signal …"
    page.keys(ESCAPE)
    page.until(lambda: page.focused() == "More for web", "the focus was not given back")
    page.keys(ENTER)
    page.until(lambda: page.focused() == "Reload", "the menu did not open again")
    page.keys(DOWN)
    page.keys(ENTER)
    page.row("web", "up", "2 of 2")
    assert len(circusd.pids("web")) == 2


def test_a_watchers_page_is_entered_and_left_by_keys_and_says_where_one_is(visit):
    _, page = visit(WEB)
    tab_to(page, "web")
    page.keys(ENTER)
    page.until(lambda: page.run("return document.title") == "web · Circus", "no new title")
    page.until(lambda: page.focused() == "web", "the heading did not take the focus")
    tab_to(page, "Output")
    page.keys(ENTER)
    page.until(lambda: page.count(".output"), "the output was never shown")
