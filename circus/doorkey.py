"""The key to the web console: the token, where it comes from, and the link that is made of it.

Without a token of the user's circusd makes one when it is built. While it runs, the token lies in a
directory that only its owner can enter, and beside it ``console.html``, a page that leads into the
console. The log names that page and never the token.
"""

from __future__ import annotations

import contextlib
import html
import os
import secrets
import stat
import tempfile
from typing import Any

from circus import logger
from circus.spec.door import Door, TokenError, checked_token

LARGEST = 4096
"""Bytes of a file with a token."""
LINK = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Circus</title>
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url={url}"></head>
<body><p><a href="{url}">Open the console of circusd</a></p></body></html>
"""


def from_file(path: str) -> str:
    """Return the token in a file.

    :raises TokenError: others may read it, or what is in it is no token
    :raises OSError: it cannot be read
    """
    with open(path, "rb", opener=_opener) as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise TokenError(f"{path} is no file")
        if found.st_mode & 0o077:
            mode = stat.S_IMODE(found.st_mode)
            raise TokenError(f"{path} may be read by others (mode {mode:o}): chmod 600 {path}")
        if found.st_uid not in {0, os.geteuid()}:
            raise TokenError(f"{path} belongs to somebody else (uid {found.st_uid})")
        raw = file.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise TokenError(f"{path}: what is in it is no token: it is longer than {LARGEST} bytes")
    try:
        return checked_token(raw.decode("ascii").strip())
    except UnicodeDecodeError:
        raise TokenError(f"{path}: what is in it is no token: it is no ASCII text") from None
    except TokenError as problem:
        raise TokenError(f"{path}: what is in it {problem}") from None


class Doorkey:
    """The token of one arbiter's console.

    :param at: where the console is served, and what opens it
    :raises TokenError: it cannot be used
    :raises OSError: the file cannot be read
    """

    def __init__(self, at: Door) -> None:
        self._host = at.host
        self._made = at.token is None and at.token_file is None
        self._folder: str | None = None
        if at.token is not None:
            try:
                self.token = checked_token(at.token)
            except TokenError as problem:
                raise TokenError(f"httpd_token {problem}") from None
        elif at.token_file is not None:
            self.token = from_file(at.token_file)
        else:
            self.token = secrets.token_urlsafe(32)

    def hang_out(self, port: int) -> None:
        """Say where the console is; put the token that was made where its owner finds it.

        :param port: that it is served at
        :raises OSError: there is no place for it
        """
        place = f"http://{_in_url(self._host)}:{port}/"
        if not self._made:
            logger.info("The web console is at %s", place)
            return
        self._folder = tempfile.mkdtemp(prefix="circusd-", dir=_private())
        link = os.path.join(self._folder, "console.html")
        _write(os.path.join(self._folder, "token"), f"{self.token}\n")
        _write(link, LINK.format(url=html.escape(f"{place}#token={self.token}")))
        logger.info("The web console is at %s; the way in: file://%s", place, link)

    def take_in(self) -> None:
        """Remove what was put somewhere."""
        if self._folder is None:
            return
        for name in ("token", "console.html"):
            with contextlib.suppress(OSError):
                os.unlink(os.path.join(self._folder, name))
        with contextlib.suppress(OSError):
            os.rmdir(self._folder)
        self._folder = None


def _opener(path: str, flags: int) -> int:
    """Open without waiting for the other end of a pipe."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)


def _private() -> str | None:
    """Return the directory of this user's own for what lives as long as a login; None: none."""
    path = os.environ.get("XDG_RUNTIME_DIR", "")
    try:
        found: Any = os.stat(path) if os.path.isabs(path) else None
    except OSError:
        return None
    good = found and stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
    return path if good and not found.st_mode & 0o022 else None


def _write(path: str, text: str) -> None:
    """Write a file that only its owner can read."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with open(fd, "w", encoding="ascii") as file:
        file.write(text)


def _in_url(host: str) -> str:
    """Return a host as it stands in a link; all interfaces are reached as this machine."""
    if host in {"", "0.0.0.0", "::"}:  # noqa: S104 - it is read, not bound
        return "localhost"
    return f"[{host}]" if ":" in host else host
