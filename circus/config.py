"""Reading configuration files: includes, places, findings, and the old public functions.

INI is one way in: whatever yields entries of (section, key, text, file, line) is a configuration.
"""

from __future__ import annotations

import contextlib
import dataclasses
import glob
import os
import resource
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from circus import doorkey
from circus.declared import declared
from circus.dotted import missing
from circus.exc import ConfigError
from circus.host import cpus
from circus.host.probe import probe
from circus.spec.assemble import Assembled, assemble, sections
from circus.spec.check import check
from circus.spec.door import TokenError
from circus.spec.environment import copied
from circus.spec.expand import environment_lookup, substitute
from circus.spec.finding import Entry, Finding, Severity, at
from circus.spec.ini import parse
from circus.spec.launch import import_path
from circus.spec.model import FleetSpec, WatcherSpec
from circus.spec.options.watcher import WATCHER
from circus.spec.tables import stream_conf
from circus.surroundings import Surroundings, look

ALWAYS_PRESENT = (
    "cmd", "args", "numprocesses", "warmup_delay", "executable", "working_dir", "on_demand",
    "shell", "uid", "gid", "send_hup", "stop_signal", "stop_children", "max_retry",
    "graceful_timeout", "rlimits", "stderr_stream", "stdout_stream", "priority", "use_sockets",
    "singleton", "copy_env", "copy_path", "hooks", "respawn", "autostart",
)  # fmt: skip
"""Options that every watcher of :func:`get_config` has (spec §5.9)."""


@dataclasses.dataclass(frozen=True)
class Loaded:
    """What a configuration file says.

    :param fleet: all that it asks for, or None if any finding is an error
    :param findings: errors and warnings in the order of their places
    """

    fleet: FleetSpec | None
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> list[Finding]:
        """The findings for which the configuration is refused."""
        return [finding for finding in self.findings if finding.severity is Severity.ERROR]

    def accepted(self) -> FleetSpec:
        """Return what it asks for; ConfigError with all errors if it is refused."""
        if self.fleet is None:
            raise ConfigError(self.errors)
        return self.fleet


def load(path: str, environ: Mapping[str, str] | None = None) -> Loaded:
    """Read, expand, type and check a configuration with all that it includes; run nothing.

    :param path: the main file
    :param environ: circusd's own environment; None: that of this process
    :raises OSError: the main file cannot be read
    """
    environ = os.environ if environ is None else environ
    files, assembled, findings = _read(path, environ)
    findings += check(assembled.fleet, assembled.places, _Finder(environ), look)
    findings += _out_of_reach(assembled)
    findings += _console(assembled)
    order = {file: number for number, file in enumerate(files)}
    found = sorted(findings, key=lambda each: (order.get(each.file, len(order)), each.line))
    refused = any(finding.severity is Severity.ERROR for finding in found)
    return Loaded(None if refused else assembled.fleet, tuple(found))


def _read(path: str, environ: Mapping[str, str]) -> tuple[list[str], Assembled, list[Finding]]:
    """Return the names of the files, what they ask for, and what is wrong with single options."""
    if not os.path.exists(path):
        raise OSError(f"the configuration file {path!r} does not exist\n")
    entries, findings = parse(_text(path), path)
    files = [path]
    for file in _included(path, list(entries), environ, findings):
        try:
            more, wrong = parse(_text(file), file)
        except OSError as error:
            message = f"cannot read it: {error.strerror}"
            findings.append(Finding(Severity.WARNING, message, file))
            continue
        files.append(file)
        entries += more
        findings += wrong
    assembled = assemble(entries, environ, cpus.available(), declared)
    return files, assembled, findings + list(assembled.findings)


def _out_of_reach(assembled: Assembled) -> Iterator[Finding]:
    """Iterate over warnings about watchers that want more than this machine can guarantee."""
    for spec in assembled.fleet.watchers:
        entry = assembled.places.get((f"watcher:{spec.name}", "contain"))
        if entry is not None and spec.contain == "tree" and not probe().tree.yes:
            message = f"is not possible on this machine: {probe().tree.reason}"
            yield at(entry, Severity.WARNING, message)


def _console(assembled: Assembled) -> Iterator[Finding]:
    """Iterate over what is wrong with the files in which the web console's token is."""
    daemon, places = assembled.fleet.daemon, assembled.places
    option, entry = "httpd_token_file", places.get(("circus", "httpd_token_file"))
    if daemon.httpd and daemon.httpd_token_file is not None:
        try:
            doorkey.from_file(daemon.httpd_token_file)
        except (OSError, TokenError) as problem:
            reason = getattr(problem, "strerror", None)
            text = f"cannot read {daemon.httpd_token_file}: {reason}" if reason else str(problem)
            file, line = (entry.file, entry.line) if entry else ("", 0)
            yield Finding(Severity.ERROR, text, file, line, "circus", option)
    entry = places.get(("circus", "httpd_token"))
    if daemon.httpd_token and entry is not None and entry.value == daemon.httpd_token:
        with contextlib.suppress(OSError):
            if os.stat(entry.file).st_mode & 0o044:
                message = f"others may read {entry.file}: write httpd_token_file instead"
                yield at(entry, Severity.WARNING, message)


def _text(path: str) -> str:
    """Return the text of a file; bytes that are not UTF-8 come out again as they were."""
    with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
        return file.read()


def _included(
    path: str, entries: list[Entry], environ: Mapping[str, str], findings: list[Finding]
) -> Iterator[str]:
    """Iterate over the files that the main file includes, each once, sorted within a pattern."""
    merged, _ = sections(entries)
    options = merged.get("circus", {})
    seen = {os.path.realpath(path)}
    for key, tail in (("include", ()), ("include_dir", ("*.ini",))):
        entry = options.get(key)
        if entry is None:
            continue
        for word in substitute(entry.value, environment_lookup(environ)).split():
            pattern = os.path.join(os.path.dirname(path), word, *tail)
            matches = sorted(file for file in glob.glob(pattern) if not os.path.isdir(file))
            if not matches:
                message = (
                    f"{word!r} does not lead to any config. "
                    "Make sure include paths are relative to the main config file"
                )
                findings.append(at(entry, Severity.WARNING, message))
            for file in matches:
                if os.path.realpath(file) not in seen:
                    seen.add(os.path.realpath(file))
                    yield file


class _Finder:
    """Looks for dotted paths where a watcher's hooks and streams are imported from."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._known: dict[tuple[str, tuple[str, ...]], str] = {}

    def __call__(self, dotted: str, spec: WatcherSpec) -> str:
        try:
            env = Surroundings(spec, self._environ, sys.path).made
        except ValueError:  # the virtualenv cannot be used, which is a finding of its own
            env = dict(spec.env)
        directories = import_path(spec, env, os.getcwd())
        key = (dotted, directories)
        if key not in self._known:
            self._known[key] = missing(dotted, directories)
        return self._known[key]


def get_config(path: str) -> dict[str, Any]:
    """Return a configuration as the mapping of spec §11.6.

    The options of ``[circus]`` by their names, and the lists ``watchers``, ``plugins`` and
    ``sockets`` of mappings, sorted by name. Text is expanded, as it is in Circus.

    :raises OSError: the main file does not exist or cannot be read
    :raises ConfigError: some value cannot be used
    """
    environ = os.environ
    _, assembled, findings = _read(path, environ)
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if errors:
        raise ConfigError(errors)
    fleet = assembled.fleet
    return {
        **dataclasses.asdict(fleet.daemon),
        "watchers": [_watcher(spec, environ) for spec in fleet.watchers],
        "plugins": [
            {**spec.options, "name": spec.name, "use": spec.use, "priority": spec.priority}
            for spec in fleet.plugins
        ],
        "sockets": [dataclasses.asdict(spec) for spec in fleet.sockets],
    }


def _watcher(spec: WatcherSpec, environ: Mapping[str, str]) -> dict[str, Any]:
    """Return a watcher as a mapping; its name is also under ``__name__``, as a title."""
    found: dict[str, Any] = {**spec.freeform, "__name__": f"watcher:{spec.name}"}
    for field in dataclasses.fields(spec):
        value = getattr(spec, field.name)
        row = WATCHER.find(field.name)
        if row is not None and (field.name in ALWAYS_PRESENT or value != row.default):
            found[field.name] = value
    lookup = environment_lookup(spec.env, environ)
    for key in ("cmd", "args", "shell_args", "stop_command"):
        if isinstance(found.get(key), str):
            found[key] = substitute(found[key], lookup)
    return {
        **found,
        "name": spec.name,
        "env": {**(copied(environ) if spec.copy_env else {}), **spec.env},
        "hooks": {name: (hook.target, hook.ignore) for name, hook in spec.hooks.items()},
        "rlimits": {name: rlimit_value(limit) for name, limit in spec.rlimits.items()},
        "stdout_stream": stream_conf(spec.stdout_stream),
        "stderr_stream": stream_conf(spec.stderr_stream),
    }


def watcher_defaults() -> dict[str, Any]:
    """Return the options that every watcher has, at their defaults, and an empty name."""
    defaults = {name: WATCHER[name].default for name in ALWAYS_PRESENT}
    tables = ("rlimits", "hooks", "stdout_stream", "stderr_stream")
    return {**defaults, "name": "", **{name: {} for name in tables}}


def rlimit_value(value: str | int | None) -> int:
    """Return a limit as ``setrlimit`` takes it; nothing is infinity."""
    return resource.RLIM_INFINITY if value is None or value == "" else int(value)
