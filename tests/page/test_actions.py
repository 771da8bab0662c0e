"""Each action of the page, and what becomes of the real daemon by it."""

from __future__ import annotations

import pytest

from tests.helpers.daemon import alive, gone

WEB = """
[watcher:web]
cmd = sleep 1000
numprocesses = 2
"""
HEARING = """
[watcher:hearing]
cmd = sh -c 'trap "echo heard the signal" USR1; echo ready; while :; do sleep 0.05; done'
"""


def status(circusd, name="web"):
    return circusd.call("status", name=name)["status"]


def test_stop_asks_first_and_start_brings_it_back(visit):
    circusd, page = visit(WEB)
    page.press("Stop web")
    page.says("dialog", "Stop web?", "2 processes of web will be stopped")
    page.press("Cancel")
    page.until(lambda: not page.count("dialog[open]"), "the dialog stays open")
    assert status(circusd) == "active"
    page.press("Stop web")
    page.agree()
    page.says(".messages", "web stopped")
    assert status(circusd) == "stopped"
    page.row("web", "state", "Stopped")
    page.press("Start web")
    page.says(".messages", "web started")
    assert status(circusd) == "active"
    page.row("web", "up", "2 of 2")


@pytest.mark.parametrize(("verb", "asks"), [("Restart", True), ("Reload", False)])
def test_restart_and_reload_bring_new_processes(visit, verb, asks):
    circusd, page = visit(WEB)
    page.go("#/watchers/web")
    before = circusd.pids("web")
    page.press(verb)
    if asks:
        page.agree()
    page.says(".messages", f"web {verb.lower()}ed: stopped 2, started 2")
    assert gone(before)
    assert len(circusd.pids("web")) == 2


def test_the_menu_of_a_watcher_changes_the_number_of_processes(visit):
    circusd, page = visit(WEB)
    page.press("More for web")
    page.press("One more process")
    page.says(".messages", "web has one more process: 3 processes")
    assert len(circusd.pids("web")) == 3
    page.press("More for web")
    page.press("One process fewer")
    page.says(".messages", "web has one process fewer: 2 processes")
    assert circusd.call("numprocesses", name="web")["numprocesses"] == 2


def test_a_signal_reaches_the_processes(visit):
    circusd, page = visit(HEARING)
    if "ready" not in circusd.log.lines:
        circusd.log.until("ready")
    page.press("More for hearing")
    page.press("Send a signal …")
    page.find("dialog select").send_keys("USR1")
    page.agree()
    circusd.log.until("heard the signal")
    page.says(".messages", "hearing was sent the signal")


def test_one_process_is_killed_and_the_others_stay(visit):
    circusd, page = visit(WEB)
    page.go("#/watchers/web")
    first, second = circusd.pids("web")
    page.press(f"Kill process {first}")
    page.says("dialog", f"Kill process {first}?")
    page.agree()
    page.says(".messages", "web lost the process")
    assert gone([first])
    assert alive(second)


def test_what_is_refused_is_shown_with_the_reason_until_it_is_put_away(visit):
    circusd, page = visit(WEB)
    page.press("Stop web")
    circusd.call("rm", name="web", waiting=True)
    page.agree()
    page.says("[data-kind=refused]", "web was not stopped", "web")
    page.press("Put this message away")
    assert page.text(".messages") == ""


def test_all_watchers_are_reloaded_from_the_top(visit):
    circusd, page = visit(WEB)
    before = circusd.pids("web")
    page.press("All watchers")
    page.press("Reload all …")
    page.says("dialog", "Every watcher gets new processes")
    page.agree()
    assert gone(before)


def test_the_configuration_is_reloaded_after_its_plan_was_shown(visit):
    circusd, page = visit(WEB)
    page.press("All watchers")
    page.press("Reload the configuration …")
    page.says(".messages", "nothing new")
    text = circusd.file.read_text()
    circusd.file.write_text(f"{text}\n[watcher:fresh]\ncmd = sleep 1000\n")
    page.press("All watchers")
    page.press("Reload the configuration …")
    page.says("dialog", "watcher fresh: add")
    page.agree()
    page.row("fresh", "state", "Active")
    assert status(circusd, "fresh") == "active"
