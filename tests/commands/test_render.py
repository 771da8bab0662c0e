from __future__ import annotations

import pytest

from circus import commands
from circus.commands import render

INFO = {"stopped": [], "started": [1, 2], "kept": []}

BEHIND = {
    "up": 1,
    "wanted": 2,
    "backoff": True,
    "next_try": 3.21,
    "reason": "why",
    "last_exit": {
        "process_pid": 47,
        "wid": 2,
        "exit_code": -9,
        "signal": 9,
        "how": "killed by SIGKILL",
        "asked": False,
        "ago": 65.0,
    },
    "contain": "session",
}
LINES = """\
  up: 1
  wanted: 2
  backoff: yes
  next try: in 3.2 s
  reason: why
  last exit: process 47 (wid 2), killed by SIGKILL, 1 min ago
  contain: session"""

PRINTED = [
    ("start", {"status": "ok", "info": INFO}, "ok"),
    ("start", {"status": "error", "reason": "no"}, "error: no"),
    ("status", {"status": "error", "reason": "program x not found"}, "error: program x not found"),
    ("status", {"statuses": {"b": "active", "A": "stopped"}}, "A: stopped\nb: active"),
    ("status", {"statuses": {"a": "stopped"}, "reasons": {"a": "why"}}, "a: stopped (why)"),
    ("status", {"statuses": {}}, ""),
    ("status", {"status": "active", "up": 2}, "active"),
    ("status", {"status": "stopped", "reason": "why"}, "stopped (why)"),
    (
        "status",
        {"statuses": {"a": "active"}, "reasons": {"a": "why"}, "backoff": ["a"]},
        "a: active (backoff: why)",
    ),
    ("status", {"status": "active", "reason": "why", "backoff": True}, "active (backoff: why)"),
    (
        "status",
        {"statuses": {"b": "active", "a": "stopped"}, "behind": {"a": {}, "b": BEHIND}},
        f"a: stopped\nb: active\n{LINES}",
    ),
    ("status", {"status": "active", **BEHIND, "behind": {"b": BEHIND}}, f"b: active\n{LINES}"),
    ("list", {"watchers": ["a", "b"]}, "a,b"),
    ("list", {"pids": [1, 2]}, "1,2"),
    ("list", {}, "error: Response doesn't contain 'pids' nor 'watchers'."),
    ("numprocesses", {"numprocesses": 3}, "3"),
    ("numwatchers", {"numwatchers": 2}, "2"),
    ("incr", {"numprocesses": 3}, "3"),
    ("incr", {}, "ok"),
    (
        "decr",
        {"numprocesses": 1, "singleton": True},
        "This watcher is a Singleton - not changing the number of processes",
    ),
    (
        "get",
        {"options": {"a": 1, "b": None, "env": {"B": "2", "A": "1"}, "c": True}},
        "a: 1\nb: \nenv: A=1,B=2\nc: True",
    ),
    ("options", {"options": {"env": {}}}, "env: "),
    (
        "globaloptions",
        {"options": {"endpoint": "a", "check_delay": 5.0}},
        "endpoint: a\ncheck_delay: 5.0",
    ),
    (
        "globaloptions",
        {"status": "error", "reason": "'x' not an existing option"},
        "'x' not an existing option",
    ),
    ("listsockets", {"sockets": []}, ""),
    (
        "listsockets",
        {
            "sockets": [
                {"fd": 6, "name": "ux", "backlog": 1, "path": "/run/x.sock"},
                {"fd": 7, "name": "web", "backlog": 1, "host": "127.0.0.1", "port": 8080},
            ]
        },
        "6:socket 'ux' at /run/x.sock\n7:socket 'web' at 127.0.0.1:8080",
    ),
    ("ipython", {"shell": False, "msg": "why"}, "error: Could not start ipython kernel (why)"),
]


@pytest.mark.parametrize(("verb", "answer", "text"), PRINTED)
def test_an_answer_is_printed_as_circus_printed_it(verb, answer, text):
    assert commands.find(verb).text(answer) == text


def facts(pid, *children):
    names = ("username", "nice", "mem_info1", "mem_info2", "cpu", "mem", "ctime")
    values = ("tarek", False, "132", "133", 13, 123, "xx")
    named = dict(zip(names, values, strict=True))
    return {"pid": pid, "cmdline": "xx", **named, "children": children}


LINES = """\
web:
1: 1  xx tarek False 132 133 13 123 xx
   2  xx tarek False 132 133 13 123 xx
3: No such process (stopped?)"""


def test_stats_are_printed_one_process_a_line_with_children_below():
    text = commands.find("stats").text
    infos = {"1": facts(1, facts(2)), "3": "No such process (stopped?)"}
    assert text({"name": "web", "info": infos}) == LINES
    assert text({"infos": {"web": infos, "old": {}}}) == f"{LINES}\nold:"
    assert (
        text({"process": 1, "info": facts(1, facts(2))}) == "\n".join(LINES.split("\n")[1:3]) + "\n"
    )


def test_the_facts_of_circusd_itself_are_indented():
    text = commands.find("dstats").text
    own = "Main Process:\n    1  xx tarek False 132 133 13 123 xx"
    assert text({"info": facts(1)}) == own
    assert (
        text({"info": facts(1, facts(2))})
        == f"{own}\nChildren:\n    2  xx tarek False 132 133 13 123 xx"
    )


def test_an_end_that_was_asked_for_says_so():
    last = {**BEHIND["last_exit"], "asked": True, "how": "exit code 0", "ago": 0.04}
    text = commands.find("status").text({"status": "stopped", "behind": {"b": {"last_exit": last}}})
    assert text.endswith("process 47 (wid 2), exit code 0, 0.0 s ago on request")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 s"),
        (59.94, "59.9 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (7200, "2 h"),
        (86400, "1 d"),
    ],
)
def test_a_time_is_told_in_the_largest_unit_that_fits(seconds, text):
    assert render.span(seconds) == text
