from __future__ import annotations

import asyncio
import sys

import pytest

from circus.arbiter import Arbiter
from circus.plugged import Console, Home, hosted, watchers
from circus.sockets import CircusSockets
from circus.spec.door import Door
from circus.spec.model import CONSOLE, FleetSpec
from tests.helpers.plugs import PATIENCE

HOME = Home("ipc:///ctl", "ipc:///pub")
FLAPPING = "circus.plugins.flapping.Flapping"
THEIRS = """
import os
from circus.plugins import CircusPlugin

class Theirs(CircusPlugin):
    own_options = ("max_age",)
    def handle_init(self):
        self.loop.add_callback(self.tell)
    def tell(self):
        with open(self.config["place"], "w") as place:
            place.write(f"{self.config} {sorted(self.call('list')['watchers'])}")
    def handle_recv(self, data):
        pass
"""


@pytest.fixture
def theirs(tmp_path, monkeypatch):
    (tmp_path / "plugged_theirs.py").write_text(THEIRS)
    monkeypatch.chdir(tmp_path)
    return "plugged_theirs.Theirs"


def test_a_plugin_becomes_a_watcher_that_runs_this_python():
    [watcher] = watchers([{"use": FLAPPING, "name": "plugin:f", "max_retry": 1}], HOME)
    assert watcher.name == "plugin:f"
    assert watcher.cmd == sys.executable
    assert watcher.args[:2] == ("-m", "circus.plugins")
    assert watcher.args[-1] == FLAPPING
    assert watcher.max_retry == 5
    assert watcher.spec.plugin_options == {"max_retry": "1", "name": "plugin:f"}


def test_what_a_class_declares_is_read_and_the_class_not_imported(theirs):
    [watcher] = watchers([{"use": theirs, "max_age": 5}], HOME)
    assert watcher.max_age == 0
    assert "plugged_theirs" not in sys.modules


def test_an_inactive_plugin_has_no_watcher():
    assert watchers([{"use": FLAPPING, "active": False}], HOME) == []


@pytest.mark.parametrize(
    ("plugin", "home", "error", "why"),
    [
        ({"use": "nowhere.Plugin"}, HOME, ImportError, "there is no module 'nowhere'"),
        ({}, HOME, ValueError, "'use' is missing"),
        ({"use": FLAPPING, "active": "perhaps"}, HOME, ValueError, "not a boolean"),
        ({"use": FLAPPING}, Home(None, None), ValueError, "there is no endpoint"),
    ],
)
def test_a_plugin_that_cannot_be_is_refused(plugin, home, error, why):
    with pytest.raises(error, match=why):
        watchers([plugin], home)


def test_a_configuration_without_plugins_stays_as_it_is():
    assert hosted(FleetSpec(), HOME) == FleetSpec()


def test_a_program_that_embeds_circus_gives_its_plugins_as_mappings(theirs, tmp_path):
    place = tmp_path / "told"
    plugin = {"use": theirs, "place": place, "max_age": 1, "close_child_stderr": True}

    async def run():
        loop = asyncio.get_running_loop()
        arbiter = Arbiter(
            [],
            f"ipc://{tmp_path}/ctl",
            f"ipc://{tmp_path}/pub",
            check_delay=0.1,
            loop=loop,
            plugins=[plugin],
        )
        await arbiter.start()
        end = loop.time() + PATIENCE
        while not (place.exists() and place.read_text()):
            assert loop.time() < end
            await asyncio.sleep(0.01)
        await arbiter.stop()

    asyncio.run(run())
    assert place.read_text() == (
        f"{{'place': '{place}', 'max_age': '1', 'close_child_stderr': 'True',"
        f" 'name': '{theirs}'}} ['{theirs.lower()}']"
    )


def test_the_console_is_a_watcher_that_is_told_its_token_in_private():
    console = Console(HOME, Door(token="a-token-that-is-long-enough"), close_outputs=False)
    spec = console.watcher.spec
    assert (spec.name, spec.singleton) == (CONSOLE, True)
    assert spec.plugin_options["token"] == "a-token-that-is-long-enough"
    assert "a-token" not in str(console.watcher.options())


def test_the_console_has_a_socket_among_the_managed_ones():
    console = Console(HOME, Door(port=0), close_outputs=True)
    sockets = CircusSockets()
    console.add_socket(sockets)
    console.add_socket(sockets)
    try:
        sockets.bind_and_listen_all()
        assert [*sockets] == [CONSOLE]
        assert sockets[CONSOLE].port > 0
    finally:
        sockets.close_all()


@pytest.mark.parametrize(
    ("home", "door", "why"),
    [
        (Home(None, None), Door(), "no endpoint"),
        (HOME, Door("0.0.0.0"), "httpd_host '0.0.0.0' is beyond this machine"),
        (HOME, Door(token="short"), "too short"),
    ],
)
def test_a_console_that_cannot_be_is_refused(home, door, why):
    with pytest.raises(ValueError, match=why):
        Console(home, door, close_outputs=False)
