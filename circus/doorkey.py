"""The key to the web console: the token, where it comes from, and the link that is made of it.

Without a token of the user's circusd makes one when it is built. While it runs, the token lies in a
directory that only its owner can enter, and beside it ``console.html``, a page that leads into the
console. The log names that page and never the token. What a killed circusd has left there is
removed by the next: whoever runs holds a lock on its ``token`` (flock(2)), which ends with it.
"""

from __future__ import annotations

import contextlib
import fcntl
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
PREFIX = "circusd-"
"""How the names of the directories begin."""
FILES = ("console.html", "token")
"""What lies in them."""
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
        self._lock = -1
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
        hall = _private() or tempfile.gettempdir()
        sweep(hall)
        self._folder = tempfile.mkdtemp(prefix=PREFIX, dir=hall)
        link = os.path.join(self._folder, "console.html")
        token = os.path.join(self._folder, "token")
        _write(f"{token}.new", f"{self.token}\n")
        self._lock = os.open(f"{token}.new", os.O_RDONLY | os.O_CLOEXEC)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        os.rename(f"{token}.new", token)  # what is there is locked from the first
        _write(link, LINK.format(url=html.escape(f"{place}#token={self.token}")))
        logger.info("The web console is at %s; the way in: file://%s", place, link)

    def take_in(self) -> None:
        """Remove what was put somewhere."""
        if self._folder is None:
            return
        for name in FILES:
            with contextlib.suppress(OSError):
                os.unlink(os.path.join(self._folder, name))
        with contextlib.suppress(OSError):
            os.rmdir(self._folder)
        self._folder = None
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def sweep(hall: str) -> None:
    """Remove what circusds of ours that are dead have left.

    :param hall: the directory in which each has made its own
    """
    try:
        names = os.listdir(hall)
    except OSError:
        return
    for name in names:
        if name.startswith(PREFIX):
            path = os.path.join(hall, name)
            with contextlib.suppress(OSError):
                _remove_if_dead(path)


def _remove_if_dead(path: str) -> None:
    """Remove a directory whose token nobody holds; OSError when somebody does, or it is no such."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        found = os.fstat(folder)
        if found.st_uid != os.geteuid() or found.st_mode & 0o077:
            return
        held = os.open("token", os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for name in FILES:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(name, dir_fd=folder)
            os.rmdir(path)
        finally:
            os.close(held)
    finally:
        os.close(folder)


def _opener(path: str, flags: int) -> int:
    """Open without waiting for the other end of a pipe."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)


def _private() -> str | None:
    """Return this user's own directory for what lives as long as a login; None: there is none."""
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
