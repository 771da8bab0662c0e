from __future__ import annotations

import pytest

from circus.spec.addresses import address, clash, faults, is_abstract
from circus.spec.finding import Severity
from circus.spec.model import SocketSpec


def sock(name="a", **options):
    return SocketSpec(name, **{"family": "AF_UNIX" if "path" in options else "AF_INET", **options})


SAME = [
    ({"port": 1}, {"port": 1, "backlog": 3, "blocking": True, "so_reuseport": True}),
    ({"port": 1, "host": "LOCALHOST"}, {"port": 1}),
    ({"path": "/a/b"}, {"path": "/a//c/../b", "mode": 0o600}),
    ({"path": "/a"}, {"path": "/a", "type": "SOCK_DGRAM"}),
    ({"path": "@a"}, {"path": "@a", "umask": 0}),
]
OTHER = [
    ({"port": 1}, {"port": 2}),
    ({"port": 1}, {"port": 1, "type": "SOCK_DGRAM"}),
    ({"port": 1}, {"port": 1, "host": "127.0.0.1"}),
    ({"port": 1}, {"port": 1, "family": "AF_INET6"}),
    ({"port": 1, "interface": "lo"}, {"port": 1, "interface": "eth0"}),
    ({"path": "/a"}, {"path": "@a"}),
    ({"path": "@a//b"}, {"path": "@a/b"}),
    ({"path": "@a"}, {"path": "@a", "type": "SOCK_DGRAM"}),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_a_socket_is_known_by_its_address(one, other):
    assert address(sock(**one)) == address(sock("b", **other)) is not None


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_two_addresses_are_two_sockets(one, other):
    assert address(sock(**one)) != address(sock(**other))


def test_any_free_port_is_no_address_to_be_known_by():
    assert address(sock(port=0)) is None
    assert address(sock(type="SOCK_RAW")) is None


ALL = {"host": "0.0.0.0", "port": 1}
ONE = {"host": "127.0.0.1", "port": 1}


@pytest.mark.parametrize(
    ("one", "other", "clashes"),
    [
        (ONE, ONE, True),
        (ALL, ONE, True),
        (ONE, {**ONE, "port": 2}, False),
        (ONE, {**ONE, "host": "127.0.0.2"}, False),
        ({**ALL, "type": "SOCK_DGRAM"}, {**ONE, "type": "SOCK_DGRAM"}, False),
        (ONE, {**ONE, "interface": "lo"}, True),
        ({**ONE, "interface": "lo"}, {**ONE, "interface": "eth0"}, False),
        ({**ONE, "so_reuseport": True}, {**ALL, "so_reuseport": True}, False),
        ({**ONE, "so_reuseport": True}, ONE, True),
        ({"port": 0}, {"port": 0}, False),
        ({"path": "/a"}, {"path": "/a"}, True),
        ({"path": "/a"}, ONE, False),
    ],
)
def test_who_cannot_be_bound_beside_whom(one, other, clashes):
    assert clash(sock(**one), sock(**other)) is clashes
    assert clash(sock(**other), sock(**one)) is clashes


def test_an_abstract_name_begins_with_an_at_sign():
    assert is_abstract("@a")
    assert not is_abstract("/@a")


ERROR, WARNING = Severity.ERROR, Severity.WARNING


@pytest.mark.parametrize(
    ("options", "written", "found"),
    [
        ({"port": 1}, "", []),
        ({"path": "/a", "mode": 0o600, "owner": 1, "group": 1}, "path mode owner group", []),
        ({"path": "@a"}, "path", []),
        ({"family": "AF_UNIX"}, "family", [(ERROR, "family")]),
        ({"path": "/a"}, "host port", [(WARNING, "host"), (WARNING, "port")]),
        ({"path": "/a", "interface": "lo"}, "interface", [(ERROR, "interface")]),
        ({"path": "/a", "so_reuseport": True}, "so_reuseport", [(ERROR, "so_reuseport")]),
        ({"path": "/a", "mode": 0o600, "umask": 0}, "mode umask", [(ERROR, "mode")]),
        ({"path": "@"}, "path", [(ERROR, "path")]),
        ({"path": "@a"}, "umask replace", [(WARNING, "umask"), (WARNING, "replace")]),
        ({"path": "@a", "mode": 0o600}, "mode", [(ERROR, "mode")]),
        ({"port": 1}, "umask replace", [(WARNING, "umask"), (WARNING, "replace")]),
        ({"port": 1}, "mode owner group", [(ERROR, "mode"), (ERROR, "owner"), (ERROR, "group")]),
        ({"host": "::1"}, "host", [(ERROR, "host")]),
        ({"host": "127.0.0.1", "family": "AF_INET6"}, "host", [(ERROR, "host")]),
        ({"host": "::1", "family": "AF_INET6"}, "host", []),
        ({"host": "a.name"}, "host", []),
        ({"type": "SOCK_DGRAM"}, "backlog", [(WARNING, "backlog")]),
        ({"path": "/a", "type": "SOCK_SEQPACKET"}, "backlog", []),
    ],
)
def test_a_wrong_combination_is_a_finding(options, written, found):
    texts = dict.fromkeys(written.split(), "x")
    assert [each[:2] for each in faults(sock(**options), texts)] == found


def test_a_family_beside_a_path_has_to_be_unix():
    for text, count in (("inet", 1), ("AF_INET6", 1), ("unix", 0), ("AF_UNIX", 0)):
        assert len(list(faults(sock(path="/a"), {"family": text}))) == count


def test_an_address_of_the_other_family_names_that_family():
    ((_, _, text),) = faults(sock(host="::1"), {})
    assert text == "::1 is no address of AF_INET: AF_INET6 has it"
