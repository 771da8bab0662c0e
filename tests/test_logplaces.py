"""Files and syslog daemons, all of them real."""

import logging
import os
import re
import socket

import pytest

from circus.exc import ConfigError
from circus.logplaces import handler
from tests.helpers.launching import PATIENCE

STAMP = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
INFO_OF_USER = 8 + 6
INFO_OF_DAEMON = 24 + 6


@pytest.fixture
def log():
    """Return a function from a place to a logger that writes there."""
    logger = logging.Logger("circus")  # noqa: LOG001 - one that no other test shares

    def to(place):
        logger.addHandler(handler(str(place)))
        return logger

    yield to
    for made in logger.handlers:
        made.close()


@pytest.fixture
def local(tmp_path):
    """A syslog daemon at a local socket."""
    path = str(tmp_path / "log.sock")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as daemon:
        daemon.settimeout(PATIENCE)
        daemon.bind(path)
        yield daemon


@pytest.fixture
def remote():
    """A syslog daemon at a UDP port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.settimeout(PATIENCE)
        daemon.bind(("127.0.0.1", 0))
        yield daemon


def refusal(place):
    with pytest.raises(ConfigError) as caught:
        handler(str(place))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_file_is_appended_to(log, tmp_path):
    path = tmp_path / "log"
    path.write_text("before\n")
    log(path).info("dummy %s", "started")
    line = rf"{STAMP} circus\[{os.getpid()}\] \[INFO\] dummy started\n"
    assert re.fullmatch(f"before\n{line}", path.read_text())


def test_a_renamed_file_is_made_anew(log, tmp_path):
    path = tmp_path / "log"
    logger = log(path)
    logger.info("one")
    path.rename(tmp_path / "log.1")
    logger.info("two")
    assert "one" in (tmp_path / "log.1").read_text()
    assert path.read_text().endswith("two\n")


def test_a_childs_program_does_not_get_the_file(log, tmp_path):
    (made,) = log(tmp_path / "log").handlers
    assert not os.get_inheritable(made.stream.fileno())


def test_a_name_that_is_not_utf8_costs_no_line(log, tmp_path):
    path = tmp_path / "log"
    log(path).info("cannot exec '%s'", os.fsdecode(b"caf\xe9"))
    assert path.read_text().endswith("cannot exec 'caf\\udce9'\n")


def test_a_lost_directory_is_told_once_and_harms_nobody(log, tmp_path, capsys):
    place = tmp_path / "logs"
    place.mkdir()
    path = place / "log"
    logger = log(path)
    path.unlink()
    place.rmdir()
    logger.info("one")
    logger.info("two")
    told = f"cannot log to {str(path)!r}: No such file or directory\n"
    assert capsys.readouterr().err == told
    place.mkdir()
    logger.info("three")
    assert path.read_text().endswith("three\n")


def test_a_mistake_in_a_call_shows_its_traceback(log, tmp_path, capsys):
    log(tmp_path / "log").info("%d started", "web")
    assert "TypeError" in capsys.readouterr().err


def test_a_file_that_cannot_be_opened_is_refused(tmp_path):
    path = tmp_path / "no" / "log"
    assert refusal(path) == f"cannot log to {str(path)!r}: No such file or directory"


def test_a_line_goes_to_a_syslog_daemon_by_udp(log, remote):
    port = remote.getsockname()[1]
    log(f"syslog://127.0.0.1:{port}?daemon").info("dummy started")
    head = rf"<{INFO_OF_DAEMON}>\w{{3}} \d\d \d\d:\d\d:\d\d circus\[{os.getpid()}\]"
    assert re.fullmatch(rf"{head} \[INFO\] dummy started\x00".encode(), remote.recv(4096))


def test_a_line_goes_to_a_syslog_daemon_at_a_socket(log, local):
    log(f"syslog://{local.getsockname()}?DAEMON").info("hello")
    said = local.recv(4096)
    assert said.startswith(b"<%d>" % INFO_OF_DAEMON)
    assert said.endswith(b"[INFO] hello\x00")


@pytest.mark.parametrize("facility", ["", "?", "?nobody"])
def test_an_unknown_facility_is_user(log, local, facility):
    log(f"syslog://{local.getsockname()}{facility}").info("hello")
    assert local.recv(4096).startswith(b"<%d>" % INFO_OF_USER)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:"])
def test_the_usual_port_is_514(log, host):
    (made,) = log(f"syslog://{host}").handlers
    assert made.address == ("127.0.0.1", 514)


def test_a_syslog_daemon_may_come_later(log, tmp_path, capsys):
    path = str(tmp_path / "late.sock")
    logger = log(f"syslog://{path}")
    logger.info("one")
    logger.info("two")
    told = f"cannot log to 'syslog://{path}': No such file or directory\n"
    assert capsys.readouterr().err == told
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as daemon:
        daemon.settimeout(PATIENCE)
        daemon.bind(path)
        logger.info("three")
        assert daemon.recv(4096).endswith(b"three\x00")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("syslog://", "expected syslog://HOST"),
        ("syslog://?daemon", "expected syslog://HOST"),
        ("syslog://127.0.0.1:many", "'many'"),
    ],
)
def test_a_url_without_a_place_is_refused(url, why):
    said = refusal(url)
    assert said.startswith(f"cannot log to {url!r}: ")
    assert why in said
