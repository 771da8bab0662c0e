"""The files of the page: a fixed list, found in the package when circushttpd starts."""

from __future__ import annotations

import hashlib
import os
from typing import NamedTuple

HERE = os.path.join(os.path.dirname(__file__), "page")
"""Where they are."""
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
"""The media type of each kind of file; others are not served."""


class Page(NamedTuple):
    """One file."""

    kind: str
    body: bytes
    tag: str


class Pages:
    """The files of a folder, read at the start.

    :param folder: where they are
    """

    def __init__(self, folder: str = HERE) -> None:
        self._pages = {}
        for name in sorted(os.listdir(folder)):
            kind = KINDS.get(os.path.splitext(name)[1])
            path = os.path.join(folder, name)
            if kind is not None and os.path.isfile(path):
                with open(path, "rb") as file:
                    body = file.read()
                tag = hashlib.sha256(body).hexdigest()[:32]
                self._pages[name] = Page(kind, body, f'"{tag}"')

    def find(self, name: str) -> Page | None:
        """Return a file by its name, or None."""
        return self._pages.get(name)
