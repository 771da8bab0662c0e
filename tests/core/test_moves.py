from __future__ import annotations

from dataclasses import fields

import pytest

from circus.core.moves import ON_OPEN, SocketAct, SocketChange, socket_changes
from circus.spec.model import SocketSpec

KEEP, LIVE, MOVE, REBIND, ADD, REMOVE = (
    getattr(SocketAct, name) for name in ("KEEP", "LIVE", "MOVE", "REBIND", "ADD", "REMOVE")
)


def web(name="web", **options):
    return SocketSpec(name, **{"host": "127.0.0.1", "port": 80, **options})


def ux(name="web", **options):
    return SocketSpec(name, family="AF_UNIX", **{"path": "/run/x", **options})


def change(old, new):
    (found,) = socket_changes([old], [new])
    return found


def acts(old, new):
    return [(one.name, one.act) for one in socket_changes(old, new)]


ACTS = {
    "host": ("127.0.0.2", MOVE),
    "port": (81, MOVE),
    "family": ("AF_INET6", MOVE),
    "type": ("SOCK_DGRAM", MOVE),
    "proto": ("tcp", REBIND),
    "backlog": (7, LIVE),
    "path": ("/run/y", MOVE),
    "umask": (0o077, LIVE),
    "mode": (0o600, LIVE),
    "owner": ("www", LIVE),
    "group": ("www", LIVE),
    "replace": (True, LIVE),
    "interface": ("lo", REBIND),
    "so_reuseport": (True, REBIND),
    "blocking": (True, REBIND),
}
"""A field of a socket → another value, and what is done when that alone differs."""


def test_every_field_of_a_socket_is_in_the_table_but_its_name():
    assert set(ACTS) == {field.name for field in fields(SocketSpec)} - {"name"}


@pytest.mark.parametrize("field", ACTS)
def test_a_field_that_differs_names_what_is_done(field):
    value, act = ACTS[field]
    make = ux if field in {"path", "umask", "mode", "owner", "group", "replace"} else web
    found = change(make(), make(**{field: value}))
    assert (found.act, found.fields) == (act, (field,))
    assert found.after == (("web",) if act is REBIND else ())


def test_what_can_change_on_an_open_socket_is_told_from_what_cannot():
    known = {"name", "path", *(field for field, (_, act) in ACTS.items() if act is LIVE)}
    assert known == ON_OPEN


def test_the_same_sockets_are_kept():
    found = change(web(), web())
    assert found == SocketChange("web", KEEP, (), web(), web())
    assert (found.stays, found.reaches_workers) == (True, False)


def test_an_address_that_stays_keeps_its_socket_under_another_name():
    found = change(web("old"), web("new", backlog=3))
    assert (found.name, found.act, found.fields) == ("new", LIVE, ("name", "backlog"))
    assert found.old == web("old")
    assert found.reaches_workers


def test_two_sockets_may_exchange_their_names():
    old = [web("a", port=1), web("b", port=2)]
    found = socket_changes(old, [web("a", port=2), web("b", port=1)])
    assert [(one.name, one.old.name) for one in found] == [("a", "b"), ("b", "a")]
    assert all(one.stays and one.reaches_workers for one in found)


def test_one_address_is_kept_once_and_by_who_had_it():
    assert acts([web("b")], [web("a"), web("b")]) == [("a", ADD), ("b", KEEP)]


def test_sockets_come_and_go():
    old = [web("goes", port=1), web("stays", port=2)]
    new = [web("comes", port=3), web("stays", port=2)]
    assert acts(old, new) == [("comes", ADD), ("goes", REMOVE), ("stays", KEEP)]


def test_a_free_port_is_a_new_address_each_time():
    assert acts([web(port=0)], [web(port=0, backlog=1)]) == [("web", MOVE)]


@pytest.mark.parametrize("hosts", [("127.0.0.1", "0.0.0.0"), ("0.0.0.0", "127.0.0.1")])
def test_a_wildcard_has_to_wait_until_what_it_overlaps_is_closed(hosts):
    one, other = hosts
    found = change(web(host=one), web(host=other))
    assert (found.act, found.after) == (REBIND, ("web",))
    found, _ = socket_changes([web("old", host=one)], [web("new", host=other)])
    assert (found.name, found.act, found.after) == ("new", REBIND, ("old",))


def test_another_spelling_of_a_path_is_the_same_file():
    assert change(ux(path="/run/x"), ux(path="/run//x")).act is LIVE


def test_what_stays_is_in_nobodys_way():
    old = [web("a", host="127.0.0.1")]
    assert acts(old, [*old, web("b", host="0.0.0.0")]) == [("a", KEEP), ("b", ADD)]


@pytest.mark.parametrize(
    ("old", "new", "reaches"),
    [
        (web(), web(backlog=1), False),
        (web(so_reuseport=True), web(so_reuseport=True, backlog=1), True),
        (ux(), ux(mode=0o600), False),
        (web(), web(port=81), True),
        (web(), web(blocking=True), True),
        (web(), web("other"), True),
    ],
)
def test_who_names_a_socket_is_reloaded_when_he_needs_it_anew(old, new, reaches):
    assert change(old, new).reaches_workers is reaches


def test_what_goes_reaches_nobody():
    (found,) = socket_changes([web()], [])
    assert not found.reaches_workers
