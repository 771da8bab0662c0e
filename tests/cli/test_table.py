from __future__ import annotations

import pytest

from circus.cli import table
from circus.cli.table import Cell
from circus.wire.frames import make_message

STATUSES = {
    "statuses": {"web": "active", "bad": "stopped", "slow": "stopping", "few": "active"},
    "reasons": {"bad": "cannot exec 'x'"},
    "counts": {
        "web": {"up": 2, "wanted": 2},
        "bad": {"up": 0, "wanted": 1},
        "slow": {"up": 1, "wanted": 3},
        "few": {"up": 1, "wanted": 2},
    },
}


def test_statuses_stand_in_columns_sorted_by_name():
    assert table.text("status", STATUSES, colours=False).splitlines() == [
        "WATCHER  STATE     UP   REASON",
        "bad      stopped   0/1  cannot exec 'x'",
        "few      active    1/2",
        "slow     stopping  1/3",
        "web      active    2/2",
    ]


def test_a_watcher_that_backs_off_says_when_the_next_try_comes_and_how_the_last_one_ended():
    ended = {"how": "exit code 1", "ago": 4.0, "asked": False}
    stopped = {"how": "killed by SIGTERM", "ago": 4.0, "asked": True}
    answer = {
        "statuses": {"bad": "active", "web": "active"},
        "reasons": {"bad": "its processes die at once"},
        "backoff": ["bad"],
        "counts": {
            "bad": {"up": 0, "wanted": 1, "next_try": 2.26, "last_exit": ended},
            "web": {"up": 1, "wanted": 1, "last_exit": stopped},
        },
    }
    assert table.text("status", answer, colours=False).splitlines() == [
        "WATCHER  STATE    UP   NEXT TRY  LAST EXIT               REASON",
        "bad      backoff  0/1  in 2.3 s  exit code 1, 4.0 s ago  its processes die at once",
        "web      active   1/1",
    ]
    assert "\x1b[33mbackoff" in table.text("status", answer, colours=True)


def test_a_column_that_nobody_fills_is_left_out():
    plain = {"statuses": {"a": "active"}}  # as Circus 0.19 answers
    assert table.text("status", plain, colours=False) == "WATCHER  STATE\na        active"


def test_colours_tell_the_states_apart():
    bad, few, slow, web = table.text("status", STATUSES, colours=True).splitlines()[1:]
    assert "\x1b[31mstopped " in bad
    assert "\x1b[32mactive  " in web
    assert "\x1b[33mstopping" in slow
    assert "\x1b[33m1/2" in few
    assert "\x1b[33m" not in web


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "xterm", "NO_COLOR": ""}, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
        ({}, False),
    ],
)
def test_colours_are_for_terminals_that_have_them_and_people_who_want_them(environment, wanted):
    assert table.colourful(environment) is wanted


@pytest.mark.parametrize(
    ("verb", "answer"),
    [
        ("status", {"status": "active"}),
        ("status", {"statuses": {}}),
        ("status", {"statuses": {"a": "active"}, "behind": {"a": {"up": 1}}}),
        ("list", {"watchers": ["a"]}),
    ],
)
def test_what_is_no_table_is_left_to_others(verb, answer):
    assert table.text(verb, answer, colours=False) is None


@pytest.mark.parametrize(
    ("request_", "properties"),
    [
        (make_message("status"), {"counts": True}),
        (make_message("status", name="web"), {"name": "web"}),
        (make_message("list"), {}),
    ],
)
def test_the_counts_are_asked_for_where_the_table_shows_them(request_, properties):
    table.prepare(request_)
    assert request_["properties"] == properties


def info(pid, **more):
    facts = {"cmdline": "sh", "username": "me", "nice": 0, "mem_info1": "1M", "mem_info2": "2M"}
    return {"pid": pid, **facts, "cpu": 0.1, "mem": 0.2, "ctime": "0:00.1", **more}


def test_stats_stand_in_columns_with_children_below():
    infos = {"web": {"10": info(10, children=[info(11)]), "12": "No such process (stopped?)"}}
    assert table.text("stats", {"infos": infos}, colours=False).splitlines() == [
        "WATCHER  PID  PROGRAM                     USER  NICE  RSS  VMS  CPU  MEM  TIME",
        "web      10   sh                          me    0     1M   2M   0.1  0.2  0:00.1",
        "          11  sh                          me    0     1M   2M   0.1  0.2  0:00.1",
        "         12   No such process (stopped?)",
    ]


def test_stats_of_one_watcher_and_of_one_process_look_alike():
    one = table.text("stats", {"name": "web", "info": {"10": info(10)}}, colours=False)
    assert one.splitlines()[1].startswith("web      10   sh")
    only = table.text("stats", {"process": 10, "info": info(10)}, colours=False)
    assert only.splitlines()[1].startswith("10   sh")


def test_the_last_column_is_not_padded():
    rows = [[Cell("A"), Cell("B")], [Cell("1"), Cell("2")], [Cell("333"), Cell("4444")]]
    assert table.aligned(rows, colours=False) == "A    B\n1    2\n333  4444"
