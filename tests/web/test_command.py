"""circushttpd on its own, and what it refuses to begin with."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys

import pytest

from circus.web import run
from tests.helpers.console import TOKEN, Console
from tests.helpers.daemon import PATIENCE, Log, running


@pytest.fixture
def key(tmp_path):
    path = tmp_path / "key"
    path.write_text(f"{TOKEN}\n")
    path.chmod(0o600)
    return path


@pytest.mark.parametrize(
    ("text", "mode", "why"),
    [
        (None, 0o600, "No such file"),
        (TOKEN, 0o644, "may be read by others"),
        ("short", 0o600, "too short"),
    ],
)
def test_without_a_good_token_it_does_not_begin(capsys, tmp_path, text, mode, why):
    path = tmp_path / "key"
    if text is not None:
        path.write_text(text)
        path.chmod(mode)
    assert run(["--token-file", str(path)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("circushttpd: ")
    assert why in said


def test_without_any_token_it_says_what_to_give(capsys):
    assert run([]) == 1
    assert "--token-file" in capsys.readouterr().err


def test_it_serves_without_a_daemon_and_finds_one_later(tmp_path, key):
    ends = f"ipc://{tmp_path}/ctl", f"ipc://{tmp_path}/pub"
    words = ("--endpoint", ends[0], "--pubsub", ends[1], "--token-file", key, "--port", "0")
    process = subprocess.Popen(
        [sys.executable, "-m", "circus.web", *words, "--host", "127.0.0.1"],
        stderr=subprocess.STDOUT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )

    class Alone:
        log = Log(process.stdout)

    try:
        site = Console(Alone, "circushttpd serves at")
        health = site.ask("GET", "/healthz")
        assert (health.status, health.json["up"]) == (503, False)
        refused = site.ask("POST", "/api/quit", {})
        assert refused.status == 502
        assert "cannot reach circusd" in refused.json["reason"]
        with running(tmp_path, "[watcher:web]\ncmd = sleep 60\n"):
            Alone.log.until("circusd answers at")
            assert site.ask("GET", "/healthz").status == 200
        Alone.log.until("has gone")
        assert site.ask("GET", "/healthz").status == 503
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
        assert "circushttpd has ended" in Alone.log.rest()
    finally:
        process.kill()
        process.wait()


def test_an_address_that_it_cannot_have_is_named(key, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        words = ["--token-file", str(key), "--host", "127.0.0.1", "--port", str(port)]
        done = subprocess.run(
            [sys.executable, "-m", "circus.web", *words],
            capture_output=True,
            text=True,
            check=False,
        )
    said = f"circushttpd: cannot serve at 127.0.0.1:{port}: Address already in use\n"
    assert (done.returncode, done.stderr) == (1, said)
    with pytest.raises(SystemExit) as ended:
        run(["--port", "99999"])
    assert (ended.value.code, "invalid" in capsys.readouterr().err) == (2, True)
