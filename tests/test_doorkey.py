from __future__ import annotations

import os
import re
import stat
import subprocess
import sys

import pytest

from circus.doorkey import Doorkey, from_file
from circus.spec.door import Door, TokenError

TOKEN = "a-token-that-is-long-enough"


@pytest.fixture
def file(tmp_path):
    def write(text=f"{TOKEN}\n", mode=0o600):
        path = tmp_path / "key"
        path.write_bytes(text.encode("latin-1"))
        path.chmod(mode)
        return str(path)

    return write


@pytest.fixture
def hall(tmp_path, monkeypatch):
    """The directory of this user's own."""
    path = tmp_path / "run"
    path.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(path))
    return path


def test_a_token_is_read_from_its_file(file):
    assert from_file(file()) == TOKEN
    assert Doorkey(Door(token_file=file())).token == TOKEN


@pytest.mark.parametrize(
    ("text", "mode", "why"),
    [
        (TOKEN, 0o640, "read by others.*chmod 600"),
        (TOKEN, 0o604, "read by others"),
        ("short", 0o600, "too short"),
        ("ü" * 20, 0o600, "no ASCII"),
        ("x" * 10_000 + "\n y", 0o600, "no token"),
    ],
)
def test_a_file_that_will_not_do_is_refused_by_name(file, text, mode, why):
    path = file(text, mode)
    with pytest.raises(TokenError, match=why) as refused:
        from_file(path)
    assert path in str(refused.value)
    assert TOKEN not in str(refused.value)


def test_a_pipe_is_no_file_and_holds_nobody_up(tmp_path):
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(TokenError, match="no file"):
        from_file(str(tmp_path / "pipe"))


def test_a_token_that_is_too_short_is_refused_by_its_option():
    with pytest.raises(TokenError, match="httpd_token is too short"):
        Doorkey(Door(token="short"))


def test_a_token_that_is_made_lies_where_only_its_owner_finds_it(hall, caplog):
    caplog.set_level("INFO")
    key = Doorkey(Door())
    assert [*hall.iterdir()] == []
    key.hang_out(8080)
    (folder,) = hall.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {one.name for one in folder.iterdir()} == {"token", "console.html"}
    for one in folder.iterdir():
        assert stat.S_IMODE(one.stat().st_mode) == 0o600
    assert (folder / "token").read_text() == f"{key.token}\n"
    link = f"http://localhost:8080/#token={key.token}"
    assert link in (folder / "console.html").read_text()
    assert f"file://{folder}/console.html" in caplog.text
    assert key.token not in caplog.text
    key.take_in()
    key.take_in()
    assert [*hall.iterdir()] == []


def test_what_a_killed_circusd_has_left_is_removed_and_nothing_else(hall):
    alive = Doorkey(Door())
    alive.hang_out(1)
    (kept,) = hall.iterdir()
    killed = (
        "import os, signal\n"
        "from circus.doorkey import Doorkey\n"
        "from circus.spec.door import Door\n"
        "Doorkey(Door()).hang_out(2)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", killed], check=False).returncode == -9
    assert len([*hall.iterdir()]) == 2
    others = [hall / "circusd-empty", hall / "circusd-open", hall / "circusd-strange"]
    for one in others:
        one.mkdir(mode=0o700)
    (others[1] / "token").write_text("x")
    others[1].chmod(0o755)
    (others[2] / "token").symlink_to(kept / "token")
    (hall / "circusd-link").symlink_to(kept)
    (hall / "circusd-file").write_text("x")
    next_one = Doorkey(Door())
    next_one.hang_out(3)
    left = {one.name for one in hall.iterdir()}
    assert {"circusd-link", "circusd-file", kept.name, *(one.name for one in others)} < left
    assert len(left) == 7
    next_one.take_in()
    alive.take_in()
    assert not kept.exists()


def test_each_token_is_another():
    assert Doorkey(Door()).token != Doorkey(Door()).token


def test_a_token_of_ones_own_is_put_nowhere(hall, caplog):
    caplog.set_level("INFO")
    key = Doorkey(Door("::1", token=TOKEN))
    key.hang_out(8080)
    assert [*hall.iterdir()] == []
    assert "http://[::1]:8080/" in caplog.text
    assert TOKEN not in caplog.text
    key.take_in()


def test_a_directory_that_others_can_write_to_is_not_used(hall, tmp_path, monkeypatch, caplog):
    caplog.set_level("INFO")
    hall.chmod(0o777)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    key = Doorkey(Door())
    key.hang_out(1)
    assert re.search(rf"file://{tmp_path}/circusd-\w+/console\.html", caplog.text)
    assert [*hall.iterdir()] == []
    key.take_in()
