"""What is wrong with a whole configuration and cannot be told from one option alone.

A dotted path is looked for by a *finder* that the caller gives: it imports nothing, and says
what is missing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from circus.spec import door, outlet
from circus.spec.addresses import address, faults
from circus.spec.finding import HEADER, Finding, Places, Severity
from circus.spec.launch import handed_sockets, socket_of, socket_variables, waking_sockets, words
from circus.spec.model import CONSOLE, FleetSpec, HookSpec, PluginSpec, StreamSpec, WatcherSpec
from circus.spec.options.circus import CIRCUS, LEVELS
from circus.spec.options.row import Section
from circus.spec.options.shipped import shipped
from circus.spec.options.socket import SOCKET
from circus.spec.options.watcher import WATCHER
from circus.spec.streams import CHANNELS, shared_files, stream_faults
from circus.spec.tables import HOOKS

UNASKED = "You defined a stats_endpoint without setting up statsd to True."
"""The warning of Circus: an endpoint alone switches circusd-stats on (spec §5.3)."""
Finder = Callable[[str, WatcherSpec], str]
"""From a dotted path, and the watcher that names it, to a sentence on what is missing, or ''."""

Look = Callable[[WatcherSpec], "Iterable[tuple[Severity, str, str]]"]
"""From a watcher to (severity, option, sentence) on what is wrong with the files that it names."""

_OLD_WID = re.compile(r"\$WID\b")


def conflicts(spec: WatcherSpec) -> Iterator[tuple[str, str]]:
    """Iterate over (option, sentence) for what makes a watcher impossible, by itself."""
    if spec.singleton and spec.numprocesses > 1:
        yield "singleton", f"Cannot have {spec.numprocesses} processes with a singleton  watcher"
    yield from _restarts(spec)
    if spec.virtualenv and not spec.copy_env:
        yield "virtualenv", "copy_env must be True to to use virtualenv"
    if spec.copy_path and not spec.copy_env:
        yield "copy_path", "copy_env and copy_path must have the same value"
    yield from outlet.conflicts(spec)
    for option, value in _texts(spec):
        if reason := _unsplittable(value):
            yield option, f"cannot split {value!r} into words: {reason}"


def _restarts(spec: WatcherSpec) -> Iterator[tuple[str, str]]:
    """Iterate over (option, sentence) for what contradicts itself in the policy of restarts."""
    if spec.respawn is (spec.restart == "never"):
        respawn = f"respawn = {spec.respawn}"
        yield "restart", f"cannot be {spec.restart} together with {respawn}: they are opposites"
    both = sorted({*spec.success_exit_codes} & {*spec.fatal_exit_codes})
    if both:
        named = WATCHER["fatal_exit_codes"].kind.show(both)
        yield "fatal_exit_codes", f"cannot hold {named}, which success_exit_codes holds as well"


def _unsplittable(text: str) -> str:
    """Return why a text cannot be split into words, or nothing."""
    try:
        words(text)
    except ValueError as error:
        return str(error).lower()
    return ""


def _texts(spec: WatcherSpec) -> Iterator[tuple[str, str]]:
    """Iterate over (option, text) for the texts that are split into words."""
    split = {**_command(spec), "stop_command": spec.stop_command}
    values = {"shell_args": spec.shell_args} if spec.shell else split
    for option, value in values.items():
        if isinstance(value, str):
            yield option, value


def _command(spec: WatcherSpec) -> dict[str, str | tuple[str, ...] | None]:
    return {"cmd": spec.cmd, "args": spec.args}


def check(
    fleet: FleetSpec, places: Places, finder: Finder, look: Look = lambda _: ()
) -> list[Finding]:
    """Return everything that is wrong with a fleet.

    :param places: where its options stand; what stands nowhere is said without a place
    :param finder: looks for dotted paths without importing them
    :param look: looks at the files that a watcher names
    """
    judge = _Judge(fleet, places, finder, look)
    for section, key in places:
        judge.keys.setdefault(section, []).append(key)
    judge.daemon()
    judge.sockets()
    for watcher in fleet.watchers:
        judge.watcher(watcher)
    judge.files()
    for plugin in fleet.plugins:
        judge.plugin(plugin)
    return judge.findings


@dataclass
class _Judge:
    """Judges one fleet."""

    fleet: FleetSpec
    places: Places
    finder: Finder
    look: Look
    findings: list[Finding] = field(default_factory=list)
    keys: dict[str, list[str]] = field(default_factory=dict)
    """The options of each section, as they are written."""

    def error(self, section: str, option: str, message: str) -> None:
        self._say(Severity.ERROR, section, option, message)

    def warning(self, section: str, option: str, message: str) -> None:
        self._say(Severity.WARNING, section, option, message)

    def _say(self, severity: Severity, section: str, option: str, message: str) -> None:
        entry = self.places.get((section, option)) or self.places.get((section, HEADER))
        file, line = (entry.file, entry.line) if entry else ("", 0)
        finding = Finding(severity, message, file, line, section, option)
        if finding not in self.findings:  # two rules may say the same
            self.findings.append(finding)

    def _rows(self, section: str, table: Section, spec: object, shared: bool = False) -> None:
        """Judge what the rows alone can tell: what is not built, and what has no effect.

        :param shared: the section is a plugin's as well, which may mean what has no effect here
        """
        for row in table:
            value = getattr(spec, row.attribute, row.default) if row.attribute else row.default
            if row.unavailable and value != row.default:
                self.error(section, row.name, row.unavailable)
            if row.obsolete and not shared and (section, row.name) in self.places:
                self.warning(section, row.name, row.obsolete)

    def daemon(self) -> None:
        """Judge the [circus] section."""
        daemon = self.fleet.daemon
        self._rows("circus", CIRCUS, daemon)
        if daemon.stats_endpoint is not None and not daemon.statsd:
            self.warning("circus", "stats_endpoint", UNASKED)
        if daemon.endpoint_owner is not None and not daemon.endpoint.startswith("ipc://"):
            message = "has an effect with an ipc:// endpoint only"
            self.warning("circus", "endpoint_owner", message)
        if daemon.loglevel is not None and daemon.loglevel.strip().lower() not in LEVELS:
            message = f"{daemon.loglevel!r} is none of {', '.join(LEVELS)}: info is taken"
            self.warning("circus", "loglevel", message)
        named = [one for one in self.fleet.watchers if one.essential]
        if daemon.exit_when == "essential-fails" and not named:
            self.warning("circus", "exit_when", "has no effect yet: there is no essential watcher")
        if daemon.endpoint == daemon.pubsub_endpoint:
            message = f"{daemon.endpoint} is the endpoint as well: each needs one of its own"
            self.error("circus", "pubsub_endpoint", message)
        if daemon.httpd:
            self._console(door.door_of(daemon))

    def _console(self, at: door.Door) -> None:
        """Judge whether the console is safe, and whether there is room for it."""
        for option, message in door.faults(at):
            self.error("circus", option, message)
        own = door.socket(at)
        for one in self.fleet.sockets:
            if address(one) and address(one) == address(own):
                message = f"has the same address as [socket:{one.name}]"
                self.error("circus", "httpd_port", message)
            if one.name == CONSOLE:
                self.error(f"socket:{CONSOLE}", HEADER, "the name is taken by the web console")
        for watcher in self.fleet.watchers:
            if watcher.name.lower() == CONSOLE:
                title = f"watcher:{watcher.name}"
                self.error(title, HEADER, "the name is taken by the web console")

    def sockets(self) -> None:
        """Judge the sockets, which need addresses of their own."""
        taken: dict[object, str] = {}
        for socket in self.fleet.sockets:
            section = f"socket:{socket.name}"
            self._rows(section, SOCKET, socket)
            place = address(socket)
            first = taken.setdefault(place, section) if place else section
            if first != section:
                option = "path" if socket.path else "port"
                self.error(section, option, f"has the same address as [{first}]")
            written = {key: self.places[section, key].value for key in self.keys.get(section, ())}
            for severity, option, message in faults(socket, written):
                self._say(severity, section, option, message)

    def plugin(self, plugin: PluginSpec) -> None:
        """Judge one plugin, and the watcher that it becomes."""
        spec = plugin.watcher
        known = shipped(plugin.use)
        if any(watcher.name.lower() == plugin.name.lower() for watcher in self.fleet.watchers):
            self.error(plugin.name, HEADER, f"the name is taken by [watcher:{plugin.name}]")
        if not plugin.use:
            message = "there is no class to run: write use = package.module.Class"
            self.error(plugin.name, "use", message)
        elif missing := self.finder(plugin.use, spec):
            self.error(plugin.name, "use", missing)
        elif known and known.needs and self.finder(known.needs, spec):
            self.error(plugin.name, "use", known.lacking)
        required = known.required if known else ()
        if required and not any(map(plugin.options.get, required)):
            self.error(plugin.name, required[0], "has to be given")
        self.watcher(spec, plugin.name)

    def watcher(self, spec: WatcherSpec, title: str = "") -> None:
        """Judge one watcher.

        :param title: of its section, unless that is ``watcher:NAME``
        """
        section = title or f"watcher:{spec.name}"
        self._rows(section, WATCHER, spec, shared=bool(title))
        for option, message in conflicts(spec):
            self.error(section, option, message)
        self._command(section, spec)
        self._idle(section, spec)
        self._used_sockets(section, spec)
        self._handed_sockets(section, spec)
        if spec.on_demand:
            self._demand(section, spec)
        for severity, option, message in self.look(spec):
            self._say(severity, section, option, message)
        for option in CHANNELS:
            self._stream(section, option, spec)
        for name, hook in spec.hooks.items():
            self._hook(section, spec, name, hook)

    def _command(self, section: str, spec: WatcherSpec) -> None:
        if not spec.cmd.strip():
            self.error(section, "cmd", "there is no command to run")
        if spec.shell_args and not spec.shell:
            message = "shell_args is defined but won't be used in this context: shell is not set"
            self.warning(section, "shell_args", message)
        if spec.numprocesses == 0 and not spec.singleton:
            self.warning(section, "numprocesses", "is 0: no process will run")
        if spec.stop_command and not spec.graceful_timeout:
            message = "is never run: graceful_timeout is 0, so processes are killed at once"
            self.warning(section, "stop_command", message)
        if spec.shell:
            return
        for option, value in _command(spec).items():
            if isinstance(value, str) and _OLD_WID.search(value):
                self.warning(section, option, "$WID means nothing any more: write $(circus.wid)")
        if spec.cmd[:1] in {'"', "'"} and spec.cmd[-1] == spec.cmd[0] and " " in spec.cmd:
            message = f"the quotes make {spec.cmd} one word, the name of the program"
            self.warning(section, "cmd", message)

    def _idle(self, section: str, spec: WatcherSpec) -> None:
        """Judge options that are set and have no effect beside the others."""
        usual = ("on-failure", "never") if spec.essential else ("on-failure",)
        for option, needed in (
            ("success_exit_codes", usual),
            ("backoff", ("always", "on-failure")),
            ("healthy_after", ("always", "on-failure")),
        ):
            if (section, option) in self.places and spec.restart not in needed:
                self.warning(section, option, f"has no effect: restart is {spec.restart}")

    def _used_sockets(self, section: str, spec: WatcherSpec) -> None:
        """Judge the sockets that a watcher names."""
        known = {socket.name: socket for socket in self.fleet.sockets}
        used, given = socket_variables(spec), handed_sockets(spec, known)
        named = "cmd" if all("circus.sockets." in spec.cmd.lower() for _ in used) else "args"
        for variable in sorted(used):
            name, part = socket_of(variable, known)
            if name not in known:
                self.error(section, named, f"there is no [socket:{name}]")
            elif part and (part == "path") != (known[name].path is not None):
                self.error(section, named, f"the socket {name!r} has no {part}")
            elif not (part or name in given or (spec.use_sockets and not spec.listen_fds)):
                reason = "listen_fds does not name it" if given else "use_sockets is not set"
                message = f"the process will not have socket {name!r} open: {reason}"
                self.warning(section, named, message)
        if spec.stdin_socket is not None and spec.stdin_socket.lower() not in known:
            self.error(section, "stdin_socket", f"there is no [socket:{spec.stdin_socket}]")

    def _handed_sockets(self, section: str, spec: WatcherSpec) -> None:
        """Judge the sockets that a watcher's processes are given at 3, 4 and so on."""
        known = [socket.name for socket in self.fleet.sockets]
        if spec.listen_fds is True and not known:
            self.error(section, "listen_fds", "there is no [socket:NAME]")
        for name in spec.listen_fds if isinstance(spec.listen_fds, tuple) else ():
            if name not in known:
                self.error(section, "listen_fds", f"there is no [socket:{name}]")
        if spec.listen_fds and spec.use_sockets:
            message = "has no effect: with listen_fds a process has those sockets and no others"
            self.warning(section, "use_sockets", message)

    def _demand(self, section: str, spec: WatcherSpec) -> None:
        """Judge whether anything can ever wake an on-demand watcher."""
        known = {socket.name: socket for socket in self.fleet.sockets}
        waking = waking_sockets(spec, known)
        if not waking:
            message = "nothing can start it: there is no [socket:…] to connect to"
            self.warning(section, "on_demand", message)
        elif all(known[name].so_reuseport for name in waking):
            message = f"{', '.join(sorted(waking))} cannot wake it: each process binds its own"
            self.error(section, "on_demand", message)

    def _stream(self, section: str, option: str, spec: WatcherSpec) -> None:
        """Judge one stream."""
        stream: StreamSpec | None = getattr(spec, option)
        if stream is None or stream.ready is not None:
            return
        keys = self.keys.get(section, ())
        for fault in stream_faults(option, stream, keys, lambda path: self.finder(path, spec)):
            self._say(fault.severity, section, fault.option, fault.message)

    def files(self) -> None:
        """Judge the files that several streams write to."""
        for name, fault in shared_files(self.fleet):
            self._say(fault.severity, f"watcher:{name}", fault.option, fault.message)

    def _hook(self, section: str, spec: WatcherSpec, name: str, hook: HookSpec) -> None:
        option = f"hooks.{name}"
        if name not in HOOKS:
            near = WATCHER.nearest(option)
            hint = f"; did you mean {near!r}?" if near else ""
            self.warning(section, option, f"there is no hook {name!r}, it is never called{hint}")
        elif isinstance(hook.target, str) and (missing := self.finder(hook.target, spec)):
            self.error(section, option, missing)
