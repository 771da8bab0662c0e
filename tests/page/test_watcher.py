"""A watcher's page, in a real browser with a real circusd behind it."""

from __future__ import annotations

import os
import signal

WEB = """
[watcher:web]
cmd = sleep 1000
numprocesses = 2
"""
TALKER = """
[watcher:talker]
cmd = sh FOLDER/talk.sh
stdout_stream.class = FileStream
stdout_stream.filename = FOLDER/out.log
stderr_stream.class = FileStream
stderr_stream.filename = FOLDER/err.log
"""
TALK = r"""
n=0
while read word; do
    n=$((n+1))
    printf "\033[32m%s\033[0m <b>%s</b>\n" $n $word
    echo "bad $n" >&2
done < FIFO
"""
SECRET = """
[watcher:web]
cmd = sleep 1000
[env:web]
PASSWORD = hunter2
"""


def pids(page):
    return page.run(
        "return [...document.querySelectorAll('.processes .pid button')].map((b) => +b.textContent)"
    )


def shows(page, wanted):
    page.until(lambda: pids(page) == wanted, f"the processes were never {wanted}")


def test_a_killed_process_is_replaced_in_the_list_and_told_in_the_events(visit):
    circusd, page = visit(WEB)
    page.click("a[href='#/watchers/web']")
    first = circusd.pids("web")
    shows(page, first)
    assert page.text("h1") == "web"
    os.kill(first[0], signal.SIGKILL)
    page.until(lambda: first[0] not in pids(page) and len(pids(page)) == 2, "not replaced")
    assert set(pids(page)) == set(circusd.pids("web"))
    page.click("a[href='#/watchers/web/events']")
    page.says(".events", f"Process {first[0]} ended: killed by signal 9", "was started")
    page.says(".facts", "1 restart in the last hour", f"process {first[0]}")


def test_the_charts_are_of_the_watcher_or_of_one_process_and_can_be_read(visit):
    circusd, page = visit(WEB)
    page.go("#/watchers/web")
    pid = circusd.pids("web")[0]
    shows(page, circusd.pids("web"))
    page.until(lambda: "now" in (name(page, "mem") or ""), "the chart was never described")
    assert name(page, "cpu").startswith("CPU of web, percent of one core, the last five minutes")
    assert "MiB" in name(page, "mem")
    page.press(str(pid))
    page.says("#charts-title", f"Process {pid}")
    page.until(lambda: f"process {pid} of web" in name(page, "cpu"), "not of the process")
    page.press("Whole watcher")
    page.until(lambda: "CPU of web" in name(page, "cpu"), "not of the whole watcher")
    page.press("As a table")
    page.says(".as-table[open] tbody", "%")


def name(page, key):
    return page.run(f"return document.querySelector('.chart.{key}').getAttribute('aria-label')")


def listen(visit, folder):
    """Show the output of a process that says what it is told; return the page, and its ear."""
    fifo = folder / "words"
    os.mkfifo(fifo)
    (folder / "talk.sh").write_text(TALK.replace("FIFO", str(fifo)))
    _, page = visit(TALKER.replace("FOLDER", str(folder)))
    page.go("#/watchers/talker/output")
    page.says(".output .found", "Waiting for output")
    return page, fifo


def test_live_output_scrolls_is_marked_and_is_shown_as_text_only(visit, tmp_path):
    page, fifo = listen(visit, tmp_path)
    with fifo.open("w", buffering=1) as words:
        words.write("hello\n")
        page.says(".lines", "1 <b>hello</b>", "bad 1")
        assert page.says(".line[data-stream=stderr]", "bad 1").startswith("err")
        assert page.count(".lines b") == 0, "text of a process became markup"
        assert "32m" not in page.text(".lines")
        words.write("again\n" * 100)
        page.says(".lines", "101 <b>again</b>", "bad 101")
        page.until(lambda: bottom(page) < 24, "it does not follow the end")
        page.press("Pause")
        words.write("later\n")
        page.says(".output .found", "Paused, 2 new lines")
        assert "later" not in page.text(".lines")
        page.press("Go on")
        page.says(".lines", "102 <b>later</b>")
        page.run("document.querySelector('.lines').scrollTop = 0")
        words.write("unseen\n")
        page.says(".lines", "103 <b>unseen</b>")
        assert bottom(page) > 24, "it follows although the reader has scrolled up"
        page.press("Jump to the end")
        page.until(lambda: bottom(page) < 24, "it is not at the end")
        page.find("#stream").send_keys("stderr")
        page.until(lambda: "again" not in page.text(".lines"), "stdout is still shown")


def bottom(page):
    return page.run(
        "const one = document.querySelector('.lines');"
        "return one.scrollHeight - one.scrollTop - one.clientHeight"
    )


def test_the_output_is_bounded(visit, tmp_path):
    page, fifo = listen(visit, tmp_path)
    with fifo.open("w") as words:
        words.write("many\n" * 1500)
        words.flush()
        page.until(lambda: "bad 1500" in page.text(".lines"), "the last line never came")
        assert page.count(".lines .line") <= 2000


def test_an_option_is_set_with_the_answer_shown_or_the_refusal(visit):
    circusd, page = visit(WEB)
    page.go("#/watchers/web/options")
    page.press("Set numprocesses")
    value = page.find("dialog input")
    value.clear()
    value.send_keys("3")
    page.agree()
    page.says(".messages", "numprocesses of web is 3 now")
    assert circusd.call("numprocesses", name="web")["numprocesses"] == 3
    page.says("[data-key=numprocesses] td", "3")
    page.press("Set max_age")
    value = page.find("dialog input")
    value.clear()
    value.send_keys("soon")
    page.agree()
    page.says("[data-kind=refused]", "max_age of web was not set", "integer")
    assert circusd.call("get", name="web", keys=["max_age"])["options"]["max_age"] == 0


def test_the_environment_is_hidden_until_it_is_asked_for(visit):
    _, page = visit(SECRET)
    page.go("#/watchers/web/options")
    page.says("[data-key=env] td", "PASSWORD=••••••")
    assert "hunter2" not in page.text("main")
    page.press("Show the values")
    page.says("[data-key=env] td", "PASSWORD=hunter2")


def test_a_watcher_that_is_not_there_is_said_so_and_shown_when_it_comes(visit):
    circusd, page = visit(WEB)
    page.go("#/watchers/late")
    page.says(".facts", "no watcher of this name")
    circusd.call("add", name="late", cmd="sleep 1000", start=True)
    page.says(".facts", "1 of 1 process")
    shows(page, circusd.pids("late"))
