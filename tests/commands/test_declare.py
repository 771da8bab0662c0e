from __future__ import annotations

import importlib

import pytest

from circus import commands
from circus.commands.declare import Command, flag, option, rest, wire, word
from circus.commands.kinds import COUNT, KEYS, NAME
from circus.exc import MessageError


def declared(*args, **more):
    def handler(fleet, **given):
        return {"fleet": fleet, **given}

    return Command("try", "Try it", args, handler, **more)


def test_a_handler_gets_the_fleet_and_every_argument():
    command = declared(word("name", NAME, ""), option("nb", COUNT, "", default=1), flag("all", ""))
    assert command.run("fleet", {"name": "a", "stray": 1}) == {
        "fleet": "fleet",
        "name": "a",
        "nb": 1,
        "all": False,
    }


def test_what_is_missing_is_told_in_the_order_of_declaration_before_what_is_wrong():
    command = declared(word("a", COUNT, ""), word("b", NAME, ""), word("c", NAME, ""))
    with pytest.raises(MessageError, match="message invalid 'b' is missing"):
        command.check({"a": "wrong"})


def test_null_counts_as_missing():
    command = declared(word("a", NAME, ""), option("b", NAME, "", default="x"))
    assert command.check({"a": "1", "b": None})["b"] == "x"
    with pytest.raises(MessageError, match="message invalid 'a' is missing"):
        command.check({"a": None})


def test_a_flag_may_stand_for_a_no():
    command = declared(flag("graceful", "", "terminate", stores=False))
    assert command.check({}) == {"graceful": True}
    assert command.check({"graceful": False}) == {"graceful": False}


def test_a_property_may_have_other_names():
    command = declared(wire("childpid", COUNT, "", also=("child_pid",)))
    assert command.check({"child_pid": 3}) == {"childpid": 3}


def test_all_remaining_words_may_be_none_where_they_have_a_default():
    command = declared(word("a", NAME, ""), rest("keys", KEYS, "", default=()))
    assert command.assign(["x"]) == {"a": "x", "keys": []}
    assert command.assign(["x", "y", "z"]) == {"a": "x", "keys": ["y", "z"]}
    assert command.check({"a": "x"})["keys"] == ()


@pytest.mark.parametrize(
    ("verb", "file", "name"),
    [
        ("add", "addwatcher", "AddWatcher"),
        ("decr", "decrproc", "DecrProc"),
        ("dstats", "dstats", "Daemontats"),
        ("get", "get", "Get"),
        ("globaloptions", "globaloptions", "GlobalOptions"),
        ("incr", "incrproc", "IncrProc"),
        ("ipython", "ipythonshell", "IPythonShell"),
        ("kill", "kill", "Kill"),
        ("list", "list", "List"),
        ("listen", "listen", "Listen"),
        ("listsockets", "listsockets", "ListSockets"),
        ("numprocesses", "numprocesses", "NumProcesses"),
        ("numwatchers", "numwatchers", "NumWatchers"),
        ("options", "options", "Options"),
        ("quit", "quit", "Quit"),
        ("reload", "reload", "Reload"),
        ("restart", "restart", "Restart"),
        ("rm", "rmwatcher", "RmWatcher"),
        ("set", "set", "Set"),
        ("signal", "sendsignal", "Signal"),
        ("start", "start", "Start"),
        ("stats", "stats", "Stats"),
        ("status", "status", "Status"),
        ("stop", "stop", "Stop"),
    ],
)
def test_circus_s_class_of_a_verb_is_found_in_its_file(verb, file, name):
    module = importlib.import_module(f"circus.commands.{file}")
    made = getattr(module, name)
    assert made is getattr(module, name)
    assert (made.__name__, made().name, made.short) == (name, verb, commands.find(verb).title)
    with pytest.raises(AttributeError, match="has no 'Nope'"):
        getattr(module, "No" + "pe")
