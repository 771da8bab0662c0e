from __future__ import annotations

import os
import socket

import pytest

from circus.rebind import Rebinding
from circus.sockets import CircusSocket, CircusSockets
from circus.spec.model import SocketSpec
from tests.helpers.socketfacts import backlog, somebody


def tcp(name, port, **options):
    return SocketSpec(name, **{"host": "127.0.0.1", "port": port, **options})


def ux(name, path, **options):
    return SocketSpec(name, family="AF_UNIX", path=str(path), **options)


def nobody(name):
    return []


class Room:
    """Open sockets, and the way to others."""

    def __init__(self):
        self.sockets = CircusSockets()
        self.made = []

    def open(self, *specs):
        for spec in specs:
            self.sockets[spec.name] = CircusSocket.from_spec(spec)
        self.sockets.bind_and_listen_all()
        return specs

    def way(self, old, *new):
        self.made.append(Rebinding(self.sockets, old, new))
        return self.made[-1]

    def go(self, old, *new):
        way = self.way(old, *new)
        assert [*way.refusals(nobody), *way.prepare(), *way.rebind()] == []
        way.take()
        self.sockets.retire_leaving()
        return way

    def close(self):
        for way in self.made:
            for sock in way._bound.values():
                sock.close()
        self.sockets.close_all()


@pytest.fixture
def room():
    room = Room()
    yield room
    room.close()


def acts(way):
    return {one["name"]: one["act"] for one in way.told()}


def refuses(place):
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(place)


# --- the address stays ----------------------------------------------------------------------------


def test_the_descriptor_stays_under_another_name_and_takes_another_backlog(room):
    old = room.open(tcp("web", 0))
    sock, port = room.sockets["web"], room.sockets["web"].port
    with socket.create_connection(sock.place):
        way = room.go(old, tcp("www", port, backlog=3))
        assert acts(way) == {"www": "apply live"}
        assert list(room.sockets) == ["www"]
        assert room.sockets["www"] is sock
        assert (sock.name, backlog(sock)) == ("www", 3)
        accepted, _ = sock.accept()
        accepted.close()


def test_a_host_is_compared_by_its_number(room):
    old = room.open(tcp("web", 0, host="localhost"))
    sock = room.sockets["web"]
    way = room.go(old, tcp("web", sock.port, host="127.0.0.1"))
    assert acts(way) == {"web": "keep"}
    assert room.sockets["web"] is sock


def test_a_free_port_that_was_found_is_kept(room):
    old = room.open(tcp("web", 0))
    sock = room.sockets["web"]
    assert acts(room.go(old, tcp("web", 0, backlog=9))) == {"web": "apply live"}
    assert room.sockets["web"] is sock


def test_owner_and_mode_change_on_the_open_socket(room, tmp_path):
    user, _ = somebody()
    old = room.open(ux("web", tmp_path / "s"))
    inode = os.lstat(tmp_path / "s").st_ino
    room.go(old, ux("web", tmp_path / "s", owner=user, mode=0o640))
    status = os.lstat(tmp_path / "s")
    assert (status.st_ino, status.st_uid, status.st_mode & 0o777) == (inode, user, 0o640)


def test_sockets_that_a_program_gave_are_left_alone(room):
    old = room.open(tcp("web", 0))
    room.open(tcp("own", 0))
    own = room.sockets["own"]
    room.go(old)
    assert room.sockets == {"own": own}
    assert list(room.way((), tcp("own", 1)).refusals(nobody)) == [
        "[socket:own] was added at run time: the name is taken"
    ]


# --- a new address --------------------------------------------------------------------------------


def test_a_new_address_is_bound_before_the_old_one_is_closed(room):
    old = room.open(tcp("web", 0))
    before = room.sockets["web"].place
    way = room.way(old, tcp("web", 0, host="127.0.0.2"))
    assert way.prepare() == []
    socket.create_connection(before).close()
    socket.create_connection(way._bound["web"].place).close()
    way.take()
    assert [gone.place for gone in room.sockets.leaving] == [before]
    assert room.sockets["web"].host == "127.0.0.2"


def test_what_goes_refuses_even_where_a_process_still_has_it(room):
    old = room.open(tcp("web", 0))
    place = room.sockets["web"].place
    with socket.socket(fileno=os.dup(room.sockets["web"].fileno())):
        room.go(old)
        refuses(place)


def test_what_cannot_be_bound_is_told_and_nothing_has_changed(room, tmp_path):
    old = room.open(ux("web", tmp_path / "web", mode=0o600), tcp("api", 0))
    port = room.sockets["api"].port
    new = (
        ux("www", tmp_path / "web", mode=0o666, backlog=1),
        ux("good", tmp_path / "good"),
        ux("bad", tmp_path / "no" / "bad"),
        tcp("api", port),
        tcp("far", 1, host="no such host"),
        ux("worse", tmp_path / "worse", owner="no such"),
    )
    way = room.way(old, *new)
    bad, far, worse = way.prepare()
    assert bad.startswith("[socket:bad] cannot bind socket 'bad' at")
    assert far.startswith("[socket:far] cannot make socket 'far': cannot resolve the host")
    assert worse.endswith("cannot find the user 'no such'")
    way.undo()
    assert sorted(os.listdir(tmp_path)) == ["web"]
    assert os.lstat(tmp_path / "web").st_mode & 0o777 == 0o600
    assert room.sockets["web"].name == "web"
    assert list(room.sockets) == ["web", "api"]


# --- another socket on the address ----------------------------------------------------------------


def test_who_holds_an_address_has_to_stop_before_it_is_bound_anew(room):
    old = room.open(tcp("web", 0))
    way = room.way(old, tcp("web", room.sockets["web"].port, blocking=True))
    assert acts(way) == {"web": "rebind"}
    asked = []
    (text,) = way.refusals(lambda name: asked.append(name) or ["one", "two"])
    assert asked == ["web"]
    assert text == (
        "[socket:web] cannot be bound anew (blocking) while its address is in use: "
        "stop one, two first"
    )


def test_when_nobody_holds_it_it_is_closed_and_bound_anew(room):
    old = room.open(tcp("web", 0))
    place = room.sockets["web"].place
    room.go(old, tcp("web", place[1], blocking=True))
    assert room.sockets["web"].place == place
    assert os.get_blocking(room.sockets["web"].fileno())
    socket.create_connection(place).close()


def test_a_wildcard_takes_the_place_of_one_address(room):
    old = room.open(tcp("one", 0))
    port = room.sockets["one"].port
    room.go(old, tcp("all", port, host="0.0.0.0"))
    assert list(room.sockets) == ["all"]
    socket.create_connection(("127.0.0.2", port)).close()


def test_a_socket_that_was_closed_in_vain_is_opened_again(room):
    old = room.open(tcp("web", 0))
    place = room.sockets["web"].place
    way = room.way(old, tcp("web", place[1], interface="nope0"))
    assert way.prepare() == []
    (problem,) = way.rebind()
    assert "nope0" in problem
    way.undo()
    assert room.sockets["web"].place == place
    socket.create_connection(place).close()


def test_what_somebody_else_bound_cannot_be_bound_anew(room):
    with socket.create_server(("127.0.0.1", 0)) as theirs:
        spec = tcp("web", theirs.getsockname()[1])
        room.sockets["web"] = CircusSocket.from_spec(spec, os.dup(theirs.fileno()))
        (text,) = room.way((spec,), tcp("web", spec.port, blocking=True)).refusals(nobody)
    assert text == "[socket:web] cannot be bound anew: it was given to circusd, not made"


def test_what_was_given_at_another_address_is_kept_as_long_as_nothing_is_written_anew(room):
    spec = tcp("web", 1)
    with socket.create_server(("127.0.0.1", 0)) as theirs:
        room.sockets["web"] = CircusSocket.from_spec(spec, os.dup(theirs.fileno()))
        assert acts(room.way((spec,), spec)) == {"web": "keep"}
        assert acts(room.way((spec,), tcp("web", 1, backlog=3))) == {"web": "apply live"}
        assert acts(room.way((spec,), tcp("web", 2))) == {"web": "move"}
        file = ux("web", "/run/no/such")
        assert acts(room.way((file,), ux("web", "/run/no/such", backlog=4))) == {
            "web": "apply live"
        }


def test_an_address_for_each_process_is_tried(room):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        way = room.way((), tcp("web", port, so_reuseport=True))
        (problem,) = way.prepare()
    assert "Address already in use" in problem
