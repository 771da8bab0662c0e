"""circusd's log in every form of spec §1.1.5, checked by reading what came out."""

from __future__ import annotations

import json
import re
import signal
import socket

import pytest

from tests.helpers.daemon import PATIENCE, refused
from tests.helpers.loggers import until_written

WEB = "[watcher:web]\ncmd = sleep 600\n"
STAMP = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
INFO_OF_DAEMON, INFO_OF_USER, DEBUG_OF_USER = 24 + 6, 8 + 6, 8 + 7
INI = """
[loggers]
keys = root,circus
[handlers]
keys = file
[formatters]
keys = plain
[logger_root]
level = INFO
handlers = file
[logger_circus]
level = NOTSET
handlers =
qualname = circus
[handler_file]
class = FileHandler
args = ('log.txt',)
formatter = plain
[formatter_plain]
format = mine:%(levelname)s:%(message)s
"""
COLLECT = "import gc\ndef collect(**about):\n    gc.collect()\n    return True\n"
DICT = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "mine:%(levelname)s:%(message)s"}},
    "handlers": {
        "file": {"class": "logging.FileHandler", "filename": "log.txt", "formatter": "plain"}
    },
    "root": {"level": "INFO", "handlers": ["file"]},
}


@pytest.fixture
def syslog(request, tmp_path):
    """A syslog daemon, local or remote, and the URL of it."""
    if request.param == "local":
        daemon = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        daemon.bind(str(tmp_path / "log.sock"))
        url = f"syslog://{tmp_path}/log.sock"
    else:
        daemon = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        daemon.bind(("127.0.0.1", 0))
        url = f"syslog://127.0.0.1:{daemon.getsockname()[1]}"
    with daemon:
        daemon.settimeout(PATIENCE)
        yield daemon, url


def heard(daemon, text):
    """Return the first datagram with a text."""
    while text not in (said := daemon.recv(65536)).decode():
        pass
    return said.decode()


@pytest.mark.parametrize("output", ["", "logoutput = -", "logoutput = stdout"])
def test_lines_go_to_stderr(circusd, output):
    daemon = circusd(WEB, circus=output)
    line = daemon.log.until("web started")
    pid = daemon.process.pid
    assert re.fullmatch(rf"{STAMP} circus\[{pid}\] \[INFO\] web started", line)


def test_a_file_that_is_renamed_is_made_anew_and_hup_keeps_every_line(circusd, tmp_path):
    daemon = circusd(WEB, circus="logoutput = log.txt")
    log, old = tmp_path / "log.txt", tmp_path / "old"
    until_written(log, "web started")
    log.rename(old)
    daemon.signal(signal.SIGHUP)
    until_written(log, "web reloaded")
    assert "SIG_HUP" in log.read_text()
    assert "SIG_HUP" not in old.read_text()


@pytest.mark.parametrize("syslog", ["local", "remote"], indirect=True)
@pytest.mark.parametrize(
    ("facility", "number"),
    [("?daemon", INFO_OF_DAEMON), ("", INFO_OF_USER), ("?no-such", INFO_OF_USER)],
)
def test_a_syslog_daemon_hears_every_line_with_its_facility(circusd, syslog, facility, number):
    there, url = syslog
    daemon = circusd(WEB, circus=f"logoutput = {url}{facility}")
    line = heard(there, "web started")
    head = rf"<{number}>\w{{3}} \d\d \d\d:\d\d:\d\d circus\[{daemon.process.pid}\]"
    assert re.fullmatch(rf"{head} \[INFO\] web started\x00", line)


@pytest.mark.parametrize("syslog", ["local"], indirect=True)
def test_debug_traces_what_each_watcher_is_told_and_does(circusd, syslog, monkeypatch):
    there, url = syslog
    monkeypatch.setenv("DEBUG", "1")
    circusd(WEB, circus=f"logoutput = {url}\nloglevel = debug")
    line = heard(there, "web: -> Spawn(wid=1)")
    assert line.startswith(f"<{DEBUG_OF_USER}>")
    assert "[DEBUG]" in line


def test_what_the_garbage_collector_finds_is_logged(circusd, tmp_path):
    (tmp_path / "hooks.py").write_text(COLLECT)
    daemon = circusd(f"{WEB}hooks.before_start = hooks.collect", circus="debug_gc = True")
    daemon.log.until("garbage collector: generation 2 took ")


@pytest.mark.parametrize(
    ("name", "text"),
    [("log.ini", INI), ("log.json", json.dumps(DICT)), ("log.YAML", json.dumps(DICT))],
)
def test_a_logging_configuration_decides_alone(circusd, tmp_path, name, text):
    (tmp_path / name).write_text(text)
    daemon = circusd(WEB, circus=f"loggerconfig = {name}\nlogoutput = nowhere/at/all")
    log = tmp_path / "log.txt"
    until_written(log, "mine:INFO:web started\n")
    daemon.signal(signal.SIGTERM)
    assert daemon.ended() == 0
    assert log.read_text().endswith("mine:INFO:Arbiter exiting\n")
    assert daemon.log.rest() == ""


def test_default_means_the_built_in_mode(circusd):
    daemon = circusd(WEB, circus="loggerconfig = Default\nloglevel = warning")
    assert daemon.call("numwatchers")["numwatchers"] == 1
    daemon.signal(signal.SIGTERM)
    assert daemon.ended() == 0
    assert daemon.log.rest() == ""


@pytest.mark.parametrize(
    ("setting", "why"),
    [
        ("logoutput = no/such/folder/log", "cannot log to 'no/such/folder/log': No such file"),
        ("logoutput = syslog://", "cannot log to 'syslog://': expected syslog://HOST"),
        ("loggerconfig = log.yml", "expected *.ini, *.json or *.yaml"),
        ("loggerconfig = missing.json", "No such file or directory"),
    ],
)
def test_a_log_that_cannot_be_had_is_refused_with_a_sentence(tmp_path, setting, why):
    file = tmp_path / "circus.ini"
    file.write_text(f"[circus]\nendpoint = ipc://ctl\npubsub_endpoint = ipc://pub\n{setting}\n")
    code, said = refused(file, cwd=tmp_path)
    assert code == 1
    assert said.startswith("circusd: cannot ")
    assert why in said
    assert len(said.splitlines()) == 1
