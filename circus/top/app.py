"""circus-top as a screen of Textual: the table, the events, and keys that act on a watcher."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.coordinate import Coordinate
from textual.screen import ModalScreen
from textual.widgets import Button, DataTable, Footer, Input, Label, RichLog, Static

from circus.top.board import SORTS
from circus.top.columns import COLUMNS, process_cells, watcher_cells

if TYPE_CHECKING:
    from circus.top.board import Line
    from circus.top.feed import Feed

EVERY = 1.0
"""Seconds between two looks at the board when nothing happens."""
GROUP = "circus"
"""The line of circusd and its helpers, which no key acts on."""


class Sure(ModalScreen[bool]):
    """Asks whether something that hurts is meant.

    :param question: the sentence
    """

    BINDINGS: ClassVar = [
        Binding("y", "answer(True)", "Yes"),
        Binding("n,escape", "answer(False)", "No"),
    ]
    CSS = """
    Sure { align: center middle; }
    Sure > Vertical { width: 60; height: auto; border: thick $warning; padding: 1 2; }
    Sure Horizontal { height: auto; align: center middle; margin-top: 1; }
    Sure Button { margin: 0 2; }
    """

    def __init__(self, question: str) -> None:
        super().__init__()
        self.question = question

    def compose(self) -> ComposeResult:
        """Lay out the question and its answers."""
        with Vertical():
            yield Label(self.question)
            with Horizontal():
                yield Button("Yes (y)", id="yes", variant="warning")
                yield Button("No (n)", id="no")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Take the answer of a button."""
        self.dismiss(event.button.id == "yes")

    def action_answer(self, yes: bool) -> None:
        """Take the answer of a key."""
        self.dismiss(yes)


class Top(App[None]):
    """The screen.

    :param feed: where everything comes from, and where orders go
    """

    TITLE = "Circus Top"
    CSS = """
    #head { height: 1; background: $primary; color: $text; padding: 0 1; }
    #events { height: 8; border-top: solid $primary; display: none; }
    #events.shown { display: block; }
    #filter { display: none; }
    #filter.shown { display: block; }
    """
    BINDINGS: ClassVar = [
        Binding("s", "order('start')", "Start"),
        Binding("x", "order('stop')", "Stop"),
        Binding("r", "order('restart')", "Restart"),
        Binding("l", "order('reload')", "Reload"),
        Binding("plus", "order('incr')", "+1", key_display="+"),
        Binding("minus", "order('decr')", "-1", key_display="-"),
        Binding("o", "sort", "Sort"),
        Binding("i", "reverse", "Invert"),
        Binding("slash", "filter", "Filter", key_display="/"),
        Binding("escape", "show_all", "All", show=False),
        Binding("e", "events", "Events"),
        Binding("q", "quit", "Quit"),
    ]
    HURTS: ClassVar = {"stop": "Stop {name}?", "restart": "Stop {name}, then start it again?"}
    """Orders that are asked about first."""

    def __init__(self, feed: Feed) -> None:
        super().__init__()
        self.feed = feed
        self.board = feed.board
        self.sort_by = "name"
        self.inverted = False
        self.pattern = ""
        self._told = 0

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield Static(id="head")
        yield Input(placeholder="part of a name", id="filter")
        yield DataTable(id="table", cursor_type="row")
        yield RichLog(id="events", max_lines=200)
        yield Footer()

    def on_mount(self) -> None:
        """Begin to listen."""
        table = self.query_one(DataTable)
        for column in COLUMNS:
            table.add_column(column.title, width=column.fixed)
        table.focus()
        self.feed.start()
        self.feed.changed = self.redraw
        self.set_interval(EVERY, self.redraw)
        self.redraw()

    async def on_unmount(self) -> None:
        """Stop listening."""
        self.feed.changed = lambda: None
        await self.feed.stop()

    # --- drawing ----------------------------------------------------------------------------------

    def redraw(self) -> None:
        """Show the board as it is now; the cursor stays on its line."""
        if not self.is_running:
            return
        self.board.expire(time.monotonic())
        table = self.query_one(DataTable)
        wanted = self._rows()
        if [row.value for row in table.rows] == [key for key, _ in wanted]:
            for place, (_, cells) in enumerate(wanted):
                self._mend(table, place, cells)
        else:
            chosen = self._chosen()
            table.clear()
            for key, cells in wanted:
                table.add_row(*cells, key=key)
            # who has chosen nothing yet begins at the top, whatever comes in there
            if chosen in table.rows and chosen != f"{GROUP}/":
                table.move_cursor(row=table.get_row_index(chosen))
        self._draw_head()
        self._draw_events()

    @staticmethod
    def _mend(table: DataTable[str], place: int, cells: tuple[str, ...]) -> None:
        """Write the cells of a row that changed."""
        for column, (old, new) in enumerate(zip(table.get_row_at(place), cells, strict=True)):
            if old != new:
                table.update_cell_at(Coordinate(place, column), new, update_width=True)

    def _rows(self) -> list[tuple[str, tuple[str, ...]]]:
        """Return the keys and cells of all rows: ``NAME``, then ``NAME/PID`` for each process."""
        rows = []
        for line in self.board.in_order(self.sort_by, self.inverted, self.pattern):
            rows.append((line.name, watcher_cells(line)))
            rows += self._below(line)
        if not self.pattern:
            rows.append((f"{GROUP}/", (GROUP, *[""] * (len(COLUMNS) - 1))))
            rows += self._below(self.board.circus)
        return rows

    @staticmethod
    def _below(line: Line) -> list[tuple[str, tuple[str, ...]]]:
        return [(f"{line.name}/{part.pid}", process_cells(part)) for part in line.processes()]

    def _draw_head(self) -> None:
        board = self.board
        up = sum(line.up for line in board.lines.values())
        hits = f", {sum(board.sockets.values())} hits/s" if board.sockets else ""
        order = f"by {self.sort_by}{', inverted' if self.inverted else ''}"
        chosen = f", with {self.pattern!r}" if self.pattern else ""
        text = f"Circus Top: {len(board.lines)} watchers, {up} processes{hits}; {order}{chosen}"
        self.query_one("#head", Static).update(text)

    def _draw_events(self) -> None:
        log = self.query_one(RichLog)
        fresh = min(self.board.total - self._told, len(self.board.events))
        for event in list(self.board.events)[len(self.board.events) - fresh :]:
            moment = time.strftime("%H:%M:%S", time.localtime(event.time))
            log.write(f"{moment} {event.watcher} {event.name} {event.text}")
        self._told = self.board.total

    # --- keys -------------------------------------------------------------------------------------

    def _chosen(self) -> str:
        """Return the key of the row under the cursor, or nothing."""
        table = self.query_one(DataTable)
        if not table.row_count:
            return ""
        return str(table.coordinate_to_cell_key(table.cursor_coordinate).row_key.value)

    def _watcher(self) -> str:
        """Return the watcher whose row, or whose process's row, is under the cursor."""
        key = self._chosen()
        name = key if key in self.board.lines else key.rpartition("/")[0]
        return name if name in self.board.lines else ""

    @work
    async def action_order(self, verb: str) -> None:
        """Tell the daemon to do something with the chosen watcher, and say what it answered."""
        name = self._watcher()
        if not name:
            self.notify("choose a watcher first", severity="warning")
            return
        if verb in self.HURTS:
            sure = await self.push_screen_wait(Sure(self.HURTS[verb].format(name=name)))
            if not sure:
                return
        # start and its like look for names by pattern unless told otherwise (spec §4.0.1)
        exact: dict[str, Any] = {"match": "simple"} if verb in {"start", "stop", "restart"} else {}
        answer = await self.feed.ask(verb, name=name, **exact)
        if answer.get("status") == "error":
            self.notify(str(answer.get("reason")), title=f"{verb} {name}", severity="error")
        else:
            self.notify(f"{verb} {name}: ok")

    def action_sort(self) -> None:
        """Sort by the next column."""
        keys = list(SORTS)
        self.sort_by = keys[(keys.index(self.sort_by) + 1) % len(keys)]
        self.redraw()

    def action_reverse(self) -> None:
        """Turn the order around."""
        self.inverted = not self.inverted
        self.redraw()

    def action_events(self) -> None:
        """Show or hide the events."""
        self.query_one(RichLog).toggle_class("shown")

    def action_filter(self) -> None:
        """Ask which watchers are to be shown."""
        field = self.query_one(Input)
        field.add_class("shown")
        field.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show only those whose name contains what is typed."""
        self.pattern = event.value
        self.redraw()

    def on_input_submitted(self) -> None:
        """Go back to the table."""
        self.query_one(Input).remove_class("shown")
        self.query_one(DataTable).focus()

    def action_show_all(self) -> None:
        """Show every watcher again."""
        self.query_one(Input).value = ""
        self.on_input_submitted()
