"""Writes the reference pages, which are tables of the code: ``python -m docs.generate``.

A test compares the pages with what this would write (tests/house/test_pages.py).
"""

from __future__ import annotations

from pathlib import Path

from docs import commands_page, gone_page, options_page, plugins_page, states_page, topics_page

REFERENCE = Path(__file__).parent / "reference"

PAGES = {
    "commands.rst": commands_page.page,
    "options.rst": options_page.page,
    "plugins.rst": plugins_page.page,
    "gone.rst": gone_page.page,
    "topics.rst": topics_page.page,
    "states.rst": states_page.page,
    "child.svg": states_page.child_diagram,
    "watcher.svg": states_page.watcher_diagram,
}
"""Each file of docs/reference/ that is written, and the function that returns its text."""


def main() -> None:
    """Write every page."""
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page())


if __name__ == "__main__":
    main()
