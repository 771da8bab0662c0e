"""The page of options has every option of a watcher in one table, with all there is to say."""

from __future__ import annotations

from circus.spec.options.watcher import WATCHER
from docs.options_page import SET, page


def lines_of_watchers() -> list[list[str]]:
    """Return the cells of the table of a watcher's options, head first."""
    section = page().partition("[watcher:NAME]\n----")[2].partition("[socket:NAME]")[0]
    found: list[list[str]] = []
    for line in section.partition("Accepted from older")[0].splitlines():
        if line.startswith("   * -"):
            found.append([])
        if line.startswith(("   * -", "     -")):
            found[-1].append(line[6:].strip())
    return found


def test_one_table_has_every_option_with_its_default_its_unit_and_what_set_does():
    head, *lines = lines_of_watchers()
    assert head == ["option", "value", "unit", "default", "meaning", "set"]
    assert {*map(len, lines)} == {len(head)}
    rows = [row for row in WATCHER if not row.obsolete]
    assert [line[0].strip("`").removesuffix("NAME") for line in lines] == [row.name for row in rows]
    assert [line[2] for line in lines] == [row.unit for row in rows]
    assert [line[-1] for line in lines] == [SET[row.live] for row in rows]
    defaults = dict(zip((row.name for row in rows), (line[3] for line in lines), strict=True))
    assert (defaults["graceful_timeout"], defaults["stop_signal"]) == ("``30.0``", "``SIGTERM``")


def test_every_time_and_every_size_has_its_unit():
    timed = {row.name for row in WATCHER if row.name.endswith(("_timeout", "_delay", "_age"))}
    assert {row.unit for row in WATCHER if row.name in timed} == {"seconds"}
