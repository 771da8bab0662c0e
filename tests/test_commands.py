from __future__ import annotations

import subprocess
import sys

import pytest

from circus import commands
from circus.commands import errors
from circus.commands.declare import DECLARED
from circus.exc import UnknownCommand


def test_the_table_of_files_names_every_verb_by_its_declaration():
    verbs = {verb: commands.find(verb).name for verb in commands.FILES}
    assert verbs == {verb: verb for verb in commands.FILES}
    assert DECLARED.keys() == commands.FILES.keys() == commands.get_commands().keys()
    named = {commands.find(verb).handler.__module__ for verb in commands.FILES}
    assert named == {f"circus.commands.{file}" for file in commands.FILES.values()}


def test_every_verb_is_documented():
    for command in commands.get_commands().values():
        assert command.about.strip().endswith(".")
        assert all(arg.about for arg in command.args)


def test_a_verb_is_found_in_any_case():
    assert commands.find("NumWatchers").name == "numwatchers"


@pytest.mark.parametrize("verb", ["nope", "", "__init__", "declare"])
def test_a_verb_that_nobody_declared_is_unknown(verb):
    with pytest.raises(UnknownCommand, match=f"unknown command: '{verb}'"):
        commands.find(verb)


def test_a_name_of_any_length_is_told_in_short():
    with pytest.raises(UnknownCommand) as caught:
        commands.find("x" * 10_000)
    assert len(str(caught.value)) < 120


def test_a_file_is_imported_when_its_verb_is_asked_for():
    code = (
        "import sys; from circus import commands; commands.find('list');"
        "assert 'circus.commands.list' in sys.modules;"
        "assert 'circus.commands.stats' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_responses_of_now_are_made_as_circus_made_them():
    good = commands.ok({"pids": [1]})
    assert (good["status"], good["pids"]) == ("ok", [1])
    assert commands.ok()["time"] > 1e9
    bad = commands.error("no", tb="trace", errno=errors.COMMAND_ERROR)
    assert (bad["status"], bad["reason"], bad["tb"], bad["errno"]) == ("error", "no", "trace", 5)
    assert (commands.error()["reason"], commands.error()["errno"]) == ("unknown", 0)
