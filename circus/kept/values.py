"""Values as Circus 0.19 turned them into each other, for plugins and hooks that do so too."""

from __future__ import annotations

import configparser
import logging
import os
import sys
from collections.abc import Mapping
from typing import Any

from circus.spec.expand import expand_env
from circus.spec.options.watcher import WATCHER
from circus.spec.values import boolean

LOG_LEVELS = {
    name: getattr(logging, name.upper())
    for name in ("critical", "error", "warning", "info", "debug")
}
REDIRECT_TO = os.devnull
MAXFD = 1024
IS_WINDOWS = False
_ENV = WATCHER["env"].kind


def to_bool(s: str | bool | None) -> bool:
    """Return the truth of a word, as an INI file has it; None is no.

    :raises ValueError: it is no such word
    """
    return bool(s) if s is None or isinstance(s, bool) else boolean(s)


def to_str(s: Any, encoding: str = "utf8", errors: str = "replace") -> str:
    """Return bytes as text, and anything else as its text."""
    return s.decode(encoding, errors) if isinstance(s, bytes) else str(s)


def to_bytes(s: Any, encoding: str = "utf8") -> bytes:
    """Return text as bytes, and anything else as the bytes of its text."""
    return s if isinstance(s, bytes) else str(s).encode(encoding)


def parse_env_str(env_str: str) -> dict[str, str]:
    """Return the environment of a text such as ``A=1,B=$HOME``, variables filled in.

    :raises ValueError: something in it is no variable
    """
    found: dict[str, str] = _ENV.parse(env_str)
    return parse_env_dict(found)


def parse_env_dict(env: Mapping[str, str]) -> dict[str, str]:
    """Return an environment with names and values trimmed, and ``$NAME`` filled in."""
    return expand_env(env, os.environ)


def env_to_str(env: Mapping[str, Any] | None) -> str:
    """Return an environment as a text such as ``A=1,B=2``, sorted by name."""
    return _ENV.show(env)


def convert_opt(key: str, val: Any) -> str:
    """Return an option's value as the text that people read."""
    if key == "env":
        return env_to_str(val)
    return "" if val is None else str(val)


def get_python_version() -> tuple[int, int, int]:
    """Return the version of this Python."""
    return sys.version_info[:3]


def get_working_dir() -> str:
    """Return the current directory: by the name in ``PWD`` if that means the same, as a shell."""
    real = os.getcwd()
    said = os.environ.get("PWD", "")
    try:
        here, there = os.stat(real), os.stat(said)
    except OSError:
        return real
    same = (here.st_ino, here.st_dev) == (there.st_ino, there.st_dev)
    return said if same and os.path.isabs(said) else real


class ObjectDict(dict[str, Any]):
    """A dictionary whose items are attributes as well."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value


class DictDiffer:
    """What differs between two dictionaries: sets of keys."""

    def __init__(self, current_dict: Mapping[Any, Any], past_dict: Mapping[Any, Any]) -> None:
        self.current_dict, self.past_dict = current_dict, past_dict
        self.set_current, self.set_past = set(current_dict), set(past_dict)
        self.intersect = self.set_current & self.set_past

    def added(self) -> set[Any]:
        """Return the keys that are new."""
        return self.set_current - self.set_past

    def removed(self) -> set[Any]:
        """Return the keys that are gone."""
        return self.set_past - self.set_current

    def changed(self) -> set[Any]:
        """Return the keys in both whose values differ."""
        return {key for key in self.intersect if self.current_dict[key] != self.past_dict[key]}

    def unchanged(self) -> set[Any]:
        """Return the keys in both whose values are equal."""
        return self.intersect - self.changed()


def dict_differ(dict1: Mapping[Any, Any], dict2: Mapping[Any, Any]) -> bool:
    """Say whether two dictionaries differ, in their keys or in a value."""
    return dict1 != dict2


class StrictConfigParser(configparser.RawConfigParser):
    """A parser of INI files that keeps the case of options."""

    def optionxform(self, optionstr: str) -> str:
        """Return the name of an option, as it is written."""
        return optionstr
