"""The HTTP API on a real daemon."""

from __future__ import annotations

import asyncio

import pytest

from circus import commands
from circus.spec.model import CONSOLE
from circus.web.api import MOST_UNDER_WAY
from tests.helpers.console import alone


def test_everything_is_seen_at_a_glance(site):
    found = site.ask("GET", "/api/watchers").json
    named = {one["name"]: one for one in found["watchers"]}
    assert named.keys() == {"web", "Idle One", CONSOLE}
    assert (named["web"]["status"], named["web"]["up"], named["web"]["wanted"]) == ("active", 2, 2)
    assert named["Idle One"]["status"] == "stopped"
    assert named[CONSOLE]["singleton"]
    daemon = found["daemon"]
    assert (daemon["up"], daemon["pid"]) == (True, site.daemon.process.pid)


def test_one_watcher_is_told_with_its_processes(site):
    found = site.ask("GET", "/api/watchers/WEB").json
    assert sorted(one["pid"] for one in found["processes"]) == sorted(site.daemon.pids("web"))
    assert {one["wid"] for one in found["processes"]} == {1, 2}
    assert all(one["mem"] > 0 and one["age"] >= 0 and one["fds"] for one in found["processes"])
    assert site.ask("GET", "/api/watchers/Idle%20One").json["processes"] == []
    assert site.ask("GET", "/api/watchers/nobody").status == 404


@pytest.mark.parametrize(
    "verb", [verb for verb, one in commands.get_commands().items() if one.reads]
)
def test_a_verb_that_reads_answers_what_the_wire_does(site, verb):
    path = {
        "get": "watchers/web/get?keys=numprocesses&keys=cmd",
        "listen": "events",
        "options": "watchers/web/options",
        "tail": "watchers/web/tail?lines=1",
    }.get(verb, verb)
    if verb == "listen":
        assert site.ask("GET", "/api/listen").status == 404
        return
    reply = site.ask("GET", f"/api/{path}")
    assert reply.status == 200
    assert "reason" not in reply.json


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/api/watchers/nobody/status", None, 404),
        ("POST", "/api/watchers/nobody/stop", {}, 404),
        ("POST", "/api/watchers/we%2A/stop", {}, 404),
        ("GET", "/api/watchers/web/nonsense", None, 404),
        ("POST", "/api/watchers/web/quit", {}, 404),
        ("POST", "/api/incr", {}, 404),
        ("POST", "/api/watchers/web/status", {}, 405),
        ("GET", "/api/watchers/web/stop", None, 405),
        ("GET", "/api/watchers/web/tail?lines=x", None, 400),
        ("GET", "/api/watchers/web/get", None, 400),
        ("POST", "/api/watchers/web/incr", {"nb": "x"}, 400),
        ("POST", "/api/watchers/web/incr", {"colour": 1}, 400),
        ("POST", "/api/watchers/web/incr", {"name": "web"}, 400),
        ("POST", "/api/watchers/web/signal", {"signum": "NOPE"}, 400),
        ("POST", "/api/watchers/web/signal", {}, 400),
        ("POST", "/api/watchers/web/set", {"options": {"nope": 1}}, 400),
        ("POST", "/api/watchers/web/add", {"cmd": "true"}, 409),
        ("POST", "/api/watchers/web/signal", {"signum": "HUP", "childpid": 1}, 409),
        ("GET", "/api/watchers/Idle%20One/tail", None, 400),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(site, method, path, body, status):
    reply = site.ask(method, path, body)
    assert reply.status == status, reply
    assert reply.json["reason"]


def test_a_body_that_is_not_said_to_be_json_is_refused(site):
    sent = {"Content-Type": "text/plain"}
    assert site.ask("POST", "/api/watchers/web/incr", "{}", **sent).status == 415


def test_commands_change_the_daemon(console):
    site = console()
    done = {"waiting": True}
    assert site.ask("POST", "/api/watchers/web/incr", {"nb": 1, **done}).json["numprocesses"] == 3
    assert len(site.daemon.pids("web")) == 3
    assert site.ask("POST", "/api/watchers/Idle One/start".replace(" ", "%20"), done).status == 200
    assert site.daemon.call("status", name="idle one")["status"] == "active"
    assert site.ask("POST", "/api/watchers/web/stop", done).status == 200
    assert site.daemon.pids("web") == []
    added = site.ask("POST", "/api/watchers/new/add", {"cmd": "sleep 60", "start": True, **done})
    assert added.status == 200
    assert len(site.daemon.pids("new")) == 1
    assert site.ask("POST", "/api/watchers/new/rm", done).status == 200
    assert site.ask("POST", "/api/stop", {"name": "idle*", **done}).status == 200
    assert site.daemon.call("status", name="idle one")["status"] == "stopped"


def test_more_commands_than_the_daemon_could_bear_are_refused_whoever_asks(tmp_path):
    async def scene():
        async with alone(tmp_path) as (rooms, site):
            rooms.under_way = MOST_UNDER_WAY
            reply = await site.fetch("POST", "/api/reloadconfig", {})
            page = await site.page()
            await page.say(ref=1, command="reloadconfig")
            answer = await page.until("answer")
            rooms.under_way = 0
        assert (reply.status, answer["ok"]) == (503, False)
        assert reply.json["reason"] == answer["reason"]
        assert f"more than {MOST_UNDER_WAY} commands" in answer["reason"]

    asyncio.run(scene())
