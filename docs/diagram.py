"""Draws a table of states as SVG.

The states stand in a column, in the order of their enum. Every state that others lead to has one
vertical lane: on the right for what comes from above, on the left for what comes from below. A
happening is a line from its state to the lane of the next one. Nothing is laid out by hand, so the
drawing cannot say anything but what the table says.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from html import escape
from typing import Any

LINE = 20
"""Pixels between two happenings of a state."""
HEAD = 12
"""Pixels from the top of a state to where the arrows arrive."""
GAP = 20
"""Pixels between two states."""
BOX = 120
"""Pixels of a state's width."""
LANE = 26
"""Pixels between two lanes."""
LETTER = 6.7
"""Pixels of a letter's width."""

Table = Mapping[tuple[Any, Any], Any]
"""(state, happening) to the next state; all are members of enums."""


def draw(table: Table, title: str) -> str:
    """Return the SVG of a table of states.

    :param title: what a reader who cannot see it is told
    """
    return _Drawing(table).svg(title)


class _Drawing:
    """One drawing under way: where each state stands, and the shapes and labels so far."""

    def __init__(self, table: Table) -> None:
        first: Enum = next(iter(table))[0]
        self.states = list(type(first))
        self.down = self._steps(table, 1)
        self.up = self._steps(table, -1)
        self.top: dict[Enum, int] = {}
        self.shapes: list[str] = []
        self.labels: list[str] = []
        y = 1
        for state in self.states:
            self.top[state] = y
            y += self._height(state) + GAP
        self.height = y - GAP + 1

    def _steps(self, table: Table, sign: int) -> dict[Enum, dict[Enum, str]]:
        """Return for each state the later (or earlier) states it leads to, with what happened."""
        found: dict[Enum, dict[Enum, str]] = {state: {} for state in self.states}
        for (state, happening), after in table.items():
            if sign * (self.states.index(after) - self.states.index(state)) > 0:
                known = found[state].get(after)
                found[state][after] = f"{known}, {happening.name}" if known else happening.name
        return {
            state: {after: to[after] for after in self.states[::sign] if after in to}
            for state, to in found.items()
        }

    def _height(self, state: Enum) -> int:
        return 2 * HEAD + LINE * max(len(self.down[state]), len(self.up[state]))

    def _label(self, x: float, y: float, text: str, anchor: str) -> None:
        place = f'x="{x:g}" y="{y:g}" text-anchor="{anchor}"'
        self.labels.append(f"<text {place}>{escape(text)}</text>")

    def _side(self, steps: dict[Enum, dict[Enum, str]], edge: int, sign: int) -> float:
        """Draw what happens on one side of the boxes; return the pixels that it needs."""
        reached = [state for state in self.states if any(state in to for to in steps.values())]
        if not reached:
            return 1
        widest = max(len(label) for to in steps.values() for label in to.values())
        first = widest * LETTER + LANE
        lanes = {state: first + LANE * place for place, state in enumerate(reached[::sign])}
        anchor = "start" if sign > 0 else "end"
        for state, to in steps.items():
            for place, (after, label) in enumerate(to.items()):
                y, end = self.top[state] + HEAD + LINE * (place + 1), self.top[after] + HEAD
                lane = edge + sign * lanes[after]
                way = f"{edge},{y} {lane:g},{y} {lane:g},{end} {edge},{end}"
                self.shapes.append(f'<polyline points="{way}" marker-end="url(#arrow)"/>')
                self.shapes.append(f'<circle cx="{lane:g}" cy="{y}" r="2" fill="currentColor"/>')
                self._label(edge + sign * 8, y - 4, label, anchor)
        return max(lanes.values()) + 4

    def _box(self, state: Enum) -> None:
        y, height = self.top[state], self._height(state)
        self.shapes.append(f'<rect x="0" y="{y}" width="{BOX}" height="{height}" rx="6"/>')
        self._label(BOX / 2, y + height / 2 + 4, state.name, "middle")

    def svg(self, title: str) -> str:
        """Return the whole drawing; it takes its colour from the text around it."""
        left, right = self._side(self.up, 0, -1), self._side(self.down, BOX, 1)
        for state in self.states:
            self._box(state)
        width = left + BOX + right
        lines = [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(title)}"',
            f'viewBox="{-left:g} 0 {width:g} {self.height}"',
            f'style="width: 100%; max-width: {width:g}px" font-family="monospace" font-size="11">',
            '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8"',
            'markerHeight="8" orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="currentColor"/>',
            "</marker></defs>",
            '<g fill="none" stroke="currentColor">',
            *self.shapes,
            '</g>\n<g fill="currentColor">',
            *self.labels,
            "</g>\n</svg>\n",
        ]
        return "\n".join(lines)
