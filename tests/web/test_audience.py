from __future__ import annotations

import asyncio
import json

from circus.web.audience import Audience
from circus.web.mirror import Mirror
from circus.web.post import PER_SECOND
from circus.web.samples import Samples


class Listener:
    def __init__(self, watched=None):
        self.watched = watched
        self.heard = []

    def say(self, kind, text):
        assert json.loads(text)["type"] == kind
        self.heard.append((kind, json.loads(text)))

    def kinds(self):
        return [kind for kind, _ in self.heard]


def room(scene):
    """Run a scene with an audience of one watcher that nobody looks at yet."""

    async def run():
        mirror = Mirror("ipc://ctl")
        mirror.told({"statuses": {"web": "active"}}, 0.0)
        audience = Audience(mirror, Samples(mirror))
        try:
            await scene(audience)
        finally:
            audience.close()

    asyncio.run(run())


def test_the_first_to_come_wakes_the_others_up_and_the_second_does_not():
    async def scene(audience):
        came = []
        audience.came = lambda: came.append(1)
        one, two = Listener(), Listener()
        assert not audience.looking
        audience.join(one)
        audience.join(two)
        assert (came, audience.looking) == ([1], True)
        audience.leave(one)
        audience.leave(two)
        audience.leave(two)
        assert not audience.looking

    room(scene)


def test_everybody_hears_what_changes():
    async def scene(audience):
        one, two = Listener("web"), Listener()
        audience.join(one)
        audience.join(two)
        audience.watchers(["web"], ["old"])
        audience.daemon()
        audience.fleet()
        for each in (one, two):
            assert [kind for kind in each.kinds() if kind not in {"samples", "processes"}] == [
                *("watchers", "daemon", "fleet")
            ]
        assert two.heard[-3][1]["gone"] == ["old"]
        assert two.heard[-2][1]["up"] is False

    room(scene)


def test_the_processes_of_a_watcher_are_told_to_those_who_watch_it():
    async def scene(audience):
        one, two = Listener("web"), Listener()
        audience.join(two)
        audience.join(one)
        audience._tick()
        assert "processes" in one.kinds()
        assert "processes" not in two.kinds()
        assert "samples" in two.kinds()

    room(scene)


def test_a_flood_of_events_is_cut_and_what_is_missed_is_told():
    async def scene(audience):
        one = Listener()
        audience.join(one)
        for _ in range(3 * PER_SECOND):
            audience.event({"type": "event"})
        told = one.kinds().count("event")
        assert PER_SECOND <= told <= 2 * PER_SECOND  # a second may have begun meanwhile
        audience._tick()
        missed = [message for kind, message in one.heard if kind == "missed"]
        assert missed == [{"type": "missed", "count": 3 * PER_SECOND - told}]

    room(scene)


def test_nobody_is_told_nothing():
    async def scene(audience):
        audience.event({"type": "event"})
        audience.watchers(["web"], [])
        audience.daemon()
        audience._tick()

    room(scene)
