"""Variables in values: ``$(circus.env.X)``, ``((circus.wid))`` and ``$NAME`` (spec §5.6, §5.7).

The caller says what a variable is worth, by a function from its lower-case name to its text;
None leaves the variable as it stands, so that it can be filled in later or reach the program.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Lookup = Callable[[str], "str | None"]
"""From a variable's path behind the prefix, as written (``env.HOME``), to its text or None."""

PREFIX = "circus"
_DOLLAR = re.compile(r"\$([A-Z][A-Z0-9_]*)")


@functools.lru_cache(maxsize=16)
def _pattern(prefix: str | None) -> re.Pattern[str]:
    """Return the pattern of both forms under a prefix, or of bare names without one."""
    head = "" if prefix is None else re.escape(prefix) + r"\."
    path = rf"{head}([\w.\-]+)"
    return re.compile(rf"\$\({path}\)|\(\({path}\)\)", re.IGNORECASE)


def substitute(text: str, lookup: Lookup, prefix: str | None = PREFIX) -> str:
    """Return a text with every variable that is known replaced; values are not looked at again."""

    def value(match: re.Match[str]) -> str:
        found = lookup(match[1] or match[2])
        return match[0] if found is None else found

    return _pattern(prefix).sub(value, text)


def variables(text: str) -> Iterator[str]:
    """Iterate over the lower-case paths of the variables that a text names, without the prefix."""
    for match in _pattern(PREFIX).finditer(text):
        yield (match[1] or match[2]).lower()


def environment_lookup(*environments: Mapping[str, str]) -> Lookup:
    """Return a lookup of ``env.NAME`` in environments; an earlier one wins over a later one.

    A name in the very case is preferred; otherwise the case does not matter, and the last wins.
    """

    def value(path: str) -> str | None:
        head, _, name = path.partition(".")
        if head.lower() != "env":
            return None
        for environment in environments:
            if name in environment:
                return environment[name]
        for environment in environments:
            for key in reversed(list(environment)):
                if key.lower() == name.lower():
                    return environment[key]
        return None

    return value


def flat(options: Mapping[str, Any]) -> dict[str, str]:
    """Return options as variables: lower-case names, one for each item of a mapping."""
    found = {}
    for name, value in options.items():
        if isinstance(value, Mapping):
            found.update({f"{name}.{key}".lower(): str(item) for key, item in value.items()})
        else:
            found[name.lower()] = str(value)
    return found


def replace_gnu_args(data: str, prefix: str | None = PREFIX, **options: Any) -> str:
    """Return a text with ``$(prefix.name)`` and ``((prefix.name))`` replaced.

    :param data: the text
    :param prefix: what the names begin with; None: nothing, as in ``$(name)``
    :param options: what they are worth; a mapping gives ``name.key`` for each of its items
    """
    known = flat(options)
    return substitute(data, lambda path: known.get(path.lower()), prefix)


def expand_dollars(value: str, environ: Mapping[str, str]) -> str:
    """Return a value, trimmed, with each ``$NAME`` in capitals replaced from an environment.

    A name that is not set is replaced by nothing; ``${NAME}`` and ``$name`` stay as they are.
    """
    return _DOLLAR.sub(lambda match: environ.get(match[1], ""), value).strip()


def expand_env(env: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment with its configured values expanded and its names trimmed.

    A variable that is merely a copy of circusd's own is left alone (D31).
    """
    return {
        name.strip(): value if environ.get(name) == value else expand_dollars(value, environ)
        for name, value in env.items()
    }
