import pytest

from circus.figures import UNKNOWN
from circus.top.board import REMEMBERED, SORTS, Board


def stat(cpu=1.0, mem=2.0, age=3.0, **more):
    return {"cpu": cpu, "mem": mem, "age": age, **more}


@pytest.fixture
def board():
    return Board(timeout=3)


def test_samples_make_lines_and_parts(board):
    board.sample("web", "7", stat(5.0), now=10)
    board.sample("web", "8", stat(9.0), now=10)
    board.sample("web", None, stat(7.0), now=10)
    line = board.lines["web"]
    assert [part.pid for part in line.processes()] == [8, 7]
    assert (line.cpu, line.mem, line.age) == (7.0, 2.0, 3.0)


def test_the_group_circus_is_no_watcher_and_says_where_the_daemon_is(board):
    board.sample("circus", "7", stat(name="circusd"), now=10)
    board.sample("circus", None, stat(endpoint="tcp://a", pubsub_endpoint="tcp://b"), now=10)
    assert board.lines == {}
    assert board.circus.parts[7].name == "circusd"
    assert (board.endpoint, board.pubsub_endpoint) == ("tcp://a", "tcp://b")
    board.sample("circus", None, stat(), now=10)
    assert board.endpoint == "tcp://a"


def test_sockets_are_told_by_address(board):
    board.sample("sockets", "5", {"fd": 5, "reads": 3, "address": "localhost:80"}, now=10)
    board.sample("sockets", None, {"reads": 3, "addresses": ["localhost:80"]}, now=10)
    assert board.sockets == {"localhost:80": 3}
    assert board.lines == {}


def test_a_process_that_is_not_sampled_any_more_is_forgotten(board):
    board.sample("web", "7", stat(), now=10)
    board.sample("web", "8", stat(), now=12)
    board.sample("web", None, stat(), now=12)
    board.expire(now=13)
    assert list(board.lines["web"].parts) == [7, 8]
    board.expire(now=13.5)
    assert list(board.lines["web"].parts) == [8]
    board.expire(now=16)
    assert (board.lines["web"].cpu, board.lines["web"].age) == (0.0, UNKNOWN)


def test_the_daemon_says_which_watchers_there_are(board):
    board.sample("gone", "7", stat(), now=10)
    behind = {
        "up": 1,
        "wanted": 2,
        "restarts": 9,
        "next_try": 0.5,
        "backoff": True,
        "last_exit": {"how": "exit code 1"},
    }
    board.told({"statuses": {"web": "active", "idle": "stopped"}, "behind": {"web": behind}})
    assert sorted(board.lines) == ["idle", "web"]
    web = board.lines["web"]
    assert (web.status, web.up, web.wanted, web.restarts) == ("backoff", 1, 2, 9)
    assert (web.next_try, web.last_exit) == (0.5, "exit code 1")
    assert board.lines["idle"].status == "stopped"
    board.told({"statuses": {"web": "active"}})
    assert web.status == "active"
    assert web.next_try is None


def test_an_end_shows_at_once(board):
    board.sample("web", "7", stat(), now=10)
    board.sample("web", "8", stat(), now=10)
    board.heard("web", "reap", {"process_pid": 7, "time": 5.0, "seq": 1, "exit_code": -9})
    assert list(board.lines["web"].parts) == [8]
    board.heard("web", "stop", {"time": 6.0})
    assert board.lines["web"].parts == {}
    assert board.events[0].text == "process_pid 7, exit_code -9"
    board.heard("never seen", "remove", {})
    assert "never seen" not in board.lines


def test_only_the_latest_events_are_kept(board):
    for number in range(REMEMBERED + 10):
        board.heard("web", "updated", {"number": number})
    assert len(board.events) == REMEMBERED
    assert board.total == REMEMBERED + 10
    assert board.events[-1].text == f"number {REMEMBERED + 9}"


def test_lines_are_sorted_the_highest_figures_first(board):
    for name, cpu in (("b", 5.0), ("a", 1.0), ("c", UNKNOWN), ("d", 5.0)):
        board.sample(name, None, stat(cpu), now=10)
    names = lambda **order: "".join(one.name for one in board.in_order(**order))  # noqa: E731 - short
    assert names() == "abcd"
    assert names(reverse=True) == "dcba"
    assert names(sort="cpu") == "bdac"
    assert all(sorted(names(sort=sort)) == [*"abcd"] for sort in SORTS)


def test_only_names_with_the_pattern_are_shown_and_no_helpers(board):
    for name in ("Web", "webber", "queue", "circusd-stats"):
        board.line(name)
    assert [one.name for one in board.in_order(pattern="WEB")] == ["Web", "webber"]
    assert board.in_order(pattern="stats") == []
