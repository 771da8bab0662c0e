from __future__ import annotations

import pytest

from circus.spec import assemble
from circus.spec.options.circus import CIRCUS
from circus.spec.options.plugin import PLUGIN
from circus.spec.options.row import Live
from circus.spec.options.socket import SOCKET
from circus.spec.options.stream import STREAMS
from circus.spec.options.watcher import WATCHER

TABLES = [*assemble.SECTIONS, *STREAMS.values()]
ROWS = [
    pytest.param(table, row, id=f"{table.pattern}-{row.name}") for table in TABLES for row in table
]


@pytest.mark.parametrize(("table", "row"), ROWS)
def test_every_row_says_in_one_sentence_what_it_is(table, row):
    assert row.help.endswith(".")
    assert row.help[0].isupper() or row.help.startswith(("debug", "The"))
    assert row.unit in {"", "seconds", "bytes"}


@pytest.mark.parametrize(("table", "row"), ROWS)
def test_a_default_is_a_value_of_its_own_kind(table, row):
    if row.default is None or row.family:
        return
    if isinstance(row.default, (bool, int, float)):
        assert row.kind.parse(row.kind.show(row.default)) == row.default
    else:
        assert row.kind.accept(row.name, row.default) == row.default


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.pattern)
def test_every_option_is_found_by_its_own_name(table):
    for row in table:
        for member in row.members or (("x",) if row.family else ("",)):
            assert table.find(row.name + member) is row


@pytest.mark.parametrize("key", ["hooks.", "rlimit_", "stdout_stream.", "NumProcesses", "x", ""])
def test_a_family_without_a_member_and_an_unknown_name_are_not_found(key):
    assert WATCHER.find(key) is None


def test_the_names_of_limits_have_no_case():
    row = WATCHER.find("RLIMIT_NoFile")
    assert row.name == "rlimit_"
    assert row.member("RLIMIT_NoFile") == "nofile"
    assert row.knows("RLIMIT_NoFile")
    assert not row.knows("rlimit_nofiles")


@pytest.mark.parametrize(
    ("table", "key", "near"),
    [
        (WATCHER, "numproceses", "numprocesses"),
        (WATCHER, "NumProcesses", "numprocesses"),
        (WATCHER, "hooks.before_strat", "hooks.before_start"),
        (WATCHER, "hook.before_start", "hooks.before_start"),
        (WATCHER, "rlimit_nofil", "rlimit_nofile"),
        (WATCHER, "flapping.window", ""),
        (WATCHER, "flapping.max_retry", ""),
        (WATCHER, "zzz", ""),
        (CIRCUS, "check-delay", "check_delay"),
        (SOCKET, "so_reuse_port", "so_reuseport"),
    ],
)
def test_the_nearest_known_name_is_suggested(table, key, near):
    assert table.nearest(key) == near


def test_a_name_that_cannot_stand_in_a_file_is_never_suggested():
    assert WATCHER.nearest("envs") != "env"


def test_the_strongest_effect_of_several_is_the_greatest():
    assert max(Live.AT_ONCE, Live.NEVER, Live.RESPAWN) is Live.NEVER


def test_only_watchers_and_plugins_keep_what_they_do_not_know():
    assert [table.free for table in (CIRCUS, WATCHER, SOCKET, PLUGIN)] == [False, True, False, True]
