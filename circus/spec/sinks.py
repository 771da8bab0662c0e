# ruff: noqa: D102, TRY004 - Kind documents the methods; ValueError is what all of them raise
"""The kinds of values that only streams have: owners, addresses of syslog, fields of a journal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from circus.spec.values import Kind

_ADDRESS = re.compile(
    r"(?P<path>/.+)"
    r"|(?:\[(?P<six>[0-9a-fA-F:.]+)\]|(?P<host>[^\s/:\[\]]+))(?::(?P<port>\d{1,5}))?"
)
_FIELD = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_MOST_PORT = 65535


class Owner(Kind):
    """Whose a file is: a user, a group, or both. Whether they exist is asked when it is opened."""

    expects = "USER, USER:GROUP or :GROUP"

    def parse(self, text: str) -> str | None:
        word = text.strip()
        if word and not re.fullmatch(r"[^\s:]*:[^\s:]+|[^\s:]+", word):
            raise ValueError(text)
        return word or None

    def check(self, key: str, value: Any) -> str | None:
        if isinstance(value, str):
            return self.parse(value)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return str(value)
        raise ValueError(f"{key!r} isn't {self.expects}")


class SyslogAddress(Kind):
    """Where a syslog daemon listens: the path of a socket, or a host and perhaps a port."""

    expects = "the path of a socket, HOST or HOST:PORT"

    def parse(self, text: str) -> str:
        word = text.strip()
        if (place(word)[1] or 0) > _MOST_PORT:
            raise ValueError(text)
        return word

    def check(self, key: str, value: Any) -> str:
        if isinstance(value, str):
            return self.parse(value)
        raise ValueError(f"{key!r} isn't a string")


def place(address: str) -> tuple[str, int | None]:
    """Return the path or the host of a syslog address, and its port if it has one.

    :raises ValueError: it is no address
    """
    match = _ADDRESS.fullmatch(address)
    if match is None:
        raise ValueError(address)
    port = match["port"]
    return match["path"] or match["six"] or match["host"], int(port) if port else None


class JournalFields(Kind):
    """Fields that go with each entry of the journal. Its text form is ``A=1,B=2``."""

    expects = "fields such as SERVICE=web,TIER=2: capital letters, digits and underscores"

    def parse(self, text: str) -> dict[str, str]:
        items = [item.partition("=") for item in text.split(",") if item.strip()]
        if not all(equals for _, equals, _ in items):
            raise ValueError(text)
        return self.check("", {name.strip(): value.strip() for name, _, value in items})

    def show(self, value: Any) -> str:
        return ",".join(f"{name}={value[name]}" for name in sorted(value or ()))

    def check(self, key: str, value: Any) -> dict[str, str]:
        if not isinstance(value, Mapping):
            raise ValueError(f"{key!r} isn't a valid object")
        fields = {str(name): str(item) for name, item in value.items()}
        for name in fields:
            if not _FIELD.fullmatch(name):
                raise ValueError(f"{name!r} isn't a field of the journal: {self.expects}")
        return fields
