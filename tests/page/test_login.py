"""The door of the console, in a real browser."""

from __future__ import annotations

from tests.helpers.browser import TOKEN

QUIET = """
[watcher:web]
cmd = sleep 1000
"""


def test_a_wrong_token_is_refused_with_a_sentence_and_the_right_one_opens(visit):
    _, page = visit(QUIET, enter=False)
    page.driver.get(page.place)
    page.find("#token").send_keys("something else entirely")
    page.press("Log in")
    assert page.says("#problem", "token")
    assert page.focused().startswith("Token")
    page.find("#token").send_keys(TOKEN)
    page.press("Log in")
    page.row("web", "state", "Active")


def test_a_link_with_the_token_logs_in_and_leaves_no_token_in_the_address(visit):
    _, page = visit(QUIET)
    assert page.driver.current_url == page.place
    assert page.run("return document.cookie") == "", "a script could read the session"
    page.driver.get("about:blank")
    page.driver.back()
    page.row("web", "state", "Active")
    assert TOKEN not in page.driver.current_url


def test_logging_out_leads_back_to_the_door(visit):
    _, page = visit(QUIET)
    page.press("Log out")
    page.find("#token")
    page.driver.get(page.place)
    page.find("#token")
