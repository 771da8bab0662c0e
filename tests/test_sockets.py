import errno
import logging
import os
import socket
import stat

import pytest

from circus.sockets import CircusSocket, CircusSockets
from circus.spec.model import SocketSpec


@pytest.fixture
def made():
    """A list of sockets that are closed at the end."""
    sockets = []
    yield sockets
    for sock in sockets:
        sock.close()


def mode_of(path):
    return stat.S_IMODE(os.lstat(path).st_mode)


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


def test_a_host_name_becomes_a_number(made):
    made.append(CircusSocket("web", "localhost", 0))
    assert made[0].host == "127.0.0.1"


def test_a_host_that_is_not_known_is_named():
    with pytest.raises(OSError, match=r"cannot resolve the host 'no such host' of socket 'web'"):
        CircusSocket("web", "no such host", 0)


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
def test_ipv6(made):
    try:
        sock = CircusSocket.from_spec(SocketSpec("six", host="::1", port=0, family="af_inet6"))
        made.append(sock)
        sock.bind_and_listen()
    except OSError as error:
        pytest.skip(f"no IPv6 here: {error}")
    socket.create_connection((sock.host, sock.port)).close()


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
    assert caught.value.strerror == f"cannot bind socket 'two' at {where}: Address already in use"
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


def test_closing_leaves_a_path_that_somebody_else_has_taken(tmp_path, made):
    path = str(tmp_path / "s")
    made += [CircusSocket("u", path=path), CircusSocket("u", path=path, replace=True)]
    made[0].bind_and_listen()
    made[1].bind_and_listen()
    made[0].close()
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(path)


def test_closing_a_socket_that_was_never_bound_leaves_the_path(tmp_path, made):
    path = str(tmp_path / "s")
    made += [CircusSocket("u", path=path), CircusSocket("u", path=path)]
    made[0].bind_and_listen()
    made[1].close()
    assert os.path.exists(path)


@pytest.mark.parametrize(("umask", "mode"), [(0, 0o777), (0o077, 0o700), (0o117, 0o660)])
def test_a_umask_is_for_the_path_alone(tmp_path, made, umask, mode):
    made.append(CircusSocket("u", path=str(tmp_path / "s"), umask=umask))
    before = os.umask(0o022)
    try:
        made[0].bind_and_listen()
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)
    assert mode_of(tmp_path / "s") == mode


def test_without_a_umask_that_of_the_process_counts(tmp_path, made):
    made.append(CircusSocket("u", path=str(tmp_path / "s")))
    before = os.umask(0o027)
    try:
        made[0].bind_and_listen()
    finally:
        os.umask(before)
    assert mode_of(tmp_path / "s") == 0o750


def test_a_path_that_exists_is_left_alone(tmp_path, made):
    path = tmp_path / "s"
    path.write_text("precious")
    made.append(CircusSocket("u", path=str(path)))
    text = (
        f"{str(path)!r} already exists. You might want to remove it. "
        "If it's a stalled socket file, just restart Circus"
    )
    with pytest.raises(OSError, match="exists") as caught:
        made[0].bind_and_listen()
    assert caught.value.strerror.endswith(f"cannot bind socket 'u' at {str(path)!r}: {text}")
    assert path.read_text() == "precious"


def test_replace_removes_a_socket_but_nothing_else(tmp_path, made):
    path = tmp_path / "s"
    path.write_text("precious")
    made.append(CircusSocket("u", path=str(path), replace=True))
    with pytest.raises(OSError, match="is no socket, so it is not replaced"):
        made[0].bind_and_listen()
    assert path.read_text() == "precious"
    path.unlink()
    made[0].bind_and_listen()
    assert stat.S_ISSOCK(os.lstat(path).st_mode)


def test_a_path_that_is_too_long_is_told(made):
    made.append(CircusSocket("u", path="/tmp/" + "x" * 200))
    with pytest.raises(OSError, match="AF_UNIX path too long"):
        made[0].bind_and_listen()


def test_a_unix_socket_needs_a_path():
    with pytest.raises(ValueError, match="it has no path"):
        CircusSocket.from_spec(SocketSpec("u", family="AF_UNIX"))


@pytest.mark.parametrize(
    "wrong", [{"family": "AF_TIPC"}, {"type": "SOCK_NONE"}, {"type": "AF_INET"}]
)
def test_a_family_or_type_that_is_not_known_is_a_key_error(wrong):
    with pytest.raises(KeyError):
        CircusSocket.from_spec(SocketSpec("x", **wrong))


def test_a_protocol_is_found_by_name(made):
    made.append(CircusSocket.from_spec(SocketSpec("x", host="127.0.0.1", port=0, proto="tcp")))
    assert made[0].proto == socket.IPPROTO_TCP
    with pytest.raises(OSError, match="protocol not found"):
        CircusSocket.from_spec(SocketSpec("x", proto="no such protocol"))


def test_an_interface_is_bound_to(made):
    try:
        made.append(CircusSocket("a", "127.0.0.1", 0, interface="lo"))
    except PermissionError:
        pytest.skip("binding to an interface is not allowed here")
    assert made[0].getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16)[:2] == b"lo"


def test_an_interface_that_does_not_exist_is_named():
    with pytest.raises(OSError, match=r"cannot bind socket 'a' at .* to the interface 'nope0'"):
        CircusSocket("a", "127.0.0.1", 0, interface="nope0")


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
