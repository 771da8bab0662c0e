"""A plugin is a process like any other: what its watcher is asked to be (spec §5.3.1, §9.2). Pure.

The watcher takes those options of the section that it knows and that the plugin does not declare
as its own. The plugin gets all of them, as text: not on its command line, where everybody can read
them, but through its standard input (:attr:`WatcherSpec.plugin_options`).
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from circus.spec.build import fold
from circus.spec.model import DaemonSpec, FleetSpec, PluginSpec, StreamSpec, WatcherSpec
from circus.spec.options.plugin import INACTIVE, PLUGIN
from circus.spec.options.shipped import shipped
from circus.spec.options.watcher import WATCHER
from circus.spec.values import boolean

Declared = Callable[[str], Collection[str]]
"""From the dotted path of a plugin's class to the options that it declares as its own."""

OF_THE_RUN = frozenset(
    {"cmd", "args", "executable", "shell", "shell_args", "stdin_socket", "close_child_stdin"}
)
"""Options of a watcher that say what a plugin's process is: they are not for its section to say."""

DEFAULTS: Mapping[str, Any] = {
    "singleton": True,
    "copy_env": True,
    "priority": 1,
    "fatal_exit_codes": (INACTIVE,),
    "healthy_after": 10.0,
}
"""What holds for the watcher of a plugin when its section does not say otherwise. It takes a plugin
some time to begin: one that dies ten seconds after its start has hardly worked."""


@dataclass(frozen=True)
class Home:
    """What a plugin has to know of its daemon.

    :param endpoint, pubsub_endpoint: where requests are answered, where events are published
    :param check_delay: seconds
    :param debug: the plugin's output goes to circusd's, and it logs at DEBUG
    :param ssh_server: through which it reaches the endpoints
    """

    endpoint: str | None = DaemonSpec.endpoint
    pubsub_endpoint: str | None = DaemonSpec.pubsub_endpoint
    check_delay: float = DaemonSpec.check_delay
    loglevel: str | None = None
    logoutput: str | None = None
    debug: bool = False
    ssh_server: str | None = None

    @property
    def level(self) -> str | None:
        """The level at which what belongs to the daemon logs."""
        return "DEBUG" if self.debug else self.loglevel


def declared(use: str) -> Collection[str]:
    """Return the options that a plugin of Circus's own declares; of others nothing is known."""
    known = shipped(use)
    return () if known is None else known.section.names()


def for_watcher(key: str, own: Collection[str]) -> bool:
    """Say whether an option of a plugin's section is its watcher's.

    :param own: what the plugin declares as its own
    """
    if key in own or key in OF_THE_RUN:
        return False
    row = WATCHER.find(key)
    return row is not None and not row.elsewhere and not row.obsolete


def for_plugin(key: str, own: Collection[str]) -> bool:
    """Say whether an option of a plugin's section can mean something to the plugin alone."""
    return PLUGIN.find(key) is None and not for_watcher(key, own)


def plugin_spec(section: Mapping[str, Any], declared: Declared) -> PluginSpec:
    """Return the plugin that a Python program asks for.

    :param section: ``use``, perhaps ``name`` (otherwise it is called by the path of its class), and
        options; what is no text becomes one
    :param declared: finds out what a class declares as its own
    :raises ValueError: there is no ``use``, or an option of the watcher cannot be that
    """
    use = section.get("use")
    if not use:
        raise ValueError("cannot run a plugin without a class: 'use' is missing")
    own = declared(use)
    given = {key: value for key, value in section.items() if key not in {"use", "name"}}
    values = {
        key: value if "stream." in key else WATCHER.find(key).kind.accept(key, value)  # type: ignore[union-attr]  # for_watcher found it
        for key, value in given.items()
        if for_watcher(key, own)
    }
    name = str(section.get("name", use))
    watcher = plugin_watcher(name, values)
    options = {key: str(value) for key, value in given.items()}
    return PluginSpec(name, use, watcher.priority, options, watcher)


def plugin_watcher(name: str, values: Mapping[str, Any], cpus: int = 1) -> WatcherSpec:
    """Return the watcher of a plugin, but for its command.

    :param values: those options of its section that are the watcher's
    :param cpus: how many CPUs ``auto`` stands for
    :raises ValueError: the options of a stream do not make one
    """
    given = {**DEFAULTS, **values}
    given.setdefault("copy_path", given["copy_env"])
    if not any(key.startswith("stdout_stream") for key in given):
        given.setdefault("close_child_stdout", True)
    return fold(name, {**given, "cmd": "circus-plugin"}, cpus)


def active(plugin: PluginSpec) -> bool:
    """Say whether a plugin is to run; ValueError if its option ``active`` is no truth."""
    return boolean(plugin.options.get("active", "yes"))


def watcher_of(plugin: PluginSpec, home: Home, python: str) -> WatcherSpec:
    """Return the watcher of a plugin, with its command.

    :param python: the interpreter that runs it
    """
    spec = replace(
        plugin.watcher,
        cmd=shlex.quote(python),
        args=_words(plugin, home),
        plugin_options={**plugin.options, "name": plugin.name},
    )
    return _told_to_all(spec, plugin.options) if home.debug else spec


def helper(
    name: str, python: str, args: tuple[str, ...], home: Home, close_outputs: bool
) -> WatcherSpec:
    """Return the watcher of a helper of circusd's own (spec §5.3.1).

    :param python: the interpreter that runs it
    :param close_outputs: its output goes to /dev/null
    """
    spec = WatcherSpec(
        name,
        shlex.quote(python),
        args=args,
        singleton=True,
        use_sockets=True,
        copy_env=True,
        copy_path=True,
        close_child_stdout=close_outputs,
        close_child_stderr=close_outputs,
    )
    return _told_to_all(spec, {}) if home.debug and not close_outputs else spec


def _told_to_all(spec: WatcherSpec, options: Mapping[str, str]) -> WatcherSpec:
    """Let what the process prints come out where circusd's own output does, unless it is said."""
    changes: dict[str, Any] = {}
    if spec.stdout_stream is None and "close_child_stdout" not in options:
        changes |= {"stdout_stream": StreamSpec("StdoutStream"), "close_child_stdout": False}
    if spec.stderr_stream is None and not spec.close_child_stderr:
        changes["stderr_stream"] = StreamSpec("StdoutStream")
    return replace(spec, **changes)


def _words(plugin: PluginSpec, home: Home) -> tuple[str, ...]:
    """Return the words of the command line after the interpreter."""
    given = {
        "--endpoint": reachable(home.endpoint),
        "--pubsub": reachable(home.pubsub_endpoint),
        "--check-delay": f"{home.check_delay:g}",
        "--ssh": home.ssh_server,
        "--config": "-",
        "--log-level": home.level,
        "--log-output": home.logoutput,
    }
    return ("-m", "circus.plugins", *words(given), plugin.use)


def words(given: Mapping[str, str | None]) -> tuple[str, ...]:
    """Return options as the words of a command line; those without a value are left out."""
    return tuple(word for name, value in given.items() if value for word in (name, value))


def reachable(endpoint: str | None) -> str | None:
    """Return the address by which an endpoint is reached that may be bound to all interfaces."""
    return endpoint and endpoint.replace("tcp://*:", "tcp://127.0.0.1:")


def hosted(fleet: FleetSpec, home: Home, python: str) -> FleetSpec:
    """Return a fleet whose plugins have become watchers; those that are not active are left out."""
    plugins = [watcher_of(plugin, home, python) for plugin in fleet.plugins if active(plugin)]
    both = sorted((*fleet.watchers, *plugins), key=lambda spec: spec.name)
    return replace(fleet, watchers=tuple(both), plugins=())
