from __future__ import annotations

from circus.arbiter import Arbiter
from tests.helpers.house import watcher

CONFIG = {"endpoint": "x", "watchers": [{"name": "A"}], "plugins": [{"name": "p"}], "sockets": []}


def test_a_configuration_is_looked_into():
    arbiter = Arbiter([])
    assert arbiter.get_arbiter_config(CONFIG) == {"endpoint": "x"}
    assert arbiter.get_watcher_config(CONFIG, "A") == {"name": "A"}
    assert arbiter.get_watcher_config(CONFIG, "a") is None
    assert arbiter.get_plugin_config(CONFIG, "p") == {"name": "p"}


def test_watchers_are_started_and_stopped_by_the_old_names(play):
    async def scene(house):
        one, two = watcher("one"), watcher("two")
        arbiter = await house.up(one, two)
        await arbiter.stop_watchers(lambda **_: [one])
        assert arbiter.statuses() == {"one": "stopped", "two": "active"}
        await arbiter.start_watcher(one)
        await arbiter.stop_watchers()
        assert {*arbiter.statuses().values()} == {"stopped"}
        await arbiter.start_watchers()
        before = list(two.processes)
        await arbiter.restart(watcher_iter_func=lambda **_: [one])
        assert list(two.processes) == before
        await arbiter.restart()
        assert list(two.processes) != before
        assert {*arbiter.statuses().values()} == {"active"}

    play(scene)


def test_what_it_is_up_to_can_be_seen(play):
    async def scene(house):
        arbiter = house.arbiter(watcher("web"))
        assert (arbiter.evpub_socket, arbiter._stopping, arbiter.socket_event) == (
            None,
            False,
            False,
        )
        await arbiter.start()
        assert arbiter.evpub_socket is arbiter.publisher.socket
        assert arbiter.endpoint_owner_mode is False
        stopped = arbiter.stop()
        assert arbiter._stopping
        await stopped

    play(scene)


def test_a_restart_inside_circusd_ends_it_with_that_wish(play):
    async def scene(house):
        arbiter = await house.up(watcher("web"))
        await arbiter.restart(inside_circusd=True)
        assert (arbiter.running, arbiter._restarting) == (False, True)

    play(scene)


def test_endpoints_and_sockets_can_be_closed_alone(play):
    async def scene(house):
        arbiter = await house.up(watcher("web"))
        arbiter.stop_controller_and_close_sockets()
        assert arbiter.evpub_socket is None
        await arbiter.stop()

    play(scene)
