from __future__ import annotations

import pytest

from circus.web.gate import FORGIVEN, LOGGED_OUT, MOST_WAITING, PATIENCE, PAUSE, SESSION, Gate

TOKEN = "a-token-that-is-long-enough"


@pytest.fixture
def gate():
    return Gate(TOKEN, ["console.example", "Other.example:8443"], at="localhost")


@pytest.mark.parametrize(
    ("host", "good"),
    [
        ("localhost", True),
        ("LOCALHOST:8080", True),
        ("app.localhost:8080", True),
        ("127.0.0.1:8080", True),
        ("[::1]:8080", True),
        ("10.1.2.3", True),
        ("console.example:443", True),
        ("other.example", True),
        ("Console.Example", True),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("console.example.evil.example", False),
        ("", False),
        ("[::1", False),
        ("localhost@evil.example", False),
        ("evil.example#localhost", False),
    ],
)
def test_a_name_that_anybody_could_point_at_us_is_not_ours(gate, host, good):
    assert gate.knows_host(host) is good


@pytest.mark.parametrize(
    ("origin", "host", "good"),
    [
        ("http://localhost:8080", "localhost:8080", True),
        ("https://console.example", "localhost:8080", True),
        ("http://localhost:3000", "localhost:8080", False),
        ("http://localhost", "localhost:8080", False),
        ("http://console.example", "localhost:8080", True),
        ("https://console.example:8443", "localhost:8080", False),
        ("https://console.example:8443", "console.example", False),
        ("https://other.example:8443", "localhost:8080", True),
        ("https://other.example", "localhost:8080", False),
        ("http://127.0.0.1:8080", "localhost:8080", False),
        ("http://evil.example", "localhost:8080", False),
        ("null", "localhost:8080", False),
        ("file://", "localhost:8080", False),
        ("chrome-extension://localhost:8080", "localhost:8080", False),
        ("http://[::1", "localhost:8080", False),
    ],
)
def test_a_page_of_another_place_is_not_ours(gate, origin, host, good):
    assert gate.knows_origin(origin, host) is good


def test_the_port_that_a_browser_leaves_out_may_be_written():
    gate = Gate(TOKEN, ["console.example:443"])
    assert gate.knows_origin("https://console.example", "localhost:8080")
    assert not gate.knows_origin("http://console.example", "localhost:8080")


@pytest.mark.parametrize("wrong", ["", TOKEN[:-1], f"{TOKEN}x", TOKEN.upper(), "\udcff"])
def test_only_the_token_opens(gate, wrong):
    assert gate.opens(TOKEN)
    assert not gate.opens(wrong)


def test_after_some_wrong_tokens_each_costs_a_second_until_there_is_peace(gate):
    assert [gate.wrong(1.0) for _ in range(PATIENCE)] == [0.0] * PATIENCE
    assert gate.wrong(2.0) == PAUSE
    assert gate.wrong(2.0 + FORGIVEN + 1) == 0.0


def test_a_gate_before_which_many_wait_is_besieged(gate):
    gate.waiting = MOST_WAITING - 1
    assert not gate.besieged
    gate.waiting += 1
    assert gate.besieged


def test_a_session_is_good_until_it_ends(gate):
    cookie = gate.session(1000.0)
    assert gate.admits(cookie, 1000.0)
    assert not gate.admits(cookie, 1000.0 + SESSION + 1)
    assert TOKEN not in cookie


@pytest.mark.parametrize(
    "spoil", [lambda one: one[:-1], lambda one: "9" + one, lambda _: "", str.upper]
)
def test_a_session_that_is_not_ours_is_none(gate, spoil):
    assert not gate.admits(spoil(gate.session(1000.0)), 1000.0)


def test_a_session_of_another_process_is_none(gate):
    assert not gate.admits(Gate(TOKEN).session(0.0), 1.0)


def test_who_logs_out_is_out_and_nobody_else(gate):
    mine, other = gate.session(0.0), gate.session(0.0)
    gate.log_out(mine)
    gate.log_out("nonsense")
    assert not gate.admits(mine, 1.0)
    assert gate.admits(other, 1.0)


def test_what_is_remembered_of_those_who_logged_out_is_bounded(gate):
    for _ in range(LOGGED_OUT + 10):
        gate.log_out(gate.session(0.0))
    assert len(gate._logged_out) == LOGGED_OUT
