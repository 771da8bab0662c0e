from __future__ import annotations

import dataclasses

from circus.spec.console import entrusted, watcher
from circus.spec.door import Door
from circus.spec.model import CONSOLE
from circus.spec.plugins import Home

HOME = Home("tcp://*:5555", "tcp://127.0.0.1:5556", loglevel="info")


def made(home=HOME, at=Door("console.example", hosts=("a", "b")), close_outputs=False):  # noqa: B008 - a frozen one
    return watcher(home, at, close_outputs, "/usr/bin/python 3")


def test_the_console_is_a_singleton_that_has_the_daemons_sockets_and_environment():
    spec = made()
    assert (spec.name, spec.cmd, spec.priority) == (CONSOLE, "'/usr/bin/python 3'", 0)
    assert spec.singleton
    assert spec.use_sockets
    assert spec.copy_env
    assert spec.copy_path
    assert spec.args == (
        *("-m", "circus.web", "--letter", "--endpoint", "tcp://127.0.0.1:5555"),
        *("--pubsub", "tcp://127.0.0.1:5556", "--host", "console.example"),
        *("--fd", f"$(circus.sockets.{CONSOLE})", "--log-level", "info"),
        *("--allow-host", "a", "--allow-host", "b"),
    )


def test_the_token_is_in_the_letter_and_nowhere_else():
    spec = entrusted(made(), "the-token")
    assert spec.plugin_options == {"token": "the-token"}
    assert "the-token" not in repr(spec)


def test_its_outputs_may_be_closed():
    spec = made(close_outputs=True)
    assert (spec.close_child_stdout, spec.close_child_stderr) == (True, True)
    assert spec.stdout_stream is None


def test_with_debug_it_says_more_and_where_the_daemon_does():
    spec = made(dataclasses.replace(HOME, debug=True))
    assert "DEBUG" in spec.args
    assert spec.stdout_stream.cls == spec.stderr_stream.cls == "StdoutStream"
    assert made(dataclasses.replace(HOME, debug=True), close_outputs=True).stdout_stream is None
