from __future__ import annotations

import pytest

from circus.commands.declare import Command, flag, option, wire, word
from circus.commands.kinds import COUNT, NAME
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
