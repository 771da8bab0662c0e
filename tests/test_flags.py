from __future__ import annotations

import argparse

import pytest

from circus import __version__, circusd, flags, plugins, stats, top, web


@pytest.fixture
def parser():
    made = argparse.ArgumentParser(prog="one")
    flags.add_ends(made)
    flags.add_log(made, "info", "-")
    flags.add_version(made)
    return made


def test_where_circusd_is_and_where_to_log_have_defaults(parser):
    found = vars(parser.parse_args([]))
    assert found == {
        "endpoint": "tcp://127.0.0.1:5555",
        "pubsub": "tcp://127.0.0.1:5556",
        "loglevel": "info",
        "logoutput": "-",
    }


@pytest.mark.parametrize("program", [circusd, stats, top, plugins, web])
def test_the_version_is_said_bare_on_stdout(program, capsys):
    with pytest.raises(SystemExit) as ended:
        program.main(["--version"])
    assert (ended.value.code, capsys.readouterr().out) == (0, f"{__version__}\n")


@pytest.mark.parametrize("level", ["debug", "DEBUG"])
def test_a_level_is_in_lower_or_in_upper_case(parser, level):
    assert parser.parse_args(["--log-level", level]).loglevel == level
    with pytest.raises(SystemExit) as ended:
        parser.parse_args(["--log-level", level.title()])
    assert ended.value.code == 2


def test_the_reason_of_an_error_has_no_number():
    assert flags.reason(FileNotFoundError(2, "No such file", "x")) == "No such file"
    assert flags.reason(ValueError("it is 3")) == "it is 3"
