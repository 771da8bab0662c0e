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
