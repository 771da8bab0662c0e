from __future__ import annotations

import asyncio
import signal

import pytest

from circus import forwarding
from circus.forwarding import chosen
from circus.sockets import CircusSockets
from circus.spec.model import WatcherSpec
from circus.watcher import Watcher
from tests.helpers.house import play


def test_what_is_asked_for_is_sent_on_wherever_it_runs():
    assert chosen([signal.SIGHUP]) == (signal.SIGHUP,)
    assert chosen(()) == ()


def test_by_itself_only_an_init_sends_on_and_only_what_means_nothing_to_circusd(monkeypatch):
    assert chosen(None) == ()
    monkeypatch.setattr(forwarding.os, "getpid", lambda: 1)
    found = chosen(None)
    assert signal.SIGUSR2 in found
    assert {signal.SIGRTMIN, signal.SIGRTMAX} <= {*found}
    ours = {signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGUSR1}
    assert ours.isdisjoint(found)


class Fleet(forwarding.Forwarding):
    forwards = ()


@pytest.mark.parametrize(
    ("essential", "names"), [(("b",), ["b"]), (("a", "b"), ["a", "b"]), ((), ["a", "b"])]
)
def test_it_goes_to_the_essential_ones_or_else_to_all_but_helpers(essential, names):
    specs = [WatcherSpec(name, "true", essential=name in essential) for name in "ab"]
    helper = WatcherSpec("circusd-stats", "true"), WatcherSpec("plugin:x", plugin_options={})
    watchers = [Watcher.from_spec(one) for one in (*specs, *helper)]
    found = Fleet(watchers, CircusSockets())._addressees()
    assert [one.name for one in found] == names


def test_the_processes_get_it_through_their_hooks(tmp_path):
    async def scene(house):
        asked = asyncio.Queue()

        def heard(**about):
            house.loop.call_soon_threadsafe(asked.put_nowait, int(about["signum"]))
            return about["signum"] != signal.SIGUSR2

        one = Watcher("one", "sleep 600", hooks={"before_signal": heard})
        arbiter = await house.up(one)
        (pid,) = one.get_active_pids()
        arbiter.forward(signal.SIGUSR2)
        assert await asked.get() == signal.SIGUSR2
        assert one.get_active_pids() == [pid]
        arbiter.forward(signal.SIGWINCH)
        assert await asked.get() == signal.SIGWINCH

    play(tmp_path, scene)
