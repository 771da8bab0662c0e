from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys

import pytest

from circus.plugins import command, main
from circus.spec.options.plugin import INACTIVE
from tests.helpers.plugs import PATIENCE, Wire
from tests.helpers.source import ROOT

PLUGIN = """
import json, os, signal, threading
from circus.plugins import CircusPlugin

def say(**what): os.write(1, json.dumps(what).encode() + b"\\n")

class Plugin(CircusPlugin):
    def __init__(self, *args, **config):
        super().__init__(*args, **config)
        say(given=args, config=config)
    def handle_init(self):
        self.loop.add_callback(say, running=True)
    def handle_recv(self, data):
        pass
    def handle_stop(self):
        say(stopped=True)

class Stubborn(Plugin):
    def handle_stop(self):
        say(stopped=True)
        threading.Event().wait()

class Lingering(Plugin):
    def handle_stop(self):
        threading.Thread(target=threading.Event().wait).start()

class Busy(Plugin):
    def handle_init(self):
        self.loop.add_callback(self.spin)
    def spin(self):
        say(running=True)
        while True: pass

class Inactive(Plugin):
    def __init__(self, *args, **config):
        super().__init__(*args, **config)
        self.active = False

class NoBeginning(Plugin):
    def handle_init(self): raise KeyError("no beginning")
"""
IMPATIENT = "import sys; from circus.plugins import command; command.GRACE = 0.1; command.main()"


@pytest.fixture
def wire(tmp_path):
    wire = Wire(tmp_path)
    yield wire
    wire.close()


@pytest.fixture
def start(tmp_path, wire):
    """Return a function that starts circus-plugin by hand, in the directory of the plugins."""
    (tmp_path / "theirs.py").write_text(PLUGIN)
    started = []

    def start(*words, program=("-m", "circus.plugins"), stdin=None):
        places = ["--endpoint", wire.endpoint, "--pubsub", wire.pubsub]
        process = subprocess.Popen(
            [sys.executable, *program, *places, *words],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        if stdin:
            process.stdin.write(stdin)
            process.stdin.close()
            process.stdin = None
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def until_running(process):
    """Read what a plugin says until it runs."""
    said = {}
    while "running" not in said:
        said |= json.loads(process.stdout.readline())
    return said


def end(process, signum=signal.SIGTERM):
    """Ask a plugin to end; return its exit code and what it said and logged."""
    process.send_signal(signum)
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out, err


def test_the_usage_is_told(capsys):
    assert command.run([]) == 0
    out = capsys.readouterr().out
    assert out.startswith("usage: circus-plugin [-h] [--endpoint ENDPOINT]")


def test_circus_plugin_ends_with_its_code(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    with pytest.raises(SystemExit) as ended:
        main(["--check-delay", "soon"])
    assert ended.value.code == 2
    capsys.readouterr()


def test_what_is_not_said_has_its_default():
    args = command.parser().parse_args(["a.B"])
    assert (args.endpoint, args.pubsub) == ("tcp://127.0.0.1:5555", "tcp://127.0.0.1:5556")
    assert (args.config, args.check_delay, args.ssh) == (None, 5.0, None)
    assert (args.loglevel, args.logoutput, args.plugin) == ("info", "-", "a.B")


@pytest.mark.parametrize(
    ("text", "options"),
    [
        (None, {}),
        ("", {}),
        ("a:1", {"a": "1"}),
        (" a : 1 :::b:x:y::: c :::d:", {"a": "1", "b": "x:y", "d": ""}),
        ("__name__:plugin:x:::name:plugin:x", {"__name__": "plugin:x", "name": "plugin:x"}),
    ],
)
def test_options_on_the_command_line_are_pairs(text, options):
    assert command.options(text) == options


class Stdin(io.TextIOWrapper):
    def fileno(self):
        return self.number


@pytest.fixture
def stdin(tmp_path, monkeypatch):
    with open(tmp_path / "stdin", "w+b") as file:
        number = os.dup(file.fileno())
        made = Stdin(file)
        made.number = number
        monkeypatch.setattr(sys, "stdin", made)
        yield file
        os.close(number)


def test_options_on_the_standard_input_are_read_once_and_then_gone(stdin):
    stdin.write(b'{"a": "x:::y", "b": "two words"}')
    stdin.seek(0)
    assert command.options("-") == {"a": "x:::y", "b": "two words"}
    assert os.read(sys.stdin.fileno(), 10) == b""
    assert os.path.samestat(os.fstat(sys.stdin.fileno()), os.stat(os.devnull))


def test_what_is_no_object_is_no_options(stdin):
    stdin.write(b"[1]")
    stdin.seek(0)
    with pytest.raises(ValueError, match="expected a JSON object"):
        command.options("-")


def test_a_plugin_that_is_run_by_hand_is_given_what_was_said(start, wire):
    words = ["--config", "a:1:::b:x y", "--check-delay", "0.5", "theirs.Plugin"]
    process = start(*words)
    said = until_running(process)
    assert said["given"] == [wire.endpoint, wire.pubsub, 0.5, None]
    assert said["config"] == {"a": "1", "b": "x y"}
    code, out, log = end(process)
    assert (code, out) == (0, '{"stopped": true}\n')
    assert [line.partition("[INFO] ")[2] for line in log.splitlines()] == [
        "Loading the plugin...",
        f"Endpoint: {wire.endpoint!r}",
        f"Pub/sub: {wire.pubsub!r}",
        "Starting",
        "Stopping",
    ]


def test_control_c_ends_a_plugin_in_its_own_way(start):
    process = start("theirs.Plugin")
    until_running(process)
    code, out, log = end(process, signal.SIGINT)
    assert (code, out) == (0, '{"stopped": true}\n')
    assert "Traceback" not in log


def test_its_options_may_come_from_the_standard_input(start):
    process = start("--config", "-", "theirs:Plugin", stdin='{"a": "x:::y z"}')
    assert until_running(process)["config"] == {"a": "x:::y z"}
    assert end(process)[0] == 0


@pytest.mark.parametrize("name", ["Stubborn", "Lingering", "Busy"])
def test_a_plugin_that_does_not_end_has_a_moment_and_is_ended(start, name):
    process = start(f"theirs.{name}", program=("-c", IMPATIENT))
    until_running(process)
    code, _, log = end(process)
    assert code == 1
    assert "the plugin did not end within 0.1 seconds: its process ends now" in log


def test_the_moment_is_two_seconds():
    assert command.GRACE == 2.0


def test_a_plugin_that_is_not_active_says_so_with_its_exit_code(start):
    process = start("theirs.Inactive")
    _, log = process.communicate(timeout=PATIENCE)
    assert process.returncode == INACTIVE
    assert "Will not start an inactive plugin" in log


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("theirs.NoBeginning", "KeyError: 'no beginning'"),
        ("theirs.Nobody", "AttributeError"),
        ("nowhere.Plugin", "No module named 'nowhere'"),
    ],
)
def test_a_plugin_that_cannot_be_run_says_why(start, name, why):
    _, log = (process := start(name)).communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert f"cannot run the plugin {name}" in log
    assert why in log
