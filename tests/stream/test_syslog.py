from __future__ import annotations

import re
import socket
import time

import pytest

from circus.stream import SyslogStream
from circus.stream.fault import written
from circus.stream.syslog import LONGEST
from tests.helpers import listening
from tests.helpers.chunks import chunk, open_stream
from tests.helpers.listening import everything, unix
from tests.helpers.refusal import refused

MOMENT = time.mktime((2020, 1, 2, 3, 4, 5, 0, 0, -1))


def said(data, pid=7, name="stdout", **more):
    return chunk(data, pid, name, **{"watcher": "web", "wid": 1, "timestamp": MOMENT, **more})


@pytest.fixture
def local(tmp_path):
    with unix(tmp_path / "log") as listener:
        yield listener


def at(tmp_path, **options):
    return open_stream(SyslogStream, address=str(tmp_path / "log"), **options)


def test_each_line_is_a_message_of_the_local_form(local, tmp_path):
    with at(tmp_path) as stream:
        stream(said(b"one\n\ntwo\r\nthr"))
        assert local.recv(999) == b"<14>Jan  2 03:04:05 web[7]: one"
        assert local.recv(999) == b"<14>Jan  2 03:04:05 web[7]: two"
        assert local.recv(999) == b"<14>Jan  2 03:04:05 web[7]: thr"


@pytest.mark.parametrize(
    ("options", "name", "priority"),
    [
        ({}, "stdout", 1 * 8 + 6),
        ({}, "stderr", 1 * 8 + 3),
        ({"severity": "debug"}, "stderr", 1 * 8 + 7),
        ({"facility": "local0"}, "stdout", 16 * 8 + 6),
        ({"facility": "daemon", "severity": "NOTICE"}, "stderr", 3 * 8 + 5),
    ],
)
def test_facility_and_severity_are_the_priority(local, tmp_path, options, name, priority):
    with at(tmp_path, **options) as stream:
        stream(said(b"x", name=name))
        assert local.recv(999).startswith(b"<%d>" % priority)


@pytest.mark.parametrize(
    ("tag", "watcher", "shown"),
    [(None, "my web", b"my_web"), ("shop", "web", b"shop"), (None, None, b"circus")],
)
def test_who_speaks_is_the_tag_or_the_watcher(local, tmp_path, tag, watcher, shown):
    with at(tmp_path, tag=tag) as stream:
        stream(said(b"x", watcher=watcher))
        assert b" %b[7]: x" % shown in local.recv(999)


def test_the_newer_form_has_names_for_everything(local, tmp_path):
    with at(tmp_path, format="rfc5424") as stream:
        stream(said(b"x"))
        found = re.fullmatch(rb"<14>1 (\S+)Z \S+ web 7 stdout - x", local.recv(999))
    expected = time.strftime("%Y-%m-%dT%H:%M:%S.000000", time.gmtime(MOMENT))
    assert found[1].decode() == expected


@pytest.mark.parametrize("form", ["%b %e", "%Y-%m-%dT"])
def test_without_a_time_it_is_now(local, tmp_path, form):
    with at(tmp_path, format="RFC5424" if "T" in form else "RFC3164") as stream:
        before = time.time()
        stream(chunk(b"x"))
        message = local.recv(999).decode()
    clock = time.gmtime if "T" in form else time.localtime
    assert any(time.strftime(form, clock(moment)) in message for moment in (before, time.time()))


def test_a_long_line_is_cut_and_a_nul_is_written_out(local, tmp_path):
    with at(tmp_path) as stream:
        stream(said(b"y" * (LONGEST + 1) + b"a\0b\n"))
        assert local.recv(99999).endswith(b": " + b"y" * LONGEST)
        assert local.recv(99999).endswith(b": ya#000b")


def test_a_local_stream_socket_ends_messages_with_a_nul(tmp_path):
    with unix(tmp_path / "log", socket.SOCK_STREAM) as listener:
        with at(tmp_path) as stream:
            stream(said(b"one\ntwo\n"))
        assert everything(listener).endswith(b": one\0<14>Jan  2 03:04:05 web[7]: two\0")


def test_a_host_gets_the_newer_form_by_udp():
    with listening.host(socket.SOCK_DGRAM) as listener:
        address = f"127.0.0.1:{listening.port(listener)}"
        with open_stream(SyslogStream, address=address) as stream:
            stream(said(b"x"))
            assert re.fullmatch(rb"<14>1 \S+ \S+ web 7 stdout - x", listener.recv(999))


@pytest.mark.skipif(not socket.has_ipv6, reason="needs IPv6")
def test_a_host_may_be_an_address_of_ip_version_6():
    try:
        with listening.host(socket.SOCK_DGRAM, socket.AF_INET6) as listener:
            address = f"[::1]:{listening.port(listener)}"
            with open_stream(SyslogStream, address=address, format="RFC3164") as stream:
                stream(said(b"x"))
                assert re.fullmatch(rb"<14>Jan .* \S+ web\[7\]: x", listener.recv(999))
    except OSError as error:
        pytest.skip(f"no address ::1 here: {error}")


@pytest.mark.parametrize(
    ("form", "pattern"),
    [
        ("RFC5424", rb"(\d+) <14>1 \S+ \S+ web 7 stdout - one\1 <14>1 \S+ \S+ web 7 stdout - two"),
        ("RFC3164", rb"(<14>Jan  2 03:04:05 \S+ web\[7\]: (one|two)\n){2}"),
    ],
)
def test_over_tcp_messages_are_counted_or_end_with_a_newline(form, pattern):
    with listening.host(socket.SOCK_STREAM) as listener:
        address = f"127.0.0.1:{listening.port(listener)}"
        with open_stream(SyslogStream, address=address, protocol="tcp", format=form) as stream:
            stream(said(b"one\ntwo\n"))
        found = everything(listener)
    assert re.fullmatch(pattern, found)
    if form == "RFC5424":
        assert len(found) == 2 * (int(found[:3]) + len(b"nn "))


def test_a_daemon_that_comes_and_goes_is_waited_for(tmp_path):
    with at(tmp_path) as stream:
        with pytest.raises(FileNotFoundError):
            stream(said(b"nobody is there\n"))
        for _ in range(2):
            with unix(tmp_path / "log") as listener:
                stream(said(b"x\n"))
                assert listener.recv(999).endswith(b": x")
        with pytest.raises(OSError, match=r"No such file|refused"):
            stream(said(b"nobody is there any more\n"))


def test_a_daemon_that_does_not_read_is_given_up_in_time(local, tmp_path):
    with at(tmp_path, timeout="0.2") as stream:
        data = b"x" * 999 + b"\n"
        with pytest.raises(TimeoutError) as caught:
            stream(said(data * 9999))
        done = written(caught.value)
        assert done > 0
        assert done % 1000 == 0
        for _ in range(done // 1000):
            assert local.recv(9999).endswith(b"x" * 999)
        local.setblocking(False)
        with pytest.raises(BlockingIOError):
            local.recv(9999)


def test_an_address_that_makes_no_sense_is_told():
    assert refused(lambda: SyslogStream(address="a b")).startswith("'address': found 'a b'")
