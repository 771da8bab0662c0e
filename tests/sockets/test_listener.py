from __future__ import annotations

import errno
import logging
import os
import socket

import pytest

from circus.sockets import CircusSocket
from circus.spec.model import SocketSpec
from tests.helpers.socketfacts import abstract_names, backlog, ipv6, room


def test_a_bound_socket_accepts_connections_and_knows_its_port(made):
    sock = CircusSocket("web", "127.0.0.1", 0)
    made.append(sock)
    sock.bind_and_listen()
    assert sock.port != 0
    assert sock.location == f"127.0.0.1:{sock.port}"
    assert str(sock) == f"socket 'web' at 127.0.0.1:{sock.port}"
    socket.create_connection((sock.host, sock.port)).close()


def test_binding_twice_is_binding_once(made):
    sock = CircusSocket("web", "127.0.0.1", 0)
    made.append(sock)
    sock.bind_and_listen()
    port = sock.port
    sock.bind_and_listen()
    assert sock.port == port


def test_ipv6(made):
    ipv6()
    sock = CircusSocket.from_spec(SocketSpec("six", host="::1", port=0, family="af_inet6"))
    made.append(sock)
    sock.bind_and_listen()
    assert sock.location == f"[::1]:{sock.port}"
    socket.create_connection((sock.host, sock.port)).close()


def test_each_worker_has_the_scope_of_a_link_local_address(made):
    ipv6()
    made.append(CircusSocket("six", "::1", 0, socket.AF_INET6, so_reuseport=True))
    made[0]._address = ("::1", 0, 0, 1)
    made.append(made[0].for_worker())
    assert made[1]._address[2:] == (0, 1)


def test_a_datagram_socket_does_not_listen(made):
    sock = CircusSocket.from_spec(SocketSpec("udp", host="127.0.0.1", port=0, type="SOCK_DGRAM"))
    made.append(sock)
    sock.bind_and_listen()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"x", (sock.host, sock.port))
        sock.settimeout(10)
        assert sock.recv(10) == b"x"


def test_descriptors_are_close_on_exec_and_do_not_block(made):
    made += [CircusSocket("a", "127.0.0.1", 0), CircusSocket("b", "127.0.0.1", 0, blocking=True)]
    assert [sock.get_inheritable() for sock in made] == [False, False]
    assert [sock.getblocking() for sock in made] == [False, True]


def test_addresses_can_be_bound_again_at_once(made):
    made.append(CircusSocket("a", "127.0.0.1", 0))
    assert made[0].getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR)


def test_a_taken_address_says_which_socket_which_address_and_why(made, caplog):
    first = CircusSocket("one", "127.0.0.1", 0)
    made.append(first)
    first.bind_and_listen()
    second = CircusSocket("two", "127.0.0.1", first.port)
    made.append(second)
    with caplog.at_level(logging.ERROR, "circus"), pytest.raises(OSError, match="two") as caught:
        second.bind_and_listen()
    where = f"127.0.0.1:{first.port}"
    text = f"cannot bind socket 'two' at {where}: Address already in use"
    assert caught.value.strerror.partition(";")[0] == text
    assert caught.value.errno == errno.EADDRINUSE
    assert [record.message for record in caplog.records] == [f"Could not bind {where}"]


def test_a_unix_socket_lies_at_its_path_until_it_is_closed(tmp_path, made):
    path = str(tmp_path / "s")
    sock = CircusSocket("u", path=path)
    made.append(sock)
    sock.bind_and_listen()
    assert sock.is_unix
    assert str(sock) == f"socket 'u' at {path!r}"
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(path)
    sock.close()
    assert not os.path.exists(path)


def test_a_path_that_is_too_long_is_told(made):
    made.append(CircusSocket("u", path="/tmp/" + "x" * 200))
    with pytest.raises(OSError, match="AF_UNIX path too long"):
        made[0].bind_and_listen()


def test_a_unix_socket_needs_a_path():
    with pytest.raises(ValueError, match="it has no path"):
        CircusSocket.from_spec(SocketSpec("u", family="AF_UNIX"))


def test_each_worker_gets_a_socket_of_its_own_on_one_address(made):
    shared = CircusSocket("web", "127.0.0.1", 0, so_reuseport=True)
    made += [shared, shared.for_worker(), shared.for_worker()]
    assert made[1].port == made[2].port == shared.port != 0
    assert made[1].fileno() != made[2].fileno()
    socket.create_connection((shared.host, shared.port)).close()


def test_a_mapping_makes_a_socket_and_is_kept(made):
    config = {"name": "a", "host": "127.0.0.1", "port": 0, "use_papa": True}
    made.append(CircusSocket.load_from_config(config))
    assert made[0].name == "a"
    assert made[0]._cfg == config


def test_a_mapping_of_texts_is_typed_as_in_a_file(tmp_path, made):
    config = {"name": "u", "path": str(tmp_path / "s"), "umask": "077", "blocking": "yes"}
    made.append(CircusSocket.load_from_config(config))
    assert (made[0].umask, made[0].blocking) == (0o077, True)
    with pytest.raises(ValueError, match="four"):
        CircusSocket.load_from_config({"port": "four"})


# --- every option changes a real socket -----------------------------------------------------------


def test_host_and_port_are_what_is_bound(opened):
    first = opened(host="127.0.0.2")
    port = first.port
    first.close()
    assert opened(host="127.0.0.2", port=port).getsockname() == ("127.0.0.2", port)


@pytest.mark.parametrize("kind", ["SOCK_STREAM", "SOCK_SEQPACKET", "SOCK_DGRAM"])
def test_the_type_is_the_sockets(opened, tmp_path, kind):
    sock = opened(path=str(tmp_path / "s"), type=kind)
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE) == getattr(socket, kind)


def test_the_backlog_bounds_the_queue(opened, tmp_path):
    assert backlog(opened(backlog=7)) == 7
    opened(path=str(tmp_path / "s"), backlog=3)
    assert room(str(tmp_path / "s")) == 4


def test_blocking_is_the_sockets_mode(opened):
    assert os.get_blocking(opened().fileno()) is False
    assert os.get_blocking(opened(blocking=True).fileno()) is True


def test_reuseport_lets_two_sockets_have_one_address(opened):
    first = opened(so_reuseport=True)
    assert opened(so_reuseport=True, port=first.port).port == first.port
    with pytest.raises(OSError, match="Address already in use"):
        opened(port=first.port)


def test_an_abstract_name_is_no_file(opened, tmp_path):
    abstract_names()
    name = f"@circus-{tmp_path}"
    sock = opened(path=name)
    assert str(sock) == f"socket 'x' at {name!r}"
    assert not os.path.lexists(name)
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(f"\0{name[1:]}")


def test_an_abstract_name_is_taken_once(opened, tmp_path):
    abstract_names()
    name = f"@circus-{tmp_path}"
    opened(path=name)
    with pytest.raises(OSError, match="Address already in use; held by this process itself"):
        opened(path=name)


def test_a_socket_that_cannot_be_made_says_which(opened):
    with pytest.raises(OSError, match=r"cannot make socket 'x': .* not supported"):
        opened(type="SOCK_SEQPACKET")


# --- for each worker ------------------------------------------------------------------------------


def test_the_address_of_workers_is_tried_and_nobody_can_connect(made):
    shared = CircusSocket("web", "127.0.0.1", 0, so_reuseport=True)
    made.append(shared)
    shared.try_address()
    assert shared.port != 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((shared.host, shared.port))
    assert shared.getsockname()[1] == 0


def test_an_address_that_workers_cannot_have_is_told(opened, made):
    taken = opened()
    shared = CircusSocket("web", "127.0.0.1", taken.port, so_reuseport=True)
    made.append(shared)
    with pytest.raises(OSError, match=r"cannot bind socket 'web' .*; held by this process itself"):
        shared.try_address()
    with pytest.raises(OSError, match=r"cannot bind socket 'web' at .*: Address already in use$"):
        shared.for_worker()


def test_a_path_cannot_be_shared_that_way(made, tmp_path):
    made.append(CircusSocket("u", path=str(tmp_path / "s"), so_reuseport=True))
    assert made[0].so_reuseport is False


# --- changed while it is open ---------------------------------------------------------------------


def test_the_backlog_of_an_open_socket_changes(opened):
    sock = opened(backlog=7)
    fd = sock.fileno()
    sock.tune(SocketSpec("y", backlog=9))
    assert (sock.fileno(), sock.name, backlog(sock)) == (fd, "y", 9)


# --- given by somebody else -----------------------------------------------------------------------


def test_a_socket_that_somebody_bound_is_taken_as_it_is(made):
    with socket.create_server(("127.0.0.1", 0)) as theirs:
        made.append(CircusSocket.from_spec(SocketSpec("web", backlog=5), os.dup(theirs.fileno())))
        assert made[0].place == theirs.getsockname()
        assert (made[0].getblocking(), made[0].get_inheritable()) == (False, False)
        assert backlog(theirs) == 5
        made[0].bind_and_listen()
        made[0].retire()
        socket.create_connection(theirs.getsockname()).close()


def test_the_path_of_such_a_socket_is_left_when_it_is_closed(made, tmp_path):
    with socket.socket(socket.AF_UNIX) as theirs:
        theirs.bind(str(tmp_path / "s"))
        made.append(CircusSocket("u", fileno=os.dup(theirs.fileno())))
        assert made[0].path == str(tmp_path / "s")
        made[0].close()
        assert (tmp_path / "s").exists()


def test_what_is_no_socket_cannot_be_one():
    read, write = os.pipe()
    with pytest.raises(OSError, match="cannot make socket 'x'"):
        CircusSocket("x", fileno=read)
    os.close(write)
    os.close(read)


# --- closed for everybody -------------------------------------------------------------------------


def test_a_retired_socket_refuses_although_somebody_still_has_it_open(opened):
    sock = opened()
    with socket.socket(fileno=os.dup(sock.fileno())):
        sock.retire()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((sock.host, sock.port))
        opened(port=sock.port)


def test_a_datagram_socket_is_retired_quietly(opened, made):
    opened(type="SOCK_DGRAM").retire()
    assert made[0].fileno() == -1
