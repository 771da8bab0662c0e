from __future__ import annotations

import pytest

from circus.spec.door import (
    SHORTEST,
    Door,
    TokenError,
    at_home,
    checked_token,
    door_of,
    faults,
    socket,
)
from circus.spec.model import CONSOLE, DaemonSpec

TOKEN = "a-token-that-is-long-enough"


@pytest.mark.parametrize(
    ("token", "why"),
    [
        ("x" * (SHORTEST - 1), "too short"),
        ("", "too short"),
        ("$(circus.env.CONSOLE_TOKEN)", "names a variable"),
        ("a token that has blanks", "no token"),
        ("a-token-with-a-line\nmore", "no token"),
        ("ein-schlüssel-mit-umlaut", "no token"),
    ],
)
def test_a_token_that_cannot_be_one_is_refused_and_not_shown(token, why):
    with pytest.raises(TokenError, match=why) as refused:
        checked_token(token)
    assert not token or token not in str(refused.value)


def test_a_token_is_taken():
    assert checked_token(TOKEN) == TOKEN


@pytest.mark.parametrize(
    ("host", "home"),
    [
        ("localhost", True),
        ("Localhost.", True),
        ("app.localhost", True),
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("", False),
        ("10.0.0.1", False),
        ("console.example", False),
        ("localhost.example", False),
    ],
)
def test_what_only_this_machine_reaches(host, home):
    assert at_home(host) is home


def test_beyond_this_machine_a_token_of_ones_own_is_needed():
    assert [*faults(Door())] == []
    assert [option for option, _ in faults(Door("0.0.0.0"))] == ["httpd_host"]
    assert [*faults(Door("0.0.0.0", token=TOKEN))] == []
    assert [*faults(Door("0.0.0.0", token_file="/key"))] == []


def test_a_token_cannot_come_from_two_places_nor_be_short():
    assert [option for option, _ in faults(Door(token=TOKEN, token_file="/key"))] == [
        "httpd_token_file"
    ]
    assert [option for option, _ in faults(Door(token="short"))] == ["httpd_token"]


def test_the_socket_is_of_the_family_of_its_address():
    assert (socket(Door()).name, socket(Door()).family) == (CONSOLE, "AF_INET")
    assert socket(Door("::1", 1)).family == "AF_INET6"


def test_a_configuration_says_where_the_door_is_and_shows_no_token():
    daemon = DaemonSpec(httpd_host="h", httpd_port=1, httpd_token=TOKEN, httpd_hosts=("a",))
    assert door_of(daemon) == Door("h", 1, TOKEN, None, ("a",))
    assert TOKEN not in repr(daemon)
    assert TOKEN not in repr(door_of(daemon))
