"""The web console as circusd runs it: its key, its refusals, its place among the others."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import pytest

from circus.arbiter import Arbiter
from circus.spec.model import CONSOLE
from tests.helpers.console import CIRCUS, TOKEN, WATCHERS, Console
from tests.helpers.daemon import argv, refused, rewrite

OPEN = "httpd = True\nhttpd_port = 0\n"


def test_the_log_names_a_page_that_leads_in_and_never_the_token(circusd, tmp_path, monkeypatch):
    hall = tmp_path / "run"
    hall.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(hall))
    daemon = circusd(WATCHERS, circus=OPEN)
    site = Console(daemon)
    link = Path(re.search(r"file://(\S+)", "\n".join(daemon.log.lines))[1])
    assert link.parent.parent == hall
    assert stat.S_IMODE(link.parent.stat().st_mode) == 0o700
    token = (link.parent / "token").read_text().strip()
    assert f"http://localhost:{site.port}/#token={token}" in link.read_text()
    assert site.ask("GET", "/healthz", token=token).status == 200
    (pid,) = daemon.pids(CONSOLE)
    environ = Path(f"/proc/{pid}/environ").read_bytes().decode()
    assert token not in environ
    assert not any(token in word for word in argv(pid))
    told = [daemon.call(verb) for verb in ("globaloptions", "status", "dstats")]
    told += [daemon.call("options", name=CONSOLE), daemon.call("stats", name=CONSOLE)]
    assert token not in str(told)
    daemon.call("quit", waiting=True)
    assert daemon.ended() == 0
    assert token not in daemon.log.rest()
    assert [*hall.iterdir()] == []


def test_it_is_a_watcher_like_the_other_helpers(circusd):
    daemon = circusd(WATCHERS, circus=CIRCUS)
    Console(daemon)
    options = daemon.call("options", name=CONSOLE)["options"]
    shown = ("singleton", "use_sockets", "copy_env", "copy_path", "priority", "numprocesses")
    assert [options[name] for name in shown] == [True, True, True, True, 0, 1]
    assert [one["name"] for one in daemon.call("listsockets")["sockets"]] == [CONSOLE]
    assert CONSOLE in daemon.call("list")["watchers"]


def test_a_console_that_is_restarted_takes_the_same_token_and_ends_the_sessions(circusd):
    daemon = circusd(WATCHERS, circus=CIRCUS)
    site = Console(daemon)
    ended, cookie = site.session(), site.session()
    site.ask("POST", "/logout", "", token=None, Cookie=ended)
    (before,) = daemon.pids(CONSOLE)
    daemon.call("restart", name=CONSOLE, waiting=True)
    daemon.log.until("circusd answers at")
    assert daemon.pids(CONSOLE) != [before]
    assert site.ask("GET", "/healthz").status == 200
    for each in (ended, cookie):
        assert site.ask("GET", "/healthz", token=None, Cookie=each).status == 401


def test_a_new_file_says_that_a_restart_is_needed_and_the_console_stays(circusd):
    daemon = circusd(WATCHERS, circus=CIRCUS)
    site = Console(daemon)
    rewrite(daemon, (TOKEN, f"{TOKEN}-other"), ("numprocesses = 2", "numprocesses = 1"))
    answer = daemon.call("reloadconfig", waiting=True)
    assert answer["needs_restart"] == ["httpd_token"]
    assert TOKEN not in str(answer)
    assert len(daemon.pids("web")) == 1
    assert site.ask("GET", "/healthz").status == 200
    daemon.call("restart")
    again = Console(daemon)
    assert again.ask("GET", "/healthz", token=f"{TOKEN}-other").status == 200


@pytest.mark.parametrize(
    ("circus", "more", "option", "why"),
    [
        ("httpd_host = 0.0.0.0", "", "httpd_host", "beyond this machine"),
        ("httpd_host = ::", "", "httpd_host", "beyond this machine"),
        ("httpd_token = short", "", "httpd_token", "too short"),
        ("httpd_token_file = nowhere", "", "httpd_token_file", "cannot read nowhere"),
        (f"httpd_token = {TOKEN}\nhttpd_token_file = x", "", "httpd_token_file", "which one"),
        ("", "[watcher:CircusHTTPd]\ncmd = true", "watcher:CircusHTTPd", "the name is taken"),
        ("", "[socket:circushttpd]\nport = 1", "socket:circushttpd", "the name is taken"),
        ("httpd_port = 81", "[socket:web]\nport = 81", "httpd_port", "the same address"),
    ],
)
def test_what_would_not_be_safe_or_has_no_room_is_refused(tmp_path, circus, more, option, why):
    file = tmp_path / "circus.ini"
    file.write_text(f"[circus]\nhttpd = True\n{circus}\n{more}\n[watcher:web]\ncmd = sleep 1\n")
    code, complaint = refused(file, "--check", cwd=tmp_path)
    assert code == 1
    assert option in complaint
    assert why in complaint


def test_a_token_file_that_others_may_read_is_refused_and_one_in_the_open_is_warned_of(tmp_path):
    key, file = tmp_path / "key", tmp_path / "circus.ini"
    key.write_text(TOKEN)
    key.chmod(0o644)
    text = "[circus]\nhttpd = True\n{}\n[watcher:web]\ncmd = sleep 1\n"
    file.write_text(text.format(f"httpd_token_file = {key}"))
    code, complaint = refused(file, "--check", cwd=tmp_path)
    assert code == 1
    assert f"chmod 600 {key}" in complaint
    key.chmod(0o600)
    assert refused(file, "--check", cwd=tmp_path)[0] == 0
    file.write_text(text.format(f"httpd_token = {TOKEN}"))
    file.chmod(0o644)
    code, complaint = refused(file, "--check", cwd=tmp_path)
    assert code == 0
    assert "others may read" in complaint
    assert TOKEN not in complaint


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"httpd_host": "0.0.0.0"}, "beyond this machine"),
        ({"httpd_token": "short"}, "too short"),
        ({"httpd_token": TOKEN, "httpd_token_file": "x"}, "which one"),
    ],
)
def test_a_program_is_refused_what_would_not_be_safe(asked, why):
    with pytest.raises(ValueError, match=why):
        Arbiter([], "ipc:///x", "ipc:///y", httpd=True, **asked)


def test_a_console_needs_endpoints_to_speak_to():
    with pytest.raises(ValueError, match="there is no endpoint"):
        Arbiter([], None, None, httpd=True)


def test_its_outputs_may_be_closed_from_the_file(circusd):
    daemon = circusd(WATCHERS, circus=f"{CIRCUS}httpd_close_outputs = True\n")
    daemon.log.until("circushttpd started")
    (pid,) = daemon.pids(CONSOLE)
    assert os.readlink(f"/proc/{pid}/fd/2") == os.devnull
