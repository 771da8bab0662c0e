from __future__ import annotations

import pytest

from circus import commands

INFO = {"stopped": [], "started": [1, 2], "kept": []}

PRINTED = [
    ("start", {"status": "ok", "info": INFO}, "ok"),
    ("start", {"status": "error", "reason": "no"}, "error: no"),
    ("status", {"status": "error", "reason": "program x not found"}, "error: program x not found"),
    ("status", {"statuses": {"b": "active", "A": "stopped"}}, "A: stopped\nb: active"),
    ("status", {"statuses": {"a": "stopped"}, "reasons": {"a": "why"}}, "a: stopped (why)"),
    ("status", {"statuses": {}}, ""),
    ("status", {"status": "active", "up": 2}, "active"),
    ("status", {"status": "stopped", "reason": "why"}, "stopped (why)"),
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
