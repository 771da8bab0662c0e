# ruff: noqa: D102, TRY004 - Kind documents the methods; ValueError is what all of them raise
"""The kinds of values with parts: arguments, environments, limits, hooks, streams.

Spec §5.5, §5.6, §6.11, §7.1 and §4.17 say what each may hold.
"""

from __future__ import annotations

import resource
import shlex
import warnings
from collections.abc import Mapping
from typing import Any

from circus.spec.model import HookSpec, StreamSpec
from circus.spec.options.stream import STREAMS, short_name
from circus.spec.values import Kind, boolean

HOOKS = (
    "before_start", "after_start", "before_stop", "after_stop", "before_spawn", "after_spawn",
    "before_signal", "after_signal", "before_reap", "after_reap", "extended_stats",
)  # fmt: skip
"""The names of all hooks (spec §6.11)."""

RLIMITS = tuple(name[7:].lower() for name in sorted(vars(resource)) if name.startswith("RLIMIT_"))
"""The names of all limits of this system, lower-case and without ``rlimit_``."""


class Argv(Kind):
    """Words of a command line: a text that is split later, or a list that never is."""

    expects = "text or a list of words"

    def __init__(self, *, optional: bool = False) -> None:
        self._optional = optional

    def parse(self, text: str) -> str | None:
        return None if self._optional and not text else text

    def show(self, value: Any) -> str:
        """Return the text; a list as the text that splits into it."""
        return super().show(value) if value is None or isinstance(value, str) else shlex.join(value)

    def check(self, key: str, value: Any) -> str | tuple[str, ...] | None:
        if isinstance(value, str):
            return self.parse(value)
        if value is None and self._optional:
            return None
        words = isinstance(value, (list, tuple)) and not any(
            word is None or isinstance(word, (list, tuple, dict)) for word in value
        )
        if not words:
            raise ValueError(f"{key!r} isn't a string or a list")
        return tuple(str(word) for word in value)


class EnvTable(Kind):
    """An environment. Its text form is ``A=1,B=2``, where no value can hold a comma."""

    expects = "variables such as A=1,B=2"

    def parse(self, text: str) -> dict[str, str]:
        env = {}
        for item in text.split(",") if text.strip() else ():
            name, equals, value = item.partition("=")
            if not equals or not name.strip():
                raise ValueError(text)
            env[name.strip()] = value.strip()
        return env

    def show(self, value: Any) -> str:
        """Return the text form, sorted by name."""
        return ",".join(f"{name}={value[name]}" for name in sorted(value or ()))

    def check(self, key: str, value: Any) -> dict[str, str]:
        if not isinstance(value, Mapping):
            raise ValueError(f"{key!r} isn't a valid object")
        for name, item in value.items():
            if not isinstance(item, str):
                raise ValueError(f"{name!r} isn't a string")
        return dict(value)

    def accept(self, key: str, value: Any) -> dict[str, str]:
        """Take values of any type as their text."""
        if isinstance(value, Mapping):
            value = {str(name): str(item) for name, item in value.items()}
        taken: dict[str, str] = super().accept(key, value)
        return taken


class Limit(Kind):
    """The value of one resource limit; None is infinity."""

    expects = "a whole number, or nothing for no limit"

    def parse(self, text: str) -> int | None:
        if text.strip().lower() in {"", "infinity", "unlimited"}:
            return None
        return self.check("", int(text))

    def check(self, key: str, value: Any) -> int | None:
        del key
        if value is None or value == resource.RLIM_INFINITY:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise ValueError(f"{value!r} rlimit value isn't a valid int")
        return int(value)


class LimitTable(Kind):
    """Limits by name, as Python programs give them: in any case, with or without ``RLIMIT_``."""

    expects = "limits by name"

    def check(self, key: str, value: Any) -> dict[str, int | None]:
        if not isinstance(value, Mapping):
            raise ValueError(f"{key!r} isn't a valid object")
        limits = {}
        for name, limit in value.items():
            known = str(name).lower().removeprefix("rlimit_")
            if known not in RLIMITS:
                raise ValueError(f"{name!r} isn't a valid rlimit setting")
            limits[known] = Limit().accept(known, limit)
        return limits


class Hook(Kind):
    """One hook: ``dotted.path[, ignore]`` as text, ``[path, ignore]`` in JSON and Python."""

    expects = "a dotted path such as package.module.function, then perhaps a comma and yes or no"

    def parse(self, text: str) -> HookSpec:
        target, _, flag = (part.strip() for part in text.partition(","))
        if not target or any(letter.isspace() for letter in target):
            raise ValueError(text)
        return HookSpec(target, boolean(flag) if flag else False)

    def as_json(self, text: str) -> str:
        """Return the text as it is, once it is seen to be a hook."""
        self.parse(text)
        return text

    def show(self, value: Any) -> str:
        return f"{value.target}, {value.ignore}" if value.ignore else str(value.target)

    def check(self, key: str, value: Any) -> HookSpec:
        if isinstance(value, HookSpec):
            return value
        target, ignore = value, False
        if isinstance(value, (list, tuple)) and len(value) == 2:  # noqa: PLR2004 - a pair
            target, ignore = value
        if isinstance(target, str) and isinstance(ignore, bool):
            hook = self.accept(key, target)
            return HookSpec(hook.target, ignore or hook.ignore)
        if callable(target):
            return HookSpec(target, bool(ignore))
        raise ValueError(f"{key!r} isn't a valid hook")

    def accept(self, key: str, value: Any) -> HookSpec:
        taken: HookSpec = super().accept(key, value)
        return taken


class HookTable(Kind):
    """Hooks by name; as text ``name:dotted,name:dotted``."""

    expects = "hooks such as before_start:package.module.function"

    def parse(self, text: str) -> dict[str, HookSpec]:
        hooks = {}
        for item in text.split(","):
            name, colon, target = (part.strip() for part in item.partition(":"))
            if not colon or name not in HOOKS:
                raise ValueError(text)
            hooks[name] = Hook().parse(target)
        return hooks

    def as_json(self, text: str) -> dict[str, str]:
        return {name: str(hook.target) for name, hook in self.parse(text).items()}

    def show(self, value: Any) -> str:
        return ",".join(f"{name}:{value[name].target}" for name in sorted(value))

    def plain(self, value: Any) -> dict[str, str]:
        return {name: Hook().show(hook) for name, hook in value.items()}

    def check(self, key: str, value: Any) -> dict[str, HookSpec]:
        hooks = self.accept(key, value)
        for name in hooks:
            if name not in HOOKS:
                raise ValueError(f"Unknown hook {name!r}")
        return hooks

    def accept(self, key: str, value: Any) -> dict[str, HookSpec]:
        """Take unknown names as well: a Python program may call its own."""
        if isinstance(value, str):
            taken: dict[str, HookSpec] = super().accept(key, value)
            return taken
        if not isinstance(value, Mapping):
            raise ValueError(f"{value!r} isn't a valid hook dict")
        return {str(name): Hook().check(f"{key}.{name}", hook) for name, hook in value.items()}


class Stream(Kind):
    """Where an output goes: an object with ``class`` and the options of that class."""

    expects = "a class and its options, each as an option with a dot"

    def show(self, value: Any) -> str:
        return " ".join(f"{key}={item}" for key, item in stream_conf(value).items())

    def plain(self, value: Any) -> dict[str, Any]:
        return stream_conf(value)

    def check(self, key: str, value: Any) -> StreamSpec | None:
        if isinstance(value, StreamSpec):
            return value
        if not isinstance(value, Mapping):
            raise ValueError(f"{key!r} isn't a valid object")
        if "class" not in value:
            raise ValueError(f"{key!r} must have a 'class' key")
        if "refresh_time" in value:
            text = f"'refresh_time' is deprecated and not useful anymore for {key!r}"
            warnings.warn(text, stacklevel=2)
        return stream_spec(value)

    def accept(self, key: str, value: Any) -> StreamSpec | None:
        """Take the other forms of spec §7.1 as well: ``stream``, or only ``filename``."""
        if isinstance(value, Mapping) and "class" not in value:
            return stream_spec(value)
        taken: StreamSpec | None = super().accept(key, value)
        return taken


def stream_spec(conf: Mapping[str, Any]) -> StreamSpec | None:
    """Return the stream that a mapping of spec §7.1 asks for; None if it is empty.

    Options that one of our own classes does not know are left out, for Circus's took any.

    :raises ValueError: ``stream configuration invalid``
    """
    options = {key: value for key, value in conf.items() if key not in {"class", "stream"}}
    if isinstance(conf.get("class"), str) and conf["class"]:
        return StreamSpec(conf["class"], _known_options(conf["class"], options))
    if conf.get("stream") is not None:
        return StreamSpec("", options, conf["stream"])
    if "filename" in conf:
        return StreamSpec("FileStream", _known_options("FileStream", options))
    if conf:
        raise ValueError("stream configuration invalid")
    return None


def _known_options(cls: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return those options that a class takes: of a class that is not ours, all."""
    table = STREAMS.get(short_name(cls))
    if table is None:
        return dict(options)
    rows = ((key, table.find(key)) for key in options)
    return {key: options[key] for key, row in rows if row is not None and not row.obsolete}


def stream_conf(stream: StreamSpec | None) -> dict[str, Any]:
    """Return the mapping of spec §7.1 that stands for a stream, its class included."""
    if stream is None:
        return {}
    first = {"class": stream.cls} if stream.cls else {"stream": stream.ready}
    return {**first, **stream.options}
