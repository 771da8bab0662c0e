"""What every handler has at hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from circus.web.audience import Audience
from circus.web.follower import Follower
from circus.web.gate import Gate
from circus.web.mirror import Mirror
from circus.web.pages import Pages
from circus.web.samples import Samples

if TYPE_CHECKING:
    from circus.web.live import Live


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
    open_pages: set[Live] = field(default_factory=set)
