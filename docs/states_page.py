"""The page of states, and the two state diagrams, from circus.core.lifecycle."""

from __future__ import annotations

from enum import Enum

from circus.core.lifecycle import CHILD, STATUS, WATCHER, Child, Happening, Phase, Turn
from docs import rst
from docs.diagram import Table, draw


def child_diagram() -> str:
    """Return the state diagram of one child as SVG."""
    return draw(CHILD, "The states of one child")


def watcher_diagram() -> str:
    """Return the state diagram of one watcher as SVG."""
    return draw(WATCHER, "The states of one watcher")


def page() -> str:
    """Return the page."""
    return "\n".join(
        [
            rst.heading("States"),
            "Written from the tables of ``circus/core/lifecycle.py``. What it is all about:",
            ":doc:`/explanation/goal-and-crowd`.\n",
            rst.heading("A watcher", "-"),
            "``circusctl status`` tells the word in the second column.\n",
            rst.table(
                ("state", "status", "meaning"),
                [(rst.code(p.name), rst.code(STATUS[p]), f"{p.value}.") for p in Phase],
            ),
            "What can happen to it:\n",
            _meanings(Turn),
            _grid(WATCHER, Phase, Turn),
            rst.heading("One child", "-"),
            _meanings(Child),
            "What can happen to it:\n",
            _meanings(Happening),
            _grid(CHILD, Child, Happening),
        ]
    )


def _meanings(words: type[Enum]) -> str:
    return rst.table(("name", "meaning"), [(rst.code(w.name), f"{w.value}.") for w in words])


def _grid(table: Table, states: type[Enum], happenings: type[Enum]) -> str:
    """Return what follows: for each state the happenings that change it."""
    lines = []
    for state in states:
        changes = [(what, table[state, what]) for what in happenings]
        for what, after in changes:
            if after is not state:
                lines.append((rst.code(state.name), rst.code(what.name), rst.code(after.name)))
    text = "What follows; every other pair changes nothing:\n\n"
    return text + rst.table(("state", "happening", "next state"), lines)
