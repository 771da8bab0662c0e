"""What every handler has at hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from circus.web.audience import Audience
from circus.web.follower import Follower
from circus.web.gate import Gate
from circus.web.mirror import Mirror
from circus.web.pages import Pages
from circus.web.samples import Samples


class Stays(Protocol):
    """A connection that stays open: a page, or a feed."""

    def logged_out(self, session: str) -> None:
        """Hear which session has ended."""

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        """End."""


@dataclass
class Rooms:
    """The rooms of one circushttpd.

    :param cookie: the name of the session's cookie
    """

    gate: Gate
    mirror: Mirror
    samples: Samples
    audience: Audience
    follower: Follower
    pages: Pages
    cookie: str = "circus"
    under_way: int = 0
    """Commands that are not answered yet."""
    open_pages: set[Stays] = field(default_factory=set)
    """Pages and feeds that are open."""
