"""The environment of a watcher's processes, from all that it is made of (spec §5.6, §6.7). Pure.

The layers, the lowest first: circusd's own environment (``copy_env``), its ``sys.path`` as
PYTHONPATH (``copy_path``), the ``env_file``, what is configured (``[env]`` sections or ``env``). A
virtualenv then adds to PATH and PYTHONPATH, whoever set them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from circus.spec.model import WatcherSpec

ACTIVATION = ("LISTEN_FDS", "LISTEN_PID", "LISTEN_PIDFDID", "LISTEN_FDNAMES")
"""What a service manager told circusd about its own sockets: true for nobody else."""

SERVICE = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")
"""Where and how often it wants to hear of circusd: of nobody else."""


class Virtualenv(NamedTuple):
    """What a virtualenv offers.

    :param programs: its folder of programs, or None if there is none
    :param packages: its folder of packages
    :param linked: the folders that its packages name in ``.pth`` files
    """

    programs: str | None
    packages: str
    linked: tuple[str, ...] = ()


def copied(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what a process may be given of circusd's own environment."""
    hidden = {*ACTIVATION, *SERVICE}
    return {name: value for name, value in environ.items() if name not in hidden}


def underlay(
    spec: WatcherSpec, environ: Mapping[str, str], sys_path: Sequence[str]
) -> dict[str, str]:
    """Return what lies below everything that is configured.

    :param environ: circusd's own environment
    :param sys_path: circusd's ``sys.path``
    """
    if not spec.copy_env:
        return {}
    path = {"PYTHONPATH": os.pathsep.join(sys_path)} if spec.copy_path else {}
    return {**copied(environ), **path}


def child_env(
    spec: WatcherSpec,
    below: Mapping[str, str],
    file: Mapping[str, str],
    virtualenv: Virtualenv | None = None,
) -> dict[str, str]:
    """Return the whole environment of a watcher's processes.

    :param below: its :func:`underlay`
    :param file: what its ``env_file`` says
    :param virtualenv: what its virtualenv offers
    """
    env = {**below, **file, **spec.env}
    if virtualenv is None:
        return env
    if virtualenv.programs:
        env["PATH"] = os.pathsep.join((virtualenv.programs, env.get("PATH") or os.defpath))
    before = env.get("PYTHONPATH")
    paths = (*virtualenv.linked, *([before] if before else []), virtualenv.packages)
    env["PYTHONPATH"] = os.pathsep.join(paths)
    return env


def carried(
    made: Mapping[str, str], now: Mapping[str, str], onto: Mapping[str, str]
) -> dict[str, str]:
    """Return an environment with the changes that hooks and programs made to another one.

    :param made: the other one, as it was made
    :param now: the other one, as it is: variables were set, changed or taken away
    :param onto: the one that the same is done to
    """
    kept = {name: value for name, value in onto.items() if name in now or name not in made}
    return {**kept, **{name: value for name, value in now.items() if made.get(name) != value}}
