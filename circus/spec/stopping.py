"""The plan of a stop command: what is run instead of the stop signal. Pure.

It is run as the processes of its watcher are: with their environment, directory, limits and
identity, through the shell if they are. It gets no sockets, and nothing on its standard input.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from circus.spec.launch import INHERIT, SAME, Identity, Launcher, LaunchPlan, facts
from circus.spec.model import WatcherSpec


def stop_plan(
    spec: WatcherSpec,
    pid: int,
    wid: int,
    env: Mapping[str, str],
    environ: Mapping[str, str],
    identity: Identity = SAME,
    stdout: int = INHERIT,
    stderr: int = INHERIT,
) -> LaunchPlan:
    """Return how a watcher's stop command is launched.

    :param pid, wid: the process that is to end, as ``circus.pid`` and ``circus.wid``
    :param env: the environment of the watcher's processes
    :param environ: circusd's own environment, for ``$(circus.env.X)`` where they have no X
    :param identity: who they are
    :param stdout, stderr: a descriptor, INHERIT or DEVNULL
    :raises ValueError: an open quotation
    """
    command = replace(
        spec,
        cmd=spec.stop_command or "",
        args="",
        shell_args=None,
        executable=spec.executable if spec.shell else None,
        stdin_socket=None,
        close_child_stdin=True,
        use_sockets=False,
        listen_fds=False,
    )
    launcher = Launcher(command, environ, {**facts(spec), "pid": str(pid)})
    return launcher.plan(wid, env, {}, identity, stdout, stderr)
