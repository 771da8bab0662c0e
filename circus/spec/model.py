"""The frozen specs: what a configuration asks for, after reading, expanding and typing.

A spec is plain data. Two specs that ask for the same are equal, which is what ``reloadconfig``
compares. Nothing here reads a file, a clock or the environment.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

CONSOLE = "circushttpd"
"""What the watcher and the socket of the web console are called."""

Hookable = str | Callable[..., Any]
"""A dotted path (``a.b.c`` or ``a.b:c``) or, through the Python API, the function itself."""


@dataclass(frozen=True)
class HookSpec:
    """One hook of a watcher.

    :param target: dotted path or callable
    :param ignore: an exception counts as success
    """

    target: Hookable
    ignore: bool = False


@dataclass(frozen=True)
class StreamSpec:
    """Where one output of a watcher's processes goes.

    :param cls: a short name of :mod:`circus.stream` or a dotted path; empty with ``ready``
    :param options: keyword arguments of the class, as written
    :param ready: a finished stream object, given through the Python API (``{"stream": obj}``)
    """

    cls: str
    options: Mapping[str, Any] = field(default_factory=dict)
    ready: Any = None


@dataclass(frozen=True)
class WatcherSpec:
    """One ``[watcher:NAME]``: a command and everything about its processes. Times in seconds."""

    name: str
    cmd: str = ""
    args: str | tuple[str, ...] = ""
    executable: str | None = None
    shell: bool = False
    shell_args: str | tuple[str, ...] | None = None
    working_dir: str | None = None
    uid: str | int | None = None
    gid: str | int | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    copy_env: bool = False
    copy_path: bool = False
    virtualenv: str | None = None
    virtualenv_py_ver: str | None = None
    env_file: str | None = None
    groups: tuple[str | int, ...] | None = None
    umask: int | None = None
    nice: int | None = None
    oom_score_adj: int | None = None
    cpu_affinity: tuple[int, ...] | None = None
    no_new_privs: bool = False
    numprocesses: int = 1
    warmup_delay: float = 0.0
    autostart: bool = True
    respawn: bool = True
    restart: str = "always"
    """``always``, ``on-failure`` or ``never``, which is what ``respawn = False`` says."""
    success_exit_codes: tuple[int, ...] = (0,)
    """Exit codes, and signals as negative numbers."""
    fatal_exit_codes: tuple[int, ...] = ()
    backoff: tuple[float, float] = (1.0, 60.0)
    """The shortest and the longest pause of a place in a crash loop."""
    healthy_after: float = 1.0
    max_retry: int = 5
    max_age: int = 0
    max_age_variance: int = 30
    graceful_timeout: float = 30.0
    stop_signal: int = int(signal.SIGTERM)
    stop_children: bool = False
    stop_command: str | None = None
    contain: str = "session"
    send_hup: bool = False
    priority: int = 0
    singleton: bool = False
    use_sockets: bool = False
    on_demand: bool = False
    stdin_socket: str | None = None
    close_child_stdin: bool = True
    close_child_stdout: bool = False
    close_child_stderr: bool = False
    listen_fds: bool | tuple[str, ...] = False
    stdout_stream: StreamSpec | None = None
    stderr_stream: StreamSpec | None = None
    rlimits: Mapping[str, int | None] = field(default_factory=dict)
    """Lower-case names without ``rlimit_``; None is infinity."""
    hooks: Mapping[str, HookSpec] = field(default_factory=dict)
    hook_timeout: float = 0.0
    freeform: Mapping[str, Any] = field(default_factory=dict)
    """Options that Circus does not know: kept for hooks and plugins."""
    plugin_options: Mapping[str, str] | None = field(default=None, repr=False)
    """The processes are a plugin or the web console, and read this from their standard input; None:
    they are none."""


@dataclass(frozen=True)
class SocketSpec:
    """One ``[socket:NAME]``; the name is lower-case."""

    name: str
    host: str = "localhost"
    port: int = 8080
    family: str = "AF_INET"
    type: str = "SOCK_STREAM"
    proto: str | None = None
    backlog: int = 2048
    path: str | None = None
    umask: int | None = None
    mode: int | None = None
    owner: str | int | None = None
    group: str | int | None = None
    replace: bool = False
    interface: str | None = None
    so_reuseport: bool = False
    blocking: bool = False


@dataclass(frozen=True)
class PluginSpec:
    """One ``[plugin:NAME]``.

    :param name: the whole title, ``plugin:NAME``
    :param use: dotted path of the class
    :param options: everything in the section but that, as text
    :param watcher: the watcher that it becomes, but for its command, which the daemon knows
    """

    name: str
    use: str
    priority: int = 1
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    watcher: WatcherSpec = field(default_factory=lambda: WatcherSpec(""))


@dataclass(frozen=True)
class DaemonSpec:
    """The ``[circus]`` section. Times in seconds."""

    endpoint: str = "tcp://127.0.0.1:5555"
    endpoint_owner: str | None = None
    pubsub_endpoint: str = "tcp://127.0.0.1:5556"
    stats_endpoint: str | None = None
    statsd: bool = False
    statsd_close_outputs: bool = False
    multicast_endpoint: str | None = None
    check_delay: float = 5.0
    warmup_delay: float = 0.0
    umask: int | None = None
    httpd: bool = False
    httpd_host: str = "localhost"
    httpd_port: int = 8080
    httpd_close_outputs: bool = False
    httpd_token: str | None = field(default=None, repr=False)
    httpd_token_file: str | None = None
    httpd_hosts: tuple[str, ...] = ()
    debug: bool = False
    debug_gc: bool = False
    pidfile: str | None = None
    loglevel: str | None = None
    logoutput: str | None = None
    loggerconfig: str | None = None
    fqdn_prefix: str | None = None


@dataclass(frozen=True)
class FleetSpec:
    """A whole configuration. Watchers and plugins are sorted by name."""

    daemon: DaemonSpec = field(default_factory=DaemonSpec)
    watchers: tuple[WatcherSpec, ...] = ()
    sockets: tuple[SocketSpec, ...] = ()
    plugins: tuple[PluginSpec, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    """The global ``[env]`` section alone."""
