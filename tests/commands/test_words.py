from __future__ import annotations

import shlex

import pytest

from circus import commands
from circus.commands import words
from circus.commands.declare import flag
from circus.exc import ArgumentError


def read(line):
    verb, *rest = shlex.split(line)
    return words.read(commands.find(verb), rest)


READ = [
    # the lines that were tried on Circus, and some that it got wrong
    ("add --start web sleep 3", {"name": "web", "cmd": "sleep 3", "start": True}),
    ("add web sleep 3 --start", {"name": "web", "cmd": "sleep 3", "start": True}),
    ("add web py -m x --bind=y", {"name": "web", "cmd": "py -m x --bind=y"}),
    ("add web -- prog --start", {"name": "web", "cmd": "prog --start"}),
    ("add web prog --sta", {"name": "web", "cmd": "prog --sta"}),
    ("tail web -f -n 5", {"name": "web", "follow": True, "lines": 5}),
    ("tail --lines=5 web --fol", {"name": "web", "follow": True, "lines": 5}),
    ("tail -n -1 web", {"name": "web", "lines": -1}),
    ("start", {}),
    ("start web --waiting", {"name": "web", "waiting": True}),
    ("start --waiting --match simple web", {"name": "web", "waiting": True, "match": "simple"}),
    ("start --wait --match=regex web", {"name": "web", "waiting": True, "match": "regex"}),
    ("stop a b", {"name": "a"}),
    (
        "reload web --sequential --terminate",
        {"name": "web", "graceful": False, "sequential": True},
    ),
    ("incr web", {"name": "web"}),
    ("incr web 2 --waiting", {"name": "web", "nb": 2, "waiting": True}),
    ("incr web -1", {"name": "web", "nb": -1}),
    ("set web numprocesses 3", {"name": "web", "options": {"numprocesses": 3}}),
    (
        "set web STOP_SIGNAL INT graceful_timeout 4 --waiting",
        {"name": "web", "waiting": True, "options": {"stop_signal": 2, "graceful_timeout": 4.0}},
    ),
    ("set web env A=1,B=2", {"name": "web", "options": {"env": {"A": "1", "B": "2"}}}),
    ("set web args --verbose", {"name": "web", "options": {"args": "--verbose"}}),
    ("get web a b", {"name": "web", "keys": ["a", "b"]}),
    ("options a b", {"name": "a"}),
    ("list web", {"name": "web"}),
    ("stats", {}),
    ("stats --extended web", {"name": "web", "extended": True}),
    ("stats web 123", {"name": "web", "process": 123}),
    ("signal web HUP", {"name": "web", "signum": "HUP"}),
    ("signal web 12 RTMIN+1", {"name": "web", "pid": 12, "signum": "RTMIN+1"}),
    (
        "signal web --children --recursive HUP",
        {"name": "web", "children": True, "recursive": True, "signum": "HUP"},
    ),
    (
        "kill web 12 --signum TERM --graceful_timeout 4 --waiting",
        {"name": "web", "pid": 12, "signum": "TERM", "graceful_timeout": 4.0, "waiting": True},
    ),
    ("quit now --waiting", {"waiting": True}),
    ("rm web --nostop --waiting", {"name": "web", "nostop": True, "waiting": True}),
    ("globaloptions", {}),
    ("globaloptions endpoint b", {"option": "endpoint"}),
    ("listsockets now", {}),
    ("listen", {"topics": []}),
    ("listen watcher.web watcher.x", {"topics": ["watcher.web", "watcher.x"]}),
    ("reloadconfig --plan", {"plan": True}),
]


@pytest.mark.parametrize(("line", "properties"), READ)
def test_a_line_becomes_the_properties_of_a_request(line, properties):
    verb = line.split(maxsplit=1)[0]
    assert read(line) == [{"command": verb, "properties": properties}]


WRONG = [
    ("add web", "Invalid number of arguments"),
    ("incr", "Invalid number of arguments"),
    ("incr a 1 2", "Invalid number of arguments"),
    ("start a b", "Invalid number of arguments"),
    ("restart a b", "Invalid number of arguments"),
    ("list a b", "Invalid number of arguments"),
    ("numwatchers a", "Invalid number of arguments"),
    ("signal web", "Invalid number of arguments"),
    ("get web", "Invalid number of arguments"),
    ("set web a", "Invalid number of arguments"),
    ("kill", "Invalid number of arguments"),
    ("rm", "Invalid number of arguments"),
    ("numprocesses a b", "message invalid"),
    ("stats a 1 2", "message invalid"),
    ("status a b", "message invalid"),
    ("options", "number of arguments invalid"),
    ("reload a b", "invalid number of arguments"),
    ("dstats a", "Invalid message"),
    ("ipython a", "Invalid message"),
    ("set web numprocesses 3 warmup_delay", "List of key/values is invalid"),
    ("set web nope 4", "unknown key 'nope'"),
    ("incr web x", "cannot read 'x': it isn't an integer"),
    ("stats web xx", "cannot read 'xx': it isn't an integer"),
    ("kill web --graceful_timeout soon", "cannot read 'soon': it isn't a number of seconds"),
]


@pytest.mark.parametrize(("line", "message"), WRONG)
def test_a_wrong_line_is_told_with_circus_s_words(line, message):
    with pytest.raises(ArgumentError, match=message) as caught:
        read(line)
    assert caught.value.exit_code == 1


UNREADABLE = [
    ("status --json", "unrecognized arguments: --json"),
    ("start --waiting=yes", "unrecognized arguments: --waiting=yes"),
    ("start -w", "unrecognized arguments: -w"),
    ("start --match", "argument --match: expected one argument"),
]


@pytest.mark.parametrize(("line", "message"), UNREADABLE)
def test_an_option_that_nobody_knows_is_an_error_of_usage(line, message):
    with pytest.raises(words.UsageError, match=message) as caught:
        read(line)
    assert caught.value.exit_code == 2


def test_a_beginning_that_fits_two_options_is_told_with_both():
    options = [flag("some", ""), flag("same", "")]
    with pytest.raises(words.UsageError, match="--s could match --some, --same"):
        words.split(["--s"], options)
    assert words.split(["--so"], options) == ({"some": True}, [])


def test_help_is_wanted_wherever_it_stands():
    assert read("incr web --help") == []
    assert read("incr --help") == []
