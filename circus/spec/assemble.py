"""From the entries of a configuration to a FleetSpec: merge, expand, type (spec §5).

Everything that is wrong becomes a finding; nothing is ever given up at the first one.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from circus.spec.build import fold
from circus.spec.expand import Lookup, environment_lookup, expand_dollars, substitute
from circus.spec.finding import HEADER, Entry, Finding, Places, Severity, at, mismatch
from circus.spec.model import DaemonSpec, FleetSpec, PluginSpec, SocketSpec, WatcherSpec
from circus.spec.options.circus import CIRCUS
from circus.spec.options.env import ENV, ENV_OF
from circus.spec.options.plugin import PLUGIN
from circus.spec.options.row import Option, Section
from circus.spec.options.shipped import shipped
from circus.spec.options.socket import SOCKET
from circus.spec.options.watcher import WATCHER
from circus.spec.plugins import Declared, declared, for_plugin, for_watcher, plugin_watcher

SECTIONS = (CIRCUS, WATCHER, SOCKET, PLUGIN, ENV, ENV_OF)
"""Every kind of section."""

SPLIT_FIRST = frozenset({"cmd", "args", "shell_args", "stop_command"})
"""Options whose variables are filled in at each spawn, word by word, and not here (D32)."""

Table = Mapping[str, Entry]
"""The entries of one section by their keys, without the title's own."""
_WILD = frozenset("*?[")
_Named = TypeVar("_Named", WatcherSpec, SocketSpec, PluginSpec)


@dataclass(frozen=True)
class Assembled:
    """What a configuration asks for.

    :param fleet: all that could be understood; to be used only if no finding is an error
    :param places: where each section and option stands, under ``watcher:NAME`` and the like
    :param findings: what is wrong with single options and sections
    """

    fleet: FleetSpec
    places: Places
    findings: tuple[Finding, ...]


def assemble(
    entries: Iterable[Entry],
    environ: Mapping[str, str],
    cpus: int = 1,
    declared: Declared = declared,
) -> Assembled:
    """Turn the entries of a configuration, main file first, into a fleet.

    :param environ: circusd's own environment, for ``$(circus.env.X)`` and ``$X``
    :param cpus: how many CPUs ``auto`` stands for
    :param declared: finds out which options a plugin's class declares as its own
    """
    return _Assembly(entries, environ, cpus, declared).run()


def sections(entries: Iterable[Entry]) -> tuple[dict[str, dict[str, Entry]], list[Finding]]:
    """Merge entries into sections: title to its own entry (``HEADER``) and its options.

    The first definition of an option wins, within a section and over all files. What stands in
    ``[DEFAULT]`` is added to every other section. A section without options is left out.
    """
    merged: dict[str, dict[str, Entry]] = {}
    findings = []
    for entry in entries:
        first = merged.setdefault(entry.section, {}).setdefault(entry.key, entry)
        if first is not entry and entry.key != HEADER and first.file == entry.file:
            message = f"is set a second time: the value of line {first.line} is used"
            findings.append(at(entry, Severity.WARNING, message))
    default = {k: e for k, e in merged.pop("DEFAULT", {}).items() if k != HEADER}
    for title, table in list(merged.items()):
        for key, entry in default.items():
            table.setdefault(key, entry)
        if not table.keys() - {HEADER}:
            message = "the section is empty: it is as if it were not there"
            findings.append(at(table[HEADER], Severity.WARNING, message))
            del merged[title]
    return merged, findings


def kind_of(title: str) -> tuple[Section | None, str]:
    """Return the kind of section that a title belongs to, and the name in the title."""
    head, colon, name = title.partition(":")
    for section in SECTIONS:
        pattern, pattern_colon, _ = section.pattern.partition(":")
        if head == pattern and colon == pattern_colon:
            return section, name.strip()
    return None, ""


class _Scopes:
    """The [env:PATTERNS] sections, by the names of the watchers they are for.

    Most patterns are plain names: those are looked up, so that many watchers with a section of
    their own do not try each other's.
    """

    def __init__(self, sections: Iterable[tuple[str, Table]]) -> None:
        self._tables: list[Table] = []
        self._plain: dict[str, set[int]] = {}
        self._wild: list[tuple[int, str]] = []
        for number, (patterns, table) in enumerate(sections):
            self._tables.append(table)
            for pattern in map(str.strip, patterns.split(",")):
                if _WILD.isdisjoint(pattern):
                    self._plain.setdefault(pattern, set()).add(number)
                else:
                    self._wild.append((number, pattern))

    def tables(self, name: str) -> Iterator[Table]:
        """Iterate over the sections that are for a watcher, in the order of the file."""
        wild = {number for number, pattern in self._wild if fnmatch.fnmatchcase(name, pattern)}
        return (self._tables[number] for number in sorted(wild | self._plain.get(name, set())))


@dataclass
class _Assembly:
    """One configuration on its way to a fleet."""

    entries: Iterable[Entry]
    environ: Mapping[str, str]
    cpus: int
    declared: Declared
    places: dict[tuple[str, str], Entry] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def run(self) -> Assembled:
        merged, findings = sections(self.entries)
        self.findings += findings
        for title, table in merged.items():
            self._judge_title(title, table)
        self.env = self._environment(merged.get("env", {}), environment_lookup(self.environ))
        self.lookup = environment_lookup(self.env, self.environ)
        self.env_of = _Scopes(_of(merged, ENV_OF))
        fleet = FleetSpec(
            daemon=self._daemon(merged.get("circus", {})),
            watchers=self._named(merged, WATCHER, self._watcher),
            sockets=self._named(merged, SOCKET, self._socket),
            plugins=self._named(merged, PLUGIN, self._plugin),
            env=self.env,
        )
        return Assembled(fleet, self.places, tuple(self.findings))

    def _judge_title(self, title: str, table: Table) -> None:
        section, name = kind_of(title)
        if section is None:
            known = " ".join(f"[{each.pattern}]" for each in SECTIONS)
            message = f"is not a known section and is ignored; known are {known}"
            self._say(_title(table), Severity.WARNING, message)
        elif ":" in title and not name:
            self._say(_title(table), Severity.ERROR, f"has no name, expected [{section.pattern}]")

    def _environment(self, table: Table, lookup: Lookup) -> dict[str, str]:
        """Return the variables of an environment section, expanded."""
        return {
            key.strip(): expand_dollars(substitute(entry.value, lookup), self.environ)
            for key, entry in _options(table)
        }

    def _named(
        self,
        merged: Mapping[str, Table],
        section: Section,
        make: Callable[[str, Table], _Named],
    ) -> tuple[_Named, ...]:
        """Return the specs of all sections of a kind, by name; no two differ in case only."""
        made: dict[str, tuple[_Named, Entry]] = {}
        for name, table in _of(merged, section):
            title = _title(table)
            first = made.get(name.lower())
            if first:
                message = f"the name is taken by [{first[1].section}] at line {first[1].line}"
                self._say(title, Severity.ERROR, f"{message}, and case does not matter")
            elif name:
                made[name.lower()] = make(name, table), title
        return tuple(sorted((spec for spec, _ in made.values()), key=lambda spec: spec.name))

    def _daemon(self, table: Table) -> DaemonSpec:
        self._place("circus", table)
        values = self._typed(CIRCUS, table, self.lookup)
        return DaemonSpec(**_fields(CIRCUS, values))

    def _watcher(self, name: str, table: Table) -> WatcherSpec:
        self._place(f"watcher:{name}", table)
        env = dict(self.env)
        for variables in self.env_of.tables(name):
            env.update(self._environment(variables, self.lookup))
        values = self._typed(WATCHER, table, environment_lookup(env, self.environ))
        for stream in ("stdout_stream", "stderr_stream"):
            self._need_class(stream, table, values)
        return fold(name, {**values, "env": env}, self.cpus)

    def _need_class(self, stream: str, table: Table, values: dict[str, Any]) -> None:
        """Take away the options of a stream that does not say what it is."""
        given = [key for key in values if key.startswith(f"{stream}.")]
        if given and not values.get(f"{stream}.class") and f"{stream}.filename" not in values:
            message = f"there is neither {stream}.class nor {stream}.filename"
            self._say(table[given[0]], Severity.ERROR, message)
            for key in given:
                del values[key]

    def _socket(self, name: str, table: Table) -> SocketSpec:
        self._place(f"socket:{name.lower()}", table)
        values = _fields(SOCKET, self._typed(SOCKET, table, self.lookup))
        if values.get("path"):
            values["family"] = "AF_UNIX"
        return SocketSpec(name.lower(), **values)

    def _plugin(self, name: str, table: Table) -> PluginSpec:
        title = f"plugin:{name}"
        self._place(title, table)
        common = self._typed(PLUGIN, table, self.lookup)
        use = common.get("use", "")
        own = self.declared(use)
        shared = {key: entry for key, entry in table.items() if for_watcher(key, own)}
        values = self._typed(WATCHER, shared, self.lookup)
        for stream in ("stdout_stream", "stderr_stream"):
            self._need_class(stream, table, values)
        watcher = plugin_watcher(title, values, self.cpus)
        known = shipped(use)
        if known is not None:
            mine = {key: entry for key, entry in table.items() if for_plugin(key, own)}
            self._typed(known.section, mine, self.lookup)
        options = {
            key: substitute(entry.value, self.lookup)
            for key, entry in _options(table)
            if key != "use"
        }
        return PluginSpec(title, use, watcher.priority, options, watcher)

    def _place(self, title: str, table: Table) -> None:
        self.places.update({(title, key): entry for key, entry in table.items()})

    def _typed(self, section: Section, table: Table, lookup: Lookup) -> dict[str, Any]:
        """Return the values of a section's options; what cannot be typed is left out."""
        values: dict[str, Any] = {}
        for key, entry in _options(table):
            leaked = entry.section == "DEFAULT"
            row = section.find(key)
            if row is None or row.elsewhere:
                if not leaked or section.free:
                    self._unknown(section, row, entry)
                if row is None and section.free:
                    values[key] = substitute(entry.value, lookup)
            elif not row.knows(key) and row.attribute != "hooks":
                self._unknown_member(section, row, entry)
            else:
                text = entry.value if key in SPLIT_FIRST else substitute(entry.value, lookup)
                self._value(row, entry, text, values)
        return values

    def _value(self, row: Option, entry: Entry, text: str, values: dict[str, Any]) -> None:
        """Put the typed value of one known option among the others."""
        try:
            values[entry.key] = row.kind.parse(text)
        except ValueError:
            self._add(mismatch(entry, text, row.kind.expects))

    def _unknown(self, section: Section, row: Option | None, entry: Entry) -> None:
        """Warn about an option that is not known; one with a dot is a plugin's or a hook's."""
        if row is not None:
            self._say(entry, Severity.ERROR, row.elsewhere)
            return
        near = section.nearest(entry.key)
        if section is PLUGIN or (not near and "." in entry.key):
            return
        hint = f"did you mean {near!r}?" if near else ""
        kept = "is kept for hooks and plugins" if section.free else "is ignored"
        message = f"is not a known option and {kept}" + (f"; {hint}" if hint else "")
        self._say(entry, Severity.WARNING, message)

    def _unknown_member(self, section: Section, row: Option, entry: Entry) -> None:
        """Refuse a member that a closed family does not have."""
        near = section.nearest(entry.key)
        hint = f"; did you mean {near!r}?" if near else ""
        self._say(entry, Severity.ERROR, f"there is no limit {row.member(entry.key)!r}{hint}")

    def _say(self, entry: Entry, severity: Severity, message: str) -> None:
        self._add(at(entry, severity, message))

    def _add(self, finding: Finding) -> None:
        """Keep a finding; one of [DEFAULT] is found in each section anew."""
        if finding not in self.findings:
            self.findings.append(finding)


def _of(merged: Mapping[str, Table], section: Section) -> Iterator[tuple[str, Table]]:
    """Iterate over (name, table) of all sections of a kind."""
    for title, table in merged.items():
        kind, name = kind_of(title)
        if kind is section:
            yield name, table


def _options(table: Table) -> Iterator[tuple[str, Entry]]:
    """Iterate over the options of a section, without its title."""
    return ((key, entry) for key, entry in table.items() if key != HEADER)


def _title(table: Table) -> Entry:
    """Return the entry of a section's title, or what stands for one."""
    return table.get(HEADER) or replace(next(iter(table.values())), key=HEADER)


def _fields(section: Section, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values by the fields of the spec that hold them."""
    rows = ((section.find(key), value) for key, value in values.items())
    return {row.attribute: value for row, value in rows if row is not None and row.attribute}
