from __future__ import annotations

import asyncio
import errno
import json
import os
import stat

import pytest
import zmq

from circus.controller import Controller
from circus.exc import ConflictError, StartError, Superseded
from circus.wire.frames import LIMIT
from tests.helpers.desk import PATIENCE, Dealer, desk
from tests.helpers.fleet import FakeFleet, FakeWatcher


@pytest.fixture
def fleet():
    return FakeFleet(FakeWatcher("web", 1, 2), FakeWatcher("worker", 3))


@pytest.fixture
def endpoint(tmp_path):
    return f"ipc://{tmp_path}/ctl"


def scene(fleet, endpoint, play):
    """Run a coroutine function with (controller, dealer) over a fleet."""

    async def run():
        with desk(fleet, endpoint) as (controller, dealer):
            return await asyncio.wait_for(play(controller, dealer), PATIENCE)

    return asyncio.run(run())


def reply(fleet, endpoint, *frames):
    """Send frames; return what is answered before the answer to a later, sound request."""

    async def play(_, dealer):
        dealer.send(*frames)
        dealer.ask("numwatchers", id="after")
        answers = []
        while not answers or answers[-1]["id"] != "after":
            answers.append(await dealer.answer())
        return answers[:-1]

    return scene(fleet, endpoint, play)


def test_a_request_is_answered_with_its_id_and_the_time(fleet, endpoint):
    answer = scene(fleet, endpoint, lambda _, dealer: dealer.call("list"))
    assert isinstance(answer.pop("time"), float)
    assert answer == {"status": "ok", "watchers": ["web", "worker"], "id": "i"}


UNSOUND = [
    (b"", 1, None),
    (b"   ", 1, None),
    (b"\x00\xff\xfe garbage", 1, None),
    (b"[1, 2]", 1, None),
    (b'{"id": 5}', 3, 5),
    (b'{"id": 5, "command": 7}', 2, 5),
    (b'{"id": 5, "command": "nope"}', 2, 5),
    (b'{"id": 5, "command": "list", "properties": 3}', 3, 5),
    (b"[" * 50_000, 1, None),
    (b'"' + b"x" * (LIMIT + 1) + b'"', 1, None),
]


@pytest.mark.parametrize(("raw", "number", "name"), UNSOUND)
def test_an_unsound_request_gets_one_error_and_harms_nobody(fleet, endpoint, raw, number, name):
    (answer,) = reply(fleet, endpoint, raw)
    assert answer["status"] == "error"
    assert (answer["errno"], answer["id"], answer["tb"]) == (number, name, None)
    assert answer["reason"]


@pytest.mark.parametrize("frames", [(b"", b"{}"), (b'{"command"', b': "list"}'), (b"",) * 300])
def test_a_request_of_several_frames_is_ignored_with_a_warning(fleet, endpoint, frames, caplog):
    assert reply(fleet, endpoint, *frames) == []
    assert "got unexpected message" in caplog.text


@pytest.mark.parametrize(
    "cast",
    [
        {"command": "list"},
        {"command": "nope"},
        {"command": 5},
        {},
        {"command": "incr"},
        {"command": "incr", "properties": {"name": "web", "waiting": True}},
        {"command": "stats"},
    ],
)
def test_a_cast_is_never_answered(fleet, endpoint, cast):
    raw = json.dumps({**cast, "msg_type": "cast", "id": "c"}).encode()
    assert reply(fleet, endpoint, raw) == []


def test_who_does_not_wait_is_answered_when_the_work_has_begun(fleet, endpoint):
    fleet.hold = True

    async def play(_, dealer):
        answer = await dealer.call("incr", name="web")
        assert "numprocesses" not in answer
        return answer["status"], fleet.asked, fleet.held["incr"].done()

    assert scene(fleet, endpoint, play) == ("ok", [("incr", "web", 1)], False)


def test_who_waits_is_answered_once_when_the_work_is_done(fleet, endpoint):
    fleet.hold = True

    async def play(_, dealer):
        dealer.ask("incr", id="long", name="web", waiting=True)
        assert (await dealer.call("numwatchers"))["id"] == "i"
        fleet.held["incr"].set_result(3)
        done = await dealer.answer()
        assert (await dealer.call("numwatchers"))["id"] == "i"
        return done["id"], done["numprocesses"]

    assert scene(fleet, endpoint, play) == ("long", 3)


def test_stats_are_answered_when_they_are_known_though_nobody_asked_to_wait(fleet, endpoint):
    fleet.hold = True

    async def play(_, dealer):
        dealer.ask("stats", name="web")
        assert (await dealer.call("numwatchers"))["numwatchers"] == 2
        fleet.held["stats"].set_result({"web": {1: "facts"}})
        return (await dealer.answer())["info"]

    assert scene(fleet, endpoint, play) == {"1": "facts"}


FAILURES = [
    (StartError("cannot exec 'x': No such file or directory"), 5, "cannot exec 'x': No such"),
    (Superseded("stop"), 5, "superseded by stop"),
    (ConflictError("arbiter is already running foo command"), 5, "arbiter is already running foo"),
    (PermissionError(errno.EPERM, "Operation not permitted"), 4, "[Errno 1] Operation not"),
]


@pytest.mark.parametrize(("problem", "number", "reason"), FAILURES)
@pytest.mark.parametrize("awaited", [True, False])
def test_a_failure_is_told_with_its_reason(fleet, endpoint, problem, number, reason, awaited):
    answer = failing(fleet, endpoint, problem, awaited)
    assert (answer["status"], answer["errno"], answer["tb"]) == ("error", number, None)
    assert answer["reason"].startswith(reason)


def failing(fleet, endpoint, problem, awaited):
    async def play(_, dealer):
        if not awaited:
            fleet.results["start"] = problem
            return await dealer.call("start", name="web", waiting=True)
        fleet.hold = True
        dealer.ask("start", name="web", waiting=True)
        await dealer.call("numwatchers")
        fleet.held["start"].set_exception(problem)
        return await dealer.answer()

    return scene(fleet, endpoint, play)


def test_what_nobody_expected_is_logged_with_a_traceback_and_told_in_short(fleet, endpoint, caplog):
    answer = failing(fleet, endpoint, ZeroDivisionError("a" * 999), awaited=False)
    assert (answer["errno"], answer["tb"]) == (5, None)
    assert answer["reason"].startswith("cannot start: ZeroDivisionError: aaa")
    assert len(answer["reason"]) < 300
    assert "Traceback" in caplog.text


def test_what_nobody_expected_while_waiting_is_a_server_error(fleet, endpoint, caplog):
    answer = failing(fleet, endpoint, ZeroDivisionError("secret"), awaited=True)
    assert (answer["errno"], answer["reason"]) == (6, "server error")
    assert "secret" in caplog.text


def test_a_failure_after_the_answer_is_logged(fleet, endpoint, caplog):
    fleet.hold = True

    async def play(_, dealer):
        await dealer.call("start", name="web")
        fleet.held["start"].set_exception(StartError("cannot exec 'x'"))
        await dealer.call("numwatchers")

    scene(fleet, endpoint, play)
    assert "cannot start: cannot exec 'x'" in caplog.text


def test_an_answer_that_cannot_be_shaped_is_still_an_answer(fleet, endpoint, caplog):
    fleet.hold = True

    async def play(_, dealer):
        dealer.ask("stats", name="web")
        await dealer.call("numwatchers")
        fleet.held["stats"].set_result({"another": {}})
        return await dealer.answer()

    assert scene(fleet, endpoint, play)["errno"] == 6
    assert "KeyError" in caplog.text


def test_a_thousand_requests_at_once_are_answered_once_each(fleet, endpoint):
    async def play(_, dealer):
        for number in range(1000):
            dealer.ask("incr", id=number, name="web", waiting=number % 2)
        return [(await dealer.answer())["id"] for _ in range(1000)]

    answered = scene(fleet, endpoint, play)
    assert sorted(answered) == list(range(1000))


def test_a_client_has_so_many_requests_in_flight_and_no_more(fleet, endpoint, monkeypatch):
    monkeypatch.setattr("circus.controller.IN_FLIGHT", 3)
    fleet.hold = True

    async def play(controller, dealer):
        for number in range(3):
            dealer.ask("incr", id=number, name="web", waiting=True)
        dealer.ask("incr", id="too many", name="web", waiting=True)
        refused = await dealer.answer()
        other = Dealer(controller.context, endpoint)
        served = await other.call("numwatchers")
        other.close()
        return refused, served

    refused, served = scene(fleet, endpoint, play)
    assert (refused["id"], refused["errno"]) == ("too many", 5)
    assert refused["reason"] == "cannot take more than 3 requests at a time"
    assert served["status"] == "ok"


def test_a_client_that_never_reads_delays_nobody(fleet, endpoint):
    fleet.watchers += [FakeWatcher("w" * 400 + str(n)) for n in range(200)]
    raw = json.dumps({"command": "status", "id": 1}).encode()

    async def play(controller, dealer):
        deaf = controller.context.socket(zmq.DEALER)
        deaf.rcvhwm = 1
        deaf.connect(endpoint)
        for number in range(2000):
            await sent(deaf, raw)
            if number % 500 == 0:
                assert (await dealer.call("numwatchers"))["status"] == "ok"
        deaf.close(0)
        return (await dealer.call("numwatchers"))["status"]

    assert scene(fleet, endpoint, play) == "ok"


async def sent(socket, raw):
    """Send as soon as the other side takes it."""
    while not socket.poll(0, zmq.POLLOUT):  # noqa: ASYNC110 - the controller runs in this loop
        await asyncio.sleep(0)
    socket.send(raw)


def test_a_client_that_has_gone_is_no_trouble(fleet, endpoint):
    fleet.hold = True

    async def play(controller, dealer):
        gone = Dealer(controller.context, endpoint)
        gone.ask("incr", name="web", waiting=True)
        while "incr" not in fleet.held:
            await dealer.call("numwatchers")
        gone.close()
        fleet.held["incr"].set_result(1)
        return (await dealer.call("numwatchers"))["status"]

    assert scene(fleet, endpoint, play) == "ok"


def test_what_is_open_when_the_endpoint_closes_is_answered(fleet, endpoint):
    fleet.hold = True

    async def play(controller, dealer):
        dealer.ask("incr", id="done", name="web", waiting=True)
        dealer.ask("start", id="open", name="web", waiting=True)
        dealer.ask("quit", id="quit", waiting=True)
        dealer.ask("stop", id="unasked", name="web")
        assert (await dealer.answer())["id"] == "unasked"
        fleet.held["incr"].set_result(3)
        controller.stop()
        answers = [await dealer.answer() for _ in range(3)]
        fleet.held["start"].set_exception(Superseded("quit"))
        return {answer["id"]: answer.get("reason", answer["status"]) for answer in answers}

    assert scene(fleet, endpoint, play) == {
        "done": "ok",
        "open": "superseded by quit",
        "quit": "ok",
    }


def test_the_loop_may_be_replaced_until_the_start(fleet, endpoint):
    async def run():
        context = zmq.Context()
        controller = Controller(endpoint, None, context, object(), fleet)
        controller.initialize()
        early = Dealer(context, endpoint)
        early.ask("numwatchers")
        controller.loop = asyncio.get_running_loop()
        controller.start()
        try:
            return await early.answer()
        finally:
            early.close()
            controller.stop()
            context.destroy(0)

    assert asyncio.run(run())["numwatchers"] == 2


def test_a_command_can_be_run_for_nobody(fleet, endpoint, caplog):
    async def play(controller, dealer):
        controller.run("reload", {"graceful": True})
        controller.run("reload", {"name": "nope"})
        return (await dealer.call("numwatchers"))["status"]

    assert scene(fleet, endpoint, play) == "ok"
    assert fleet.asked == [("reload_group", True, False)]
    assert "cannot reload: program nope not found" in caplog.text


def test_an_idle_controller_lets_the_loop_sleep(fleet, endpoint):
    async def play(_, dealer):
        await dealer.call("numwatchers")
        loop = asyncio.get_running_loop()
        turns, select = [], loop._selector.select
        loop._selector.select = lambda timeout: turns.append(timeout) or select(timeout)
        over = loop.create_future()
        loop.call_later(0.1, over.set_result, None)
        await over
        return len(turns)

    assert scene(fleet, endpoint, play) <= 3


def test_the_socket_of_an_ipc_endpoint_is_for_its_user_alone(fleet, endpoint, tmp_path):
    async def play(*_):
        return stat.S_IMODE(os.stat(tmp_path / "ctl").st_mode)

    assert scene(fleet, endpoint, play) & 0o077 == 0
