"""The rules of a swap; tests/scenes/test_reloadconfig.py shows them on a whole daemon."""

from __future__ import annotations

import pytest

from circus.core.reload import Act
from circus.exc import ConfigError
from circus.reconfigure import Swap
from circus.roster import Roster
from circus.sockets import CircusSockets
from circus.spec.model import DaemonSpec, FleetSpec, HookSpec, SocketSpec, WatcherSpec
from circus.watcher import Watcher

WEB = WatcherSpec("web", "serve $(circus.sockets.www)", use_sockets=True)
OTHER = WatcherSpec("other", "sleep 1")


def swap(old, new, *at_run_time):
    there = [Watcher.from_spec(spec) for spec in (*old.watchers, *at_run_time)]
    return Swap(Roster(there, CircusSockets()), old, new)


def acts(made):
    return {one.name: one.act for one in made.changes.watchers}


def test_a_socket_that_moves_reloads_only_who_names_it():
    old = FleetSpec(watchers=(OTHER, WEB), sockets=(SocketSpec("www", port=1),))
    new = FleetSpec(watchers=(OTHER, WEB), sockets=(SocketSpec("www", port=2),))
    assert acts(swap(old, new)) == {"other": Act.KEEP, "web": Act.RELOAD}


def test_only_a_restart_changes_most_options_of_the_daemon():
    old = FleetSpec(DaemonSpec(warmup_delay=1, endpoint="tcp://127.0.0.1:1"))
    new = FleetSpec(DaemonSpec(warmup_delay=2, endpoint="tcp://127.0.0.1:2"))
    assert swap(old, new).needs_restart() == ["endpoint"]


def test_everything_that_is_wrong_is_told_at_once_and_nothing_stays_bound(tmp_path):
    bad = WatcherSpec("bad", "x", hooks={"before_start": HookSpec("no.such")})
    good, clash = str(tmp_path / "good"), str(tmp_path / "clash")
    (tmp_path / "clash").touch()
    sockets = (SocketSpec("good", path=good), SocketSpec("clash", path=clash))
    made = swap(FleetSpec(), FleetSpec(watchers=(bad, OTHER), sockets=sockets), OTHER)
    with pytest.raises(ConfigError) as caught:
        made.prepare()
    hook, guest, socket = map(str, caught.value.findings)
    assert hook.startswith("[watcher:bad] cannot find the hook 'no.such'")
    assert guest == "[watcher:other] was added at run time: remove it first"
    assert socket.startswith("[socket:clash] cannot bind")
    assert not (tmp_path / "good").exists()
