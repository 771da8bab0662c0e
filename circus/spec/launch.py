"""From a WatcherSpec to a LaunchPlan: everything the host needs to launch one process. Pure.

A command line is split once; its variables are filled in at each spawn, word by word, so that a
value with spaces stays one argument (D32). Only with ``shell`` is the text given away as it
stands, with its variables filled in (D42).
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Collection, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from circus.spec.expand import environment_lookup, flat, substitute, variables
from circus.spec.model import CONSOLE, WatcherSpec
from circus.spec.show import shown

INHERIT = -1
"""The child keeps circusd's own descriptor of that number."""
DEVNULL = -2
"""The child gets /dev/null there."""
SHELL = "/bin/sh"
FIRST_LISTENED = 3
"""The number of the first socket that is handed over (SD_LISTEN_FDS_START of sd_listen_fds(3))."""
SOCKETS = "sockets."
"""What the variable of a managed socket begins with, in lower case."""
PARTS = ("host", "port", "path")
"""What ``$(circus.sockets.NAME.…)`` may ask for; ``$(circus.sockets.NAME)`` is the descriptor."""


class Terms(NamedTuple):
    """On what terms a process runs; None and nothing keep circusd's own.

    :param umask: the mask of new files' modes
    :param nice: the niceness itself, -20 to 19 (setpriority(2))
    :param oom_score_adj: -1000 to 1000 (proc_pid_oom_score_adj(5))
    :param cpus: numbers of the only CPUs to run on (sched_setaffinity(2))
    :param no_new_privs: no program that runs here can gain privileges (PR_SET_NO_NEW_PRIVS(2const))
    """

    umask: int | None = None
    nice: int | None = None
    oom_score_adj: int | None = None
    cpus: tuple[int, ...] = ()
    no_new_privs: bool = False


USUAL = Terms()
"""Circusd's own terms."""


@dataclass(frozen=True)
class LaunchPlan:
    """One process to launch, in the words of the kernel. Nothing is left to be decided.

    :param argv: the words of the command line; ``argv[0]`` is looked up through PATH of ``env``
        (``/bin:/usr/bin`` without one) unless it has a slash
    :param executable: the file to run if it is not ``argv[0]``
    :param env: the whole environment
    :param cwd: directory to change to, or None to stay
    :param stdin, stdout, stderr: a descriptor, INHERIT or DEVNULL
    :param inherit: managed sockets that the child keeps under their own numbers
    :param rlimits: (name without ``rlimit_``, soft = hard value or None for infinity)
    :param uid, gid: numbers, or None to keep circusd's
    :param groups: the whole list of supplementary groups, or None to keep circusd's
    :param terms: on what terms it runs
    :param listen: descriptors that the child gets as 3, 4 and so on, with LISTEN_PID, its own pid,
        in its environment (sd_listen_fds(3))
    :param cgroup: the folder of a control group to enter, or None to stay in circusd's
    """

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    executable: str | None = None
    cwd: str | None = None
    stdin: int = DEVNULL
    stdout: int = INHERIT
    stderr: int = INHERIT
    inherit: tuple[int, ...] = ()
    rlimits: tuple[tuple[str, int | None], ...] = ()
    uid: int | None = None
    gid: int | None = None
    groups: tuple[int, ...] | None = None
    terms: Terms = USUAL
    listen: tuple[int, ...] = ()
    cgroup: str | None = None


class Identity(NamedTuple):
    """Who a process is to be, in numbers; None keeps circusd's own.

    :param groups: the whole list of supplementary groups
    """

    uid: int | None = None
    gid: int | None = None
    groups: tuple[int, ...] | None = None


SAME = Identity()
"""Circusd's own identity."""


class Launcher:
    """Makes the LaunchPlans of one watcher.

    :param spec: the watcher
    :param environ: circusd's own environment, for ``$(circus.env.X)`` where the process has no X
    :param known: other variables than the watcher's options, by their lower-case names
    :raises ValueError: ``cmd``, ``args`` or ``shell_args`` has an open quotation
    """

    def __init__(
        self,
        spec: WatcherSpec,
        environ: Mapping[str, str] | None = None,
        known: Mapping[str, str] | None = None,
    ) -> None:
        self._spec = spec
        self._environ = environ or {}
        self._words = () if spec.shell else (*words(spec.cmd), *words(spec.args))
        self._shell_words = words(spec.shell_args) if spec.shell else ()
        used = command_variables(spec)
        self.names_wid = "wid" in used
        """Whether the command names ``circus.wid``: programs pick ports and the like by it."""
        self._fixed = None if used else self._argv(str)
        self._facts = (facts(spec) if known is None else known) if used else {}
        self._executable = None if spec.shell else spec.executable
        self._rlimits = tuple(sorted(spec.rlimits.items()))
        self._stdin = DEVNULL if spec.close_child_stdin else INHERIT
        self._terms = Terms(
            spec.umask, spec.nice, spec.oom_score_adj, spec.cpu_affinity or (), spec.no_new_privs
        )

    def tells_wid(self, env: Mapping[str, str]) -> bool:
        """Say whether a process is told its wid, by its command or by its environment.

        :param env: its whole environment
        """
        return self.names_wid or names_wid(env)

    def argv(
        self,
        wid: int,
        env: Mapping[str, str],
        sockets: Mapping[str, int],
        places: Mapping[str, str] | None = None,
    ) -> tuple[str, ...]:
        """Return the command line of a process.

        :param wid: number of its place
        :param env: its whole environment
        :param sockets: the process's descriptors by the names of the managed sockets
        :param places: parts of their addresses by names such as ``web.port``
        """
        if self._fixed is not None:
            return self._fixed
        in_env = environment_lookup(env, self._environ)

        def lookup(path: str) -> str | None:
            lower = path.lower()
            if lower == "wid":
                return str(wid)
            if lower.startswith(SOCKETS):
                name = lower[len(SOCKETS) :]
                number = sockets.get(name)
                return (places or {}).get(name) if number is None else str(number)
            return in_env(path) if lower.startswith("env.") else self._facts.get(lower)

        return self._argv(lambda text: substitute(text, lookup))

    def plan(
        self,
        wid: int,
        env: Mapping[str, str],
        sockets: Mapping[str, int],
        identity: Identity = SAME,
        stdout: int = INHERIT,
        stderr: int = INHERIT,
        *,
        places: Mapping[str, str] | None = None,
    ) -> LaunchPlan:
        """Return the plan of one process.

        :param wid: number of its place, filled in for ``circus.wid`` in the environment as well
        :param env: its whole environment
        :param sockets: circusd's descriptors by the names of the managed sockets
        :param identity: who it is to be
        :param stdout, stderr: where its output goes, unless the spec closes it: a descriptor,
            INHERIT or DEVNULL
        :param places: parts of the sockets' addresses by names such as ``web.port``
        :raises ValueError: ``stdin_socket 'x' does not exist``
        """
        spec, env = self._spec, with_wid(env, wid)
        stdin = self._stdin
        if spec.stdin_socket is not None:
            name = spec.stdin_socket.lower()
            if name not in sockets:
                raise ValueError(f"stdin_socket {spec.stdin_socket!r} does not exist")
            stdin = sockets[name]
        inherit = tuple(sockets.values()) if spec.use_sockets else ()
        listen: tuple[int, ...] = ()
        if spec.listen_fds:
            names = handed_sockets(spec, sockets)
            inherit, listen = (), tuple(sockets[name] for name in names)
            sockets = {name: FIRST_LISTENED + place for place, name in enumerate(names)}
            env = {**env, **_told(names)}
        return LaunchPlan(
            self.argv(wid, env, sockets, places),
            env,
            self._executable,
            spec.working_dir,
            stdin,
            DEVNULL if spec.close_child_stdout else stdout,
            DEVNULL if spec.close_child_stderr else stderr,
            inherit,
            self._rlimits,
            identity.uid,
            identity.gid,
            identity.groups,
            self._terms,
            listen,
        )

    def _argv(self, fill: Callable[[str], str]) -> tuple[str, ...]:
        """Return the command line with each text filled in."""
        spec = self._spec
        if not spec.shell:
            return tuple(map(fill, self._words))
        line = fill(spec.cmd)
        if isinstance(spec.args, str):
            line += f" {fill(spec.args)}" if spec.args else ""
        else:
            line = " ".join((line, *(shlex.quote(fill(word)) for word in spec.args)))
        return (spec.executable or SHELL, "-c", line, *map(fill, self._shell_words))


def words(value: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return the words of a command line; a text is split as a shell would.

    :raises ValueError: ``No closing quotation`` or ``No escaped character``
    """
    if value is None:
        return ()
    return tuple(shlex.split(value)) if isinstance(value, str) else tuple(value)


def command_variables(spec: WatcherSpec) -> frozenset[str]:
    """Return the lower-case paths of all variables that a watcher's command names."""
    found: set[str] = set()
    for value in (spec.cmd, spec.args, spec.shell_args):
        for text in (value,) if isinstance(value, str) else value or ():
            found.update(variables(text))
    return frozenset(found)


def names_wid(env: Mapping[str, str]) -> bool:
    """Say whether a variable of an environment names ``circus.wid``."""
    return any("wid" in variables(value) for value in env.values() if "wid" in value.lower())


def with_wid(env: Mapping[str, str], wid: int) -> Mapping[str, str]:
    """Return an environment with ``circus.wid`` filled in; other variables stay as they are."""
    if not names_wid(env):
        return env
    number = str(wid)
    return {
        name: substitute(value, lambda path: number if path.lower() == "wid" else None)
        for name, value in env.items()
    }


def socket_variables(spec: WatcherSpec) -> set[str]:
    """Return what follows ``circus.sockets.`` in the variables of a watcher's command."""
    names = command_variables(spec)
    return {name[len(SOCKETS) :] for name in names if name.startswith(SOCKETS)}


def socket_of(variable: str, known: Container[str]) -> tuple[str, str]:
    """Return the socket that a variable speaks of, and the part of its address that it asks for.

    :param variable: ``web`` or ``web.port``
    :param known: the names of the managed sockets, one of which may look like that
    :returns: the name, and the part; nothing is the descriptor
    """
    name, dot, part = variable.rpartition(".")
    return (name, part) if dot and part in PARTS and variable not in known else (variable, "")


def given_sockets(spec: WatcherSpec, known: Container[str] = ()) -> set[str]:
    """Return the managed sockets whose descriptors a watcher's processes are given by name."""
    asked = (socket_of(variable, known) for variable in socket_variables(spec))
    return {name for name, part in asked if not part} | stdin_socket(spec)


def used_sockets(spec: WatcherSpec, known: Container[str] = ()) -> set[str]:
    """Return the managed sockets that a watcher names: their descriptors or their addresses."""
    asked = (socket_of(variable, known) for variable in socket_variables(spec))
    return {name for name, _ in asked} | stdin_socket(spec)


def stdin_socket(spec: WatcherSpec) -> set[str]:
    """Return the managed socket that becomes the standard input, if any."""
    return {spec.stdin_socket.lower()} if spec.stdin_socket else set()


def handed_sockets(spec: WatcherSpec, known: Collection[str]) -> tuple[str, ...]:
    """Return the names of the managed sockets that ``listen_fds`` hands over, in order.

    They are those that it names; else those that the watcher is given by name, else all.

    :param known: the names of all managed sockets
    """
    if spec.listen_fds is True:
        named = given_sockets(spec, known) or known
        return tuple(name for name in sorted(known) if name in named)
    known = {*known}
    return tuple(name for name in spec.listen_fds or () if name in known)


def waking_sockets(spec: WatcherSpec, known: Collection[str]) -> list[str]:
    """Return the managed sockets that wake an on-demand watcher: those that it names, else all.

    :param known: the names of all managed sockets
    """
    named = handed_sockets(spec, known) if spec.listen_fds else used_sockets(spec, known)
    own = [name for name in known if name in named]
    return own or [name for name in known if name != CONSOLE]


def holds(spec: WatcherSpec, name: str, known: Collection[str]) -> bool:
    """Say whether a watcher's processes have a managed socket open.

    :param known: the names of all managed sockets
    """
    if spec.listen_fds:
        return name in {*handed_sockets(spec, {*known, name}), *stdin_socket(spec)}
    return spec.use_sockets or name in stdin_socket(spec)


def _told(names: Sequence[str]) -> dict[str, str]:
    """Return the variables that tell of sockets, without the pid; a colon parts the names."""
    if not names:
        return {}
    told = ":".join(name.replace(":", "_") for name in names)
    return {"LISTEN_FDS": str(len(names)), "LISTEN_FDNAMES": told}


def facts(spec: WatcherSpec) -> dict[str, str]:
    """Return the variables of spec §5.7 that are the same for all processes of a watcher."""
    own = {"use_fds": spec.use_sockets, "rlimits": spec.rlimits}
    return flat({**{key: value for key, value in shown(spec) if key != "env"}, **own})


def import_path(spec: WatcherSpec, env: Mapping[str, str], folder: str) -> tuple[str, ...]:
    """Return where a watcher's hooks and streams may be imported from besides ``sys.path``.

    :param env: the whole environment of its processes: the folders of its PYTHONPATH come first
    :param folder: circusd's own working directory, which is the watcher's unless it has another
    """
    own = os.path.join(folder, spec.working_dir or "")
    named = filter(None, env.get("PYTHONPATH", "").split(os.pathsep))
    return tuple(dict.fromkeys(os.path.normpath(os.path.join(own, one)) for one in (*named, own)))
