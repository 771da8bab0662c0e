from __future__ import annotations

import pytest

from circus import commands
from circus.commands import helptext

USAGES = [
    ("incr", "incr <name> [<nb>] [--waiting]"),
    ("add", "add <name> <cmd>… [--start] [--waiting]"),
    ("set", "set <name> <key> <value>… [--waiting]"),
    ("signal", "signal <name> [<pid>] <signum> [--children] [--recursive]"),
    (
        "kill",
        "kill <name> [<pid>] [--signum SIGNUM] [--graceful_timeout GRACEFUL_TIMEOUT] [--waiting]",
    ),
    ("numwatchers", "numwatchers"),
    ("tail", "tail <name> [--follow] [--lines LINES] [--stderr]"),
]


@pytest.mark.parametrize(("verb", "form"), USAGES)
def test_the_usage_is_made_from_the_declaration(verb, form):
    assert helptext.usage(commands.find(verb)) == form


def test_the_help_shows_the_short_form_of_an_option_too():
    assert "  -n, --lines LINES  " in helptext.short_help(commands.find("tail"))


@pytest.mark.parametrize("verb", sorted(commands.FILES))
def test_the_help_of_a_verb_names_its_title_and_all_its_arguments(verb):
    command = commands.find(verb)
    text = helptext.long_help(command)
    assert text.startswith(f"{command.title}\n====")
    assert command.about.split(".", maxsplit=1)[0] in text
    assert all(f"  {arg.name}" in text for arg in command.args)
    short = helptext.short_help(command)
    assert short.startswith(f"usage: circusctl [options] {helptext.usage(command)}\n")
    assert "--help" in short
