from __future__ import annotations

import asyncio
import sys

import pytest

from circus import circusctl, commands
from circus.commands.base import Command
from circus.commands.declare import DECLARED
from circus.commands.decrproc import DecrProc
from circus.commands.helptext import long_help, usage
from circus.commands.incrproc import IncrProc
from circus.commands.list import List
from circus.commands.quit import Quit
from circus.commands.reload import Reload
from circus.commands.set import Set
from circus.commands.stats import Stats
from circus.exc import ArgumentError, MessageError
from tests.helpers.desk import served
from tests.helpers.fleet import FakeFleet, FakeWatcher


@pytest.fixture(autouse=True)
def registry():
    """What a test registers is forgotten again."""
    commands.get_commands()
    before = dict(DECLARED)
    yield
    DECLARED.clear()
    DECLARED.update(before)


def fleet():
    return FakeFleet(FakeWatcher("web", 1, 2))


async def carried_out(verb, fleet, props):
    return await verb.execute(fleet, props)


# --- ours, in the old form ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "args", "opts", "properties"),
    [
        (DecrProc, ("web",), {}, {"name": "web"}),
        (DecrProc, ("web", "3"), {"waiting": True}, {"name": "web", "nb": 3, "waiting": True}),
        (IncrProc, ("web", 3), {"waiting": False}, {"name": "web", "nb": 3}),
        (Quit, (), {}, {}),
        (
            Set,
            ("dummy", "graceful_timeout", 3, "numprocesses", 4),
            {},
            {"name": "dummy", "options": {"graceful_timeout": 3.0, "numprocesses": 4}},
        ),
        (
            Reload,
            ("web",),
            {"terminate": True, "sequential": False},
            {"name": "web", "graceful": False},
        ),
    ],
)
def test_an_old_command_makes_the_message_that_circus_made(verb, args, opts, properties):
    made = verb()
    assert made.message(*args, **opts) == {"command": made.name, "properties": properties}


def test_an_old_command_refuses_words_that_make_no_message():
    with pytest.raises(ArgumentError, match="Invalid number of arguments"):
        IncrProc().message()


def test_the_options_and_properties_of_an_old_command_are_those_of_the_declaration():
    assert IncrProc.properties == ["name"]
    assert [option[1] for option in Reload.options] == ["terminate", "sequential", "waiting"]
    assert Reload.options[0][2] is False


def test_an_old_command_is_carried_out_when_it_is_called():
    here = fleet()
    answer = asyncio.run(carried_out(IncrProc(), here, {"name": "web", "nb": 2}))
    assert (here.asked, answer) == ([("incr", "web", 2)], {"numprocesses": 4})
    assert List().execute(here, {}) == {"watchers": ["web"]}


def test_an_old_command_validates_and_prints():
    with pytest.raises(MessageError, match="message invalid 'name' is missing"):
        DecrProc().validate({})
    DecrProc().validate({"name": "web"})
    assert List().console_msg({"pids": [1, 2]}) == "1,2"
    assert Stats().console_msg({"status": "error", "reason": "no"}) == "error: no"


# --- a third party's ------------------------------------------------------------------------------


def define(**more):
    """Register a command as a third party does; return its class."""

    def message(self, *args, **opts):
        return self.make_message(what=" ".join(args), **opts)

    def execute(self, arbiter, props):
        return {"said": props["what"], "watchers": arbiter.numwatchers()}

    body = {
        "__doc__": """Say something

        At length.
        """,
        "name": "say",
        "properties": ["what"],
        "options": [("", "loud", False, "in capitals"), ("l", "in-language", "en", "which")],
        "message": message,
        "execute": execute,
        **more,
    }
    return type("Say", (Command,), body)


def run(properties):
    command = commands.find("SAY")
    result = command.run(fleet(), properties)
    if hasattr(result, "result"):
        return command.waits, asyncio.run(settled(result))
    return result


async def settled(later):
    return later.shape(await later.result)


def test_a_command_is_registered_by_being_defined():
    define()
    assert run({"what": "x"}) == {"said": "x", "watchers": 1}
    assert commands.get_commands()["say"].title == "Say something"


def test_its_documentation_is_its_help():
    say = define()
    text = long_help(commands.find("say"))
    assert text.splitlines()[0] == say.short == "Say something"
    assert "At length." in text
    assert usage(commands.find("say")) == (
        "say [<arg>…] [--loud] [--in-language IN_LANGUAGE] [--waiting]"
    )


def test_a_missing_property_is_refused_unless_it_validates_otherwise():
    define()
    with pytest.raises(MessageError, match="message invalid 'what' is missing"):
        run({})
    define(validate=lambda self, props: None, execute=lambda self, arbiter, props: None)
    assert run({}) == {}


def test_what_is_done_later_is_waited_for():
    async def execute(self, arbiter, props):
        return {"late": True}

    define(execute=execute)
    assert run({"what": "x"}) == (True, {"late": True})


@pytest.fixture
def ctl(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["circusctl"])

    def say(*line):
        with served(fleet(), f"ipc://{tmp_path}/ctl"):
            code = circusctl.main(["--endpoint", f"ipc://{tmp_path}/ctl", *line])
        return code, *capsys.readouterr()

    return say


def test_it_is_a_verb_of_circusctl(ctl):
    seen = []

    def message(self, *args, **opts):
        seen.append((args, opts))
        return self.make_message(what=args[0])

    define(message=message, console_msg=lambda self, msg: f"it said {msg['said']}")
    assert ctl("say", "a", "b", "--loud", "--waiting") == (0, "it said a\n", "")
    assert seen == [(("a", "b"), {"loud": True, "in_language": "en", "waiting": True})]


def test_one_that_makes_several_messages_has_each_answer_printed_with_its_number(ctl):
    def message(self, *args, **opts):
        return [{"cmd": self, "msg": self.make_message(what=arg)} for arg in args]

    define(message=message, console_msg=lambda self, msg: msg["said"])
    assert ctl("say", "a", "b") == (0, "0: a\n1: b\n", "")


def test_the_root_does_the_usual_things():
    define()
    plain = type("Plain", (Command,), {"__doc__": "Plain", "name": "plain"})()
    assert plain.message(waiting=True, other=False) == {
        "command": "plain",
        "properties": {"waiting": True},
    }
    with pytest.raises(ArgumentError, match="Invalid number of arguments"):
        plain.message("word")
    with pytest.raises(MessageError, match="cannot plain: it does nothing"):
        plain.execute(fleet(), {})
    assert plain.console_msg({"status": "ok"}) == "ok"
    assert plain.console_msg({"status": "error", "reason": "no"}) == "error: no"
    assert Command.waiting_options[0][1] == "waiting"


def test_a_root_of_one_s_own_without_a_name_is_no_command():
    before = dict(DECLARED)
    type("Mine", (Command,), {})
    assert before == DECLARED
