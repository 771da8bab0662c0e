from __future__ import annotations

import socket

import pytest

from circus.sockets import CircusSocket, CircusSockets


def test_sockets_are_found_by_name():
    sockets = CircusSockets([CircusSocket("a", "127.0.0.1", 0)], backlog=7)
    sockets.add("b", "127.0.0.1", 0)
    assert sorted(sockets) == ["a", "b"]
    assert (sockets["a"].backlog, sockets["b"].backlog) == (2048, 7)
    sockets.close_all()
    assert sockets["a"].fileno() == -1


def test_a_name_is_used_once():
    sockets = CircusSockets([CircusSocket("a", "127.0.0.1", 0)])
    with pytest.raises(ValueError, match=r"^A socket already exists 'a'$"):
        sockets.add("a")
    sockets.close_all()


def test_all_are_bound_but_those_that_each_worker_gets():
    sockets = CircusSockets(
        [
            CircusSocket("a", "127.0.0.1", 0),
            CircusSocket("b", "127.0.0.1", 0, so_reuseport=True),
        ]
    )
    sockets.bind_and_listen_all()
    assert sockets["a"].getsockname()[1] != 0
    assert sockets["b"].getsockname()[1] == 0
    sockets.close_all()


def test_all_are_bound_or_none(tmp_path):
    sockets = CircusSockets(
        [
            CircusSocket("a", path=str(tmp_path / "a")),
            CircusSocket("b", path=str(tmp_path / "no/b")),
        ]
    )
    with pytest.raises(OSError, match="cannot bind socket 'b'"):
        sockets.bind_and_listen_all()
    assert not (tmp_path / "a").exists()
    assert sockets["a"].fileno() == -1


def test_every_address_that_cannot_be_bound_is_told_at_once(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        sockets = CircusSockets(
            [
                CircusSocket("a", "127.0.0.1", port),
                CircusSocket("b", path=str(tmp_path / "no/b")),
                CircusSocket("c", "127.0.0.1", port, so_reuseport=True),
            ]
        )
        with pytest.raises(OSError, match="socket 'a'") as caught:
            sockets.bind_and_listen_all()
    names = [line.split("'")[1] for line in caught.value.strerror.splitlines()]
    assert names == ["a", "b", "c"]


def test_the_parts_of_an_address_have_names(tmp_path):
    sockets = CircusSockets(
        [CircusSocket("web", "127.0.0.1", 0), CircusSocket("ux", path=str(tmp_path / "s"))]
    )
    sockets.bind_and_listen_all()
    port = str(sockets["web"].getsockname()[1])
    assert sockets.places() == {
        "web.host": "127.0.0.1",
        "web.port": port,
        "ux.path": str(tmp_path / "s"),
    }
    sockets.close_all()


def test_those_that_are_leaving_are_closed_at_the_latest_with_all(tmp_path):
    sockets = CircusSockets([CircusSocket("a", path=str(tmp_path / "a"))])
    sockets.bind_and_listen_all()
    sockets.leaving.append(sockets.pop("a"))
    sockets.close_all()
    assert not (tmp_path / "a").exists()
    assert sockets.leaving == []


def test_what_was_closed_is_bound_anew(tmp_path):
    made = [
        CircusSocket("a", "127.0.0.1", 0),
        CircusSocket("b", "127.0.0.1", 0, so_reuseport=True),
        CircusSocket("c", path=str(tmp_path / "c")),
    ]
    sockets = CircusSockets(made)
    for _ in range(2):
        sockets.bind_and_listen_all()
        socket.create_connection(("127.0.0.1", sockets["a"].port)).close()
        with sockets["b"].for_worker() as worker:
            assert worker.getsockname()[1] == sockets["b"].port
        assert (tmp_path / "c").exists()
        sockets.close_all()
        assert not (tmp_path / "c").exists()
        assert [one.fileno() for one in made] == [-1] * 3


def test_a_table_that_could_not_be_bound_can_be_when_the_place_is_free():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        sockets = CircusSockets([CircusSocket("a", "127.0.0.1", port)])
        with pytest.raises(OSError, match="cannot bind socket 'a'"):
            sockets.bind_and_listen_all()
    sockets.bind_and_listen_all()
    assert sockets["a"].getsockname()[1] == port
    sockets.close_all()


def test_what_somebody_else_bound_is_not_bound_anew():
    with socket.create_server(("127.0.0.1", 0)) as theirs:
        sockets = CircusSockets([CircusSocket("a", fileno=theirs.detach())])
    sockets.close_all()
    with pytest.raises(OSError, match=r"cannot open socket 'a' .* again: somebody else"):
        sockets.bind_and_listen_all()
