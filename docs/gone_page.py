"""The page of names that are gone, from circus.gone."""

from __future__ import annotations

from circus.gone import GONE
from docs import rst


def page() -> str:
    """Return the page."""
    return "\n".join(
        [
            rst.heading("Names that are gone"),
            "Every name of the Python API of Circus 0.19 is there, but for these. Whoever imports",
            "one gets an ``ImportError`` that says why.\n",
            rst.table(
                ("name", "why, and what to use"),
                [(rst.code(name), about) for name, about in GONE.items()],
            ),
        ]
    )
