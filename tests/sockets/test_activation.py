"""What is made of the environment and of what was given; tests/scenes has a whole circusd."""

from __future__ import annotations

import logging
import os
import socket

import pytest

from circus.sockets.activation import Activation, Given
from circus.spec.environment import ACTIVATION
from circus.spec.model import SocketSpec
from tests.helpers.socketfacts import abstract_names


@pytest.fixture
def given(tmp_path):
    """Return a function that binds sockets and gives copies of them; all are closed at the end."""
    sockets, activations, made = [], [], []

    def give(*named):
        activation = Activation()
        for name, place, *kind in named:
            family = socket.AF_UNIX if isinstance(place, str) else socket.AF_INET
            sock = socket.socket(family, *kind)
            sock.bind(place)
            sockets.append(sock)
            activation.given.append(Given(os.dup(sock.fileno()), name))
        activations.append(activation)
        taken = activation.give

        def give_and_keep(specs):
            made.extend(found := taken(specs))
            return found

        activation.give = give_and_keep
        return activation

    yield give
    for sock in (*sockets, *made):
        sock.close()
    for activation in activations:
        for fd in activation.descriptors():
            os.close(fd)


def ux(name, path, **options):
    return SocketSpec(name, family="AF_UNIX", path=str(path), **options)


def test_the_environment_is_read_once_and_made_clean():
    with socket.socket() as sock:
        os.set_inheritable(sock.fileno(), True)
        count = sock.fileno() - 3 + 1
        names = ":".join(["x"] * (count - 1) + ["Web.socket"])
        environ = {
            "LISTEN_PID": str(os.getpid()),
            "LISTEN_FDS": str(count),
            "LISTEN_FDNAMES": names,
            "LISTEN_PIDFDID": "1",
            "OTHER": "stays",
        }
        found = Activation.received(environ)
        assert environ == {"OTHER": "stays"}
        assert found.given[-1] == Given(sock.fileno(), "web")
        assert not os.get_inheritable(sock.fileno())


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"LISTEN_PID": "1", "LISTEN_FDS": "3"},
        {"LISTEN_PID": "me", "LISTEN_FDS": "many"},
        {"LISTEN_PID": "me"},
        {"LISTEN_FDS": "3"},
    ],
)
def test_what_is_meant_for_somebody_else_is_taken_out_and_left_alone(environ):
    said = {name: text.replace("me", str(os.getpid())) for name, text in environ.items()}
    assert Activation.received(said).given == []
    assert not set(ACTIVATION) & said.keys()


def test_descriptors_that_are_not_there_are_no_sockets():
    environ = {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": str(10**9), "LISTEN_FDNAMES": ""}
    found = Activation.received(environ)
    assert all(os.fstat(fd) for fd in found.descriptors())


def test_a_socket_is_given_to_who_has_its_address(given, tmp_path):
    activation = given(("api", f"{tmp_path}/web"), ("web", f"{tmp_path}/other"))
    web, other = activation.give([ux("web", tmp_path / "web"), ux("api", tmp_path / "other")])
    assert (web.adopted, web.path) == (True, f"{tmp_path}/web")
    assert (other.adopted, other.path) == (True, f"{tmp_path}/other")


def test_an_address_of_the_network_and_an_abstract_one_are_compared_too(given, tmp_path):
    abstract_names()
    activation = given(("", ("127.0.0.1", 0)), ("", f"\0{tmp_path}"))
    port = socket.socket(fileno=os.dup(activation.given[0].fd))
    specs = [
        SocketSpec("web", host="localhost", port=port.getsockname()[1]),
        ux("name", f"@{tmp_path}"),
    ]
    port.close()
    assert [sock.adopted for sock in activation.give(specs)] == [True, True]


def test_else_to_who_has_its_name_and_the_log_says_where_it_is(given, tmp_path, caplog):
    activation = given(("web", f"{tmp_path}/s"))
    with caplog.at_level(logging.WARNING, "circus"):
        (web,) = activation.give([SocketSpec("web", host="127.0.0.1", port=1)])
    assert (web.adopted, web.path) == (True, f"{tmp_path}/s")
    assert caplog.messages == [
        f"socket 'web' at '{tmp_path}/s' has not the address that [socket:web] says"
    ]


def test_a_socket_of_another_type_is_not_what_was_asked_for(given, tmp_path):
    activation = given(("web", f"{tmp_path}/s", socket.SOCK_DGRAM))
    (web,) = activation.give([ux("web", tmp_path / "t")])
    assert not web.adopted


def test_what_nobody_asks_for_is_named_and_closed(given, tmp_path, caplog):
    activation = given(("web", f"{tmp_path}/s"), ("", f"{tmp_path}/t"))
    read, write = os.pipe()
    activation.given.append(Given(read, "pipe"))
    fds = activation.descriptors()
    with caplog.at_level(logging.WARNING, "circus"):
        assert activation.give([]) == []
    text = "closed what circusd was given and no [socket:NAME] asks for: "
    assert caplog.messages == [
        f"{text}'web' at descriptor {fds[0]}",
        f"{text}descriptor {fds[1]}",
        f"{text}'pipe' at descriptor {read}",
    ]
    for fd in fds:
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(fd)
    os.close(write)


def test_options_that_only_a_binder_can_give_are_named(given, tmp_path, caplog):
    activation = given(("web", f"{tmp_path}/s"))
    with caplog.at_level(logging.WARNING, "circus"):
        activation.give([ux("web", tmp_path / "s", mode=0o600)])
    assert caplog.messages == [
        "mode of [socket:web] has no effect: the socket was given to circusd"
    ]


def test_another_life_gets_them_again(given, tmp_path):
    activation = given(("web", f"{tmp_path}/s"))
    spec = ux("web", tmp_path / "s")
    (web,) = activation.give([spec])
    activation.take_back({"web": web})
    web.close()
    (again,) = activation.give([spec])
    assert (again.adopted, again.path) == (True, f"{tmp_path}/s")
    assert activation.given == []
