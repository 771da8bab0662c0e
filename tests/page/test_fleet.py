"""The fleet at a glance, in a real browser with a real circusd behind it."""

from __future__ import annotations

import os
import signal

NOTHING = "\N{EN DASH}"

WEB = """
[watcher:web]
cmd = sleep 1000
"""
FOUR = """
[watcher:web]
cmd = sleep 1000
numprocesses = 2
[watcher:mail]
cmd = sleep 1000
[watcher:cron]
cmd = sleep 1000
autostart = False
[watcher:broken]
cmd = /nonexistent/program
max_retry = 1
"""
SLOW = """
[watcher:slow]
cmd = sleep 1000
numprocesses = 2
warmup_delay = 600
autostart = False
"""


def test_a_watcher_that_starts_is_seen_starting_then_active(visit):
    circusd, page = visit(SLOW)
    page.row("slow", "state", "Stopped")
    circusd.call("start", name="slow")
    page.row("slow", "state", "Starting")
    circusd.call("decr", name="slow")
    page.row("slow", "state", "Active")
    page.row("slow", "up", "1 of 1")


def test_a_killed_worker_comes_back_before_your_eyes(visit):
    circusd, page = visit(WEB)
    page.row("web", "up", "1 of 1")
    page.row("web", "restarts", NOTHING)
    os.kill(circusd.pids("web")[0], signal.SIGKILL)
    page.row("web", "restarts", "1")
    page.row_says("web", "exit", "SIGKILL|signal 9")
    page.row("web", "up", "1 of 1")
    page.row("web", "state", "Active")


def test_a_watcher_that_somebody_else_stops_is_seen_stopped(visit):
    circusd, page = visit(WEB)
    page.row("web", "state", "Active")
    circusd.call("stop", name="web")
    page.row("web", "state", "Stopped")
    page.row("web", "up", "0 of 1")


def test_those_in_trouble_come_first_with_the_reason(visit):
    _, page = visit(FOUR)
    page.row("broken", "state", "Gave up")
    page.row_says("broken", "why", "No such file or directory")
    page.until(lambda: page.names()[0] == "broken", "it does not come first")
    page.until(lambda: page.text("[data-group=trouble]").split()[0] == "1", "it was never counted")


def test_a_filter_and_a_group_narrow_the_fleet(visit):
    _, page = visit(FOUR)
    page.row("broken", "state", "Gave up")
    page.find("#filter").send_keys("R")
    page.until(lambda: set(page.names()) == {"cron", "broken", "circushttpd"}, "not by name")
    page.says(".found", "3 of 5 watchers")
    page.click("[data-group=stopped]")
    page.until(lambda: page.names() == ["cron"], "not by group")
    page.find("#filter").send_keys("x")
    page.says(".empty", "No watcher matches")


def test_a_click_on_a_column_orders_by_it_and_another_the_other_way_round(visit):
    _, page = visit(FOUR)
    page.row("web", "up", "2 of 2")
    page.press("Watcher")
    page.until(lambda: page.names() == sorted(page.names()), "not in order")
    assert page.count("th.name[aria-sort=ascending]") == 1
    page.press("Watcher")
    page.until(lambda: page.names() == sorted(page.names(), reverse=True), "not turned round")
    assert page.count("th.name[aria-sort=descending]") == 1
    page.press("Processes")
    page.until(lambda: page.names()[0] == "web", "not by processes")


def test_watchers_come_and_go_without_reloading(visit):
    circusd, page = visit(WEB)
    circusd.call("add", name="fresh", cmd="sleep 1000", start=True)
    page.row("fresh", "state", "Active")
    circusd.call("rm", name="fresh")
    page.until(lambda: "fresh" not in page.names(), "it is still shown")


def test_cpu_and_memory_are_drawn_and_told(visit):
    _, page = visit(WEB)
    page.row_says("web", "measure:nth-of-type(3)", r"^\d+(\.\d)? %$")
    page.row_says("web", "measure:nth-of-type(4)", r"^[\d.]+ [KM]iB$")
    page.until(lambda: "L" in (page.run(LINE) or ""), "the chart is empty")
    page.says("#daemon", "circusd", "pid", "MiB")


def test_the_charts_have_a_past_when_the_page_is_opened(visit):
    _, page = visit(WEB)
    page.until(lambda: (page.run(LINE) or "").count("L") >= 2, "no samples came")
    page.driver.refresh()
    page.row("web", "state", "Active")
    page.until(lambda: (page.run(LINE) or "").count("L") >= 2, "the past was forgotten")


LINE = "return document.querySelector('.fleet .spark.mem .line').getAttribute('d')"
