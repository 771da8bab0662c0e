"""The page of options, from circus.spec.options."""

from __future__ import annotations

from circus.spec.assemble import SECTIONS
from circus.spec.options.row import Live, Option, Section
from circus.spec.options.stream import STREAMS
from circus.spec.tables import Limit
from docs import rst

ABOUT = {
    "circus": "circusd itself.",
    "watcher:NAME": "A command and everything about its processes. Other options are kept for"
    " hooks and plugins.",
    "socket:NAME": "A socket that circusd opens and its processes inherit. NAME is lower-cased.",
    "plugin:NAME": "A plugin. It gets all options of the section as text, its watcher those that it"
    " knows. :doc:`plugins` has the options of those that come with Circus.",
    "env": "Environment variables of all watchers, one an option.",
    "env:PATTERNS": "Environment variables of the watchers whose names match one of the wildcards,"
    " which are separated by commas.",
}
"""What each section is about."""

STREAM = "A stream: the options that go with ``stdout_stream.class = {}``."

SET = {Live.AT_ONCE: "at once", Live.RESPAWN: "reload", Live.NEVER: "refused"}
"""What ``set`` does, in a word."""


def page() -> str:
    """Return the page."""
    return "\n".join(
        [
            rst.heading("Options"),
            "An INI file has sections such as ``[watcher:web]`` with lines ``option = value``.",
            "``circusd --check FILE`` tells every mistake in one, and the nearest known name for",
            "each option that it does not know.\n",
            "An empty default means that nothing is set: then the meaning says what holds.\n",
            "The last column says what ``circusctl set`` does to a watcher that runs: the new",
            "value holds *at once*, the processes are replaced by a graceful *reload*, or it is",
            "*refused*.\n",
            *(_section(f"[{each.pattern}]", ABOUT[each.pattern], each) for each in SECTIONS),
            *(_section(name, STREAM.format(name), each) for name, each in STREAMS.items()),
        ]
    )


def _section(title: str, about: str, section: Section) -> str:
    rows = [row for row in section if not row.obsolete]
    left_out = {
        *([] if any(row.unit for row in rows) else ["unit"]),
        *([] if any(row.live is not Live.NEVER for row in rows) else ["set"]),
    }
    head = [name for name in COLUMNS if name not in left_out]
    lines = [[COLUMNS[name](row) for name in head] for row in rows]
    old = [(rst.code(row.name), f"{rst.prose(row.obsolete)}.") for row in section if row.obsolete]
    return "\n".join(
        [
            rst.heading(title, "-"),
            f"{about}\n",
            *([rst.table(head, lines)] if lines else []),
            *(["Accepted from older files:\n", rst.table(("option", "now"), old)] if old else []),
        ]
    )


def _meaning(row: Option) -> str:
    notes = [rst.prose(row.help)]
    if isinstance(row.kind, Limit):
        notes.append("NAME is one of the system's limits in lower case, such as ``nofile``.")
    elif row.members:
        notes.append(f"NAME is one of {', '.join(map(rst.code, row.members))}.")
    if row.elsewhere:
        notes.append(f"In a file it {rst.prose(row.elsewhere)}.")
    if row.unavailable:
        notes.append(f"Only the default is accepted: {rst.prose(row.unavailable)}.")
    return " ".join(notes)


def _default(row: Option) -> str:
    return "" if row.family or row.default is None else rst.code(row.kind.show(row.default))


COLUMNS = {
    "option": lambda row: rst.code(f"{row.name}NAME" if row.family else row.name),
    "value": lambda row: rst.prose(row.kind.expects),
    "unit": lambda row: row.unit,
    "default": _default,
    "meaning": _meaning,
    "set": lambda row: SET[row.live],
}
"""The columns of a table; one without anything to say is left out."""
