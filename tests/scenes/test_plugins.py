"""Plugins as their users see them: watchers that speak to the daemon, and never harm it."""

from __future__ import annotations

import os
import signal

import pytest

from tests.helpers.daemon import Daemon, argv, gone, spawn_circusd

PLUGIN = """
import json, os, sys
from circus.plugins import CircusPlugin

def say(**what): os.write(2, b"said " + json.dumps(what).encode() + b"\\n")

class Plugin(CircusPlugin):
    def __init__(self, *args, **config):
        super().__init__(*args, **config)
        say(config=config, check_delay=self.check_delay, active=self.active)
    def handle_init(self):
        self.loop.add_callback(say, up=True)
    def handle_recv(self, data):
        pass
    def handle_stop(self):
        say(down=True)

class Own(Plugin):
    own_options = ("max_age",)

class Resting(Plugin):
    def __init__(self, *args, **config):
        super().__init__(*args, **config)
        self.active = False

class Gone(Plugin):
    def handle_init(self):
        say(dies=True)
        os._exit(3)
"""
WEB = "[watcher:web]\ncmd = sleep 600\n"


@pytest.fixture
def start(circusd, tmp_path):
    """Return a function that starts a daemon with a plugin of this module."""
    (tmp_path / "theirs.py").write_text(PLUGIN)

    def start(options="", use="theirs.Plugin", **more):
        return circusd(f"{WEB}[plugin:p]\nuse = {use}\n{options}\n", **more)

    return start


def rewrite(daemon, old, new):
    text = daemon.file.read_text()
    assert old in text
    daemon.file.write_text(text.replace(old, new))


def test_a_plugin_is_a_watcher_that_gets_its_options_in_private(start):
    daemon = start("secret = a b:::c 'd\nmax_age = 3600", circus="check_delay = 0.25")
    said = daemon.log.until('"config"')
    assert '{"secret": "a b:::c \'d", "max_age": "3600", "name": "plugin:p"}' in said
    assert '"check_delay": 0.25, "active": true' in said
    daemon.log.until('"up"')
    [pid] = daemon.pids("plugin:p")
    with open(f"/proc/{pid}/environ", "rb") as environ:
        shown = " ".join([*argv(pid), str(environ.read()), *os.listdir(daemon.folder)])
    assert "theirs.Plugin" in shown
    assert "a b" not in shown
    assert "secret" not in daemon.ctl("options", "plugin:p")
    assert daemon.call("get", name="plugin:p", keys=["max_age"])["options"] == {"max_age": 3600}
    assert os.path.samestat(os.stat(f"/proc/{pid}/fd/0"), os.stat(os.devnull))


def test_what_the_plugin_declares_as_its_own_is_not_its_watchers(start):
    daemon = start("max_age = 3600", use="theirs.Own")
    assert '"max_age": "3600"' in daemon.log.until('"config"')
    assert daemon.call("get", name="plugin:p", keys=["max_age"])["options"] == {"max_age": 0}


def test_a_stop_is_heard_by_the_plugin_and_a_start_begins_anew(start):
    daemon = start()
    daemon.log.until('"up"')
    [first] = daemon.pids("plugin:p")
    assert daemon.ctl("stop", "plugin:p", "--waiting") == "ok"
    daemon.log.until('"down"')
    assert gone([first])
    assert daemon.ctl("start", "plugin:p", "--waiting") == "ok"
    daemon.log.until('"up"')
    assert daemon.pids("plugin:p") != [first]


def test_the_end_of_the_daemon_is_heard_by_the_plugin(start):
    daemon = start()
    daemon.log.until('"up"')
    daemon.signal(signal.SIGTERM)
    daemon.log.until('"down"', "Arbiter exiting")
    assert daemon.ended() == 0


def test_a_plugin_that_is_not_active_is_not_run(start):
    daemon = start("active = False")
    daemon.log.until("plugin:p is not active: it is not run", "web started")
    assert daemon.ctl("status") == "web: active"


def test_a_plugin_that_finds_itself_inactive_is_not_started_again(start):
    daemon = start(use="theirs.Resting")
    daemon.log.until("Will not start an inactive plugin")
    daemon.log.until("plugin:p stopped")
    assert daemon.ctl("status", "web") == "active"


def test_a_plugin_that_dies_comes_back_and_one_that_dies_at_once_waits(start):
    daemon = start()
    daemon.log.until('"up"')
    events = daemon.events()
    os.kill(daemon.pids("plugin:p")[0], signal.SIGKILL)
    events.until("plugin:p", "spawn")
    daemon.log.until('"up"')
    rewrite(daemon, "theirs.Plugin", "theirs.Gone")
    daemon.call("reloadconfig")
    daemon.log.until("place 1 waits 1 s")
    assert daemon.call("status", name="web")["status"] == "active"


def test_with_debug_what_a_plugin_prints_comes_out(start, tmp_path):
    (tmp_path / "prints.py").write_text(
        "from theirs import Plugin\n"
        "class Prints(Plugin):\n    def handle_init(self): print('printed', flush=True)\n"
    )
    daemon = start(use="prints.Prints", circus="debug = True")
    daemon.log.until("printed")


def test_the_log_of_a_plugin_goes_where_circusds_own_does(start, tmp_path):
    (tmp_path / "theirs.py").write_text(PLUGIN)
    file, log = tmp_path / "circus.ini", tmp_path / "circus.log"
    daemon = start()
    daemon.log.until('"up"')
    daemon.ctl("quit", "--waiting")
    assert daemon.ended() == 0
    process = spawn_circusd(file, "--log-output", str(log), "--log-level", "warning", cwd=tmp_path)
    with process:
        said = next(line for line in process.stderr if '"up"' in line)
        with open(f"/proc/{process.pid}/task/{process.pid}/children") as children:
            lines = [argv(int(pid)) for pid in children.read().split()]
        process.terminate()
    assert said
    [words] = [line for line in lines if "circus.plugins" in line]
    assert words[words.index("--log-output") + 1] == str(log)
    assert words[words.index("--log-level") + 1] == "warning"


BAD = """
from theirs import Plugin, say
from circus.plugins import CircusPlugin
from tornado.ioloop import PeriodicCallback

class NoMaking(Plugin):
    def __init__(self, *args, **config): raise KeyError("no making")

class NoBeginning(Plugin):
    def handle_init(self): raise KeyError("no beginning")

class NoHearing(Plugin):
    def handle_recv(self, data): raise KeyError("no hearing")

class NoEnding(Plugin):
    def handle_stop(self): raise KeyError("no ending")

class NoWorking(Plugin):
    def handle_init(self):
        PeriodicCallback(self.work, 10).start()
    def work(self): raise KeyError("no working")

class Silent(CircusPlugin):
    pass
"""


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("NoMaking", "no making"),
        ("NoBeginning", "no beginning"),
        ("NoHearing", "no hearing"),
        ("NoEnding", "no ending"),
        ("NoWorking", "no working"),
        ("Silent", "Silent does not say what it does with events"),
    ],
)
def test_a_plugin_that_fails_at_whatever_does_not_harm_the_daemon(circusd_and_bad, name, why):
    daemon = circusd_and_bad(name)
    daemon.log.until(*([] if name in {"NoMaking", "NoBeginning"} else ["Starting"]))
    events = daemon.events()
    if name == "NoEnding":
        daemon.log.until('"up"')
        daemon.call("stop", name="plugin:bad", waiting=True)
    while why not in daemon.log.so_far():
        daemon.call("set", name="web", options={"warmup_delay": 0})
        events.until("web", "updated")
    assert daemon.call("status", name="web")["status"] == "active"
    daemon.call("stop", name="plugin:bad", waiting=True)
    assert daemon.call("numprocesses", name="plugin:bad")["numprocesses"] == 0


@pytest.fixture
def circusd_and_bad(tmp_path):
    """Return a function that starts a daemon whose plugin may say tracebacks."""
    daemons = []

    def start(name):
        (tmp_path / "theirs.py").write_text(PLUGIN)
        (tmp_path / "bad.py").write_text(BAD)
        daemons.append(Daemon(tmp_path, f"{WEB}[plugin:bad]\nuse = bad.{name}\n"))
        return daemons[-1]

    yield start
    for daemon in daemons:
        daemon.close()


def plan(daemon):
    """Return what would be done, by watcher."""
    planned = daemon.call("reloadconfig", plan=True)["plan"]
    return {one["name"]: (one["act"], one["why"]) for one in planned["watchers"]}


def test_reloadconfig_changes_adds_and_removes_plugins(start):
    daemon = start("x = 1")
    daemon.log.until('"up"')
    assert plan(daemon)["plugin:p"] == ("keep", [])
    rewrite(daemon, "x = 1", "x = 2")
    assert plan(daemon) == {
        "plugin:p": ("reload", ["plugin_options"]),
        "web": ("keep", []),
    }
    daemon.call("reloadconfig", waiting=True)
    daemon.log.until('"down"', '"x": "2"')
    daemon.log.until('"up"')
    rewrite(daemon, "x = 2", "x = 2\n[plugin:more]\nuse = theirs.Plugin\ny = 3\n")
    assert plan(daemon)["plugin:more"] == ("add", [])
    daemon.call("reloadconfig", waiting=True)
    daemon.log.until('"name": "plugin:more"')
    daemon.log.until('"up"')
    rewrite(daemon, "y = 3", "y = 3\nactive = no")
    assert plan(daemon)["plugin:more"] == ("remove", [])
    daemon.call("reloadconfig", waiting=True)
    daemon.log.until('"down"')
    assert daemon.call("status")["statuses"] == {"plugin:p": "active", "web": "active"}


def test_a_changed_endpoint_waits_for_a_restart_and_plugins_with_it(start):
    daemon = start(circus="check_delay = 2")
    daemon.log.until('"up"')
    before = daemon.pids("plugin:p")
    rewrite(daemon, "check_delay = 2", "check_delay = 3\nloglevel = debug")
    assert plan(daemon)["plugin:p"] == ("keep", [])
    daemon.call("reloadconfig", waiting=True)
    assert daemon.pids("plugin:p") == before
    daemon.ctl("restart", "--waiting")
    assert '"check_delay": 3.0' in daemon.log.until('"check_delay": 3')
