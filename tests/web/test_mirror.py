from __future__ import annotations

from circus.web.mirror import HOUR, REMEMBERED, SHOWN, Mirror


def answer(name="web", status="active", pids=None, **facts):
    about = {"priority": 3, "singleton": False, "on_demand": True, "pids": pids or {}}
    return {"statuses": {name: status}, "behind": {name: facts}, "about": {name: about}}


def mirror(**facts):
    made = Mirror("ipc://ctl")
    made.told(answer(**facts), 100.0)
    return made


def test_a_watcher_is_told_as_the_daemon_explains_it():
    made = mirror(up=1, wanted=2, reason="waits", contain="session")
    assert made.fleet(100.0) == [
        {
            "name": "web",
            "status": "active",
            "up": 1,
            "wanted": 2,
            "reason": "waits",
            "restarts": 0,
            "restarts_hour": 0,
            "priority": 3,
            "singleton": False,
            "on_demand": True,
        }
    ]


def test_times_are_counted_from_the_moment_of_telling():
    made = mirror(next_try=5.0, last_exit={"exit_code": 1, "ago": 2.0})
    (told,) = made.fleet(103.0)
    assert told["next_try"] == 2.0
    assert told["last_exit"] == {"exit_code": 1, "ago": 5.0}
    assert made.fleet(200.0)[0]["next_try"] == 0.0


def test_the_passing_of_time_is_no_change_and_everything_else_is():
    made = mirror(next_try=5.0, last_exit={"exit_code": 1, "ago": 2.0})
    later = answer(next_try=4.0, last_exit={"exit_code": 1, "ago": 3.0})
    assert made.told(later, 101.0) == ([], [])
    assert made.told(answer(up=1), 101.0) == (["web"], [])
    assert made.told(answer("other"), 101.0) == (["other"], ["web"])


def test_restarts_of_the_last_hour_are_those_that_were_seen():
    made = mirror(restarts=7)
    assert made.fleet(100.0)[0]["restarts_hour"] == 0
    made.told(answer(restarts=9), 200.0)
    made.told(answer(restarts=1), 300.0)  # begun anew by a start
    (told,) = made.fleet(300.0)
    assert (told["restarts"], told["restarts_hour"]) == (1, 3)
    assert made.fleet(201.0 + HOUR)[0]["restarts_hour"] == 1


def test_processes_follow_the_events():
    made = mirror(pids={"10": 1})
    made.heard("web", "spawn", {"process_pid": 11, "wid": 2, "seq": 1})
    assert made.watchers["web"].pids == {10: 1, 11: 2}
    made.heard("web", "reap", {"process_pid": 10, "seq": 2})
    made.heard("stranger", "reap", {"process_pid": 10, "seq": 3})
    assert made.watchers["web"].pids == {11: 2}


def test_a_gap_in_the_events_is_noticed_and_the_first_is_none():
    made = mirror()
    assert not made.heard("web", "stop", {"seq": 41})
    assert not made.heard("web", "stop", {"seq": 42})
    assert made.heard("web", "stop", {"seq": 44})
    made.lost("has gone")
    assert not made.heard("web", "stop", {"seq": 1})


def test_events_are_remembered_within_bounds():
    made = mirror()
    for number in range(REMEMBERED + 5):
        made.heard("web", "updated", {"seq": number, "time": number, "watcher": "web", "key": "x"})
    assert len(made.events) == REMEMBERED
    recent = made.recent("web")
    assert len(recent) == SHOWN
    assert recent[-1] == {
        "type": "event",
        "watcher": "web",
        "event": "updated",
        "at": REMEMBERED + 4,
        "fields": {"key": "x"},
    }
    assert made.recent("other") == []


def test_the_daemon_says_why_it_is_not_there():
    made = mirror()
    assert made.daemon()["reason"]
    made.found({"pid": 5, "create_time": 7.0}, "1.2")
    assert made.daemon() == {
        "up": True,
        "pid": 5,
        "version": "1.2",
        "endpoint": "ipc://ctl",
        "since": 7.0,
    }


def test_a_watcher_is_found_in_any_case():
    made = mirror()
    assert made.find("WEB") is made.watchers["web"]
    assert made.find("nobody") is None
    assert made.fleet(0.0, ["nobody"]) == []
