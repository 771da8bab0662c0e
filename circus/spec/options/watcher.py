"""The section ``[watcher:NAME]``: a command and everything about its processes (spec §5.5).

The effect of ``set`` is that of spec §4.10; what used to be silently ignored there is applied
or refused (D17), and every option that ``add`` can use is accepted by it (D26).
"""

from __future__ import annotations

from typing import Any

from circus.spec.model import WatcherSpec
from circus.spec.options.row import Live, Option, Section
from circus.spec.tables import (
    HOOKS,
    RLIMITS,
    Argv,
    EnvTable,
    Hook,
    HookTable,
    Limit,
    LimitTable,
    Stream,
)
from circus.spec.values import Account, Flag, Kind, Seconds, SignalName, Text, Whole


def _option(name: str, kind: Kind, live: Live, text: str, **more: Any) -> Option:
    """Return a row that ``add`` and ``set`` know and ``options`` shows, unless said otherwise."""
    return Option(name, kind, text, live, **{"wire": True, "listed": True, **more})


_COMMAND = (
    _option("cmd", Text(), Live.RESPAWN, "The command line to run."),
    _option("args", Argv(), Live.RESPAWN, "Further arguments, put behind those of `cmd`."),
    _option(
        "executable",
        Text(optional=True),
        Live.RESPAWN,
        "The file to run, when it is not the first word of `cmd`; with `shell`: the shell.",
    ),
    _option("shell", Flag(), Live.RESPAWN, "Give `cmd` to /bin/sh as it stands."),
    _option(
        "shell_args",
        Argv(optional=True),
        Live.RESPAWN,
        "With `shell`: further arguments of the shell ($0, $1 and so on).",
    ),
    _option(
        "working_dir",
        Text(optional=True),
        Live.RESPAWN,
        "The directory to run in; unset: circusd's own.",
    ),
    _option(
        "uid",
        Account(),
        Live.RESPAWN,
        "The user to run as; without `gid`, in the user's primary group.",
    ),
    _option("gid", Account(), Live.RESPAWN, "The group to run as."),
    _option(
        "copy_env",
        Flag(),
        Live.RESPAWN,
        "Begin with circusd's environment; otherwise only [env] sections are given.",
    ),
    _option(
        "copy_path",
        Flag(),
        Live.RESPAWN,
        "Give circusd's sys.path as PYTHONPATH; needs `copy_env`.",
        listed=False,
    ),
    _option(
        "env",
        EnvTable(),
        Live.RESPAWN,
        "The whole environment; a file has [env] sections instead.",
        elsewhere="cannot stand here: variables go into a section [env] or [env:NAME]",
    ),
    _option(
        "virtualenv",
        Text(optional=True),
        Live.NEVER,
        "The virtualenv to run in; needs `copy_env`.",
        listed=False,
        unavailable="virtualenv is not part of this release",
    ),
    _option(
        "virtualenv_py_ver",
        Text(optional=True),
        Live.NEVER,
        "The Python version of the virtualenv; unset: circusd's own.",
        listed=False,
    ),
    _option("rlimit_", Limit(), Live.RESPAWN, "A resource limit, soft and hard at once; empty:"
            " infinity.", field="rlimits", members=RLIMITS, any_case=True, listed=False),
    _option("rlimits", LimitTable(), Live.RESPAWN, "All resource limits at once.",
            wire=False, listed=False, elsewhere="cannot stand here: write rlimit_NAME = VALUE"),
)  # fmt: skip

_NUMBERS = (
    _option(
        "numprocesses",
        Whole(0, floored=True),
        Live.AT_ONCE,
        "How many processes run.",
    ),
    _option(
        "singleton",
        Flag(),
        Live.AT_ONCE,
        "There is never more than one process.",
    ),
    _option(
        "warmup_delay",
        Seconds(),
        Live.AT_ONCE,
        "The pause between two spawns of this watcher.",
        unit="seconds",
    ),
    _option(
        "autostart",
        Flag(),
        Live.AT_ONCE,
        "Started together with circusd; otherwise only when asked by name.",
        listed=False,
    ),
    _option(
        "priority",
        Whole(),
        Live.AT_ONCE,
        "Watchers start in the order of this, the highest first.",
    ),
    _option(
        "respawn",
        Flag(),
        Live.AT_ONCE,
        "A process that ends is replaced; otherwise the watcher stops when all have ended.",
    ),
    _option(
        "max_retry",
        Whole(-1),
        Live.AT_ONCE,
        "How many failures to start in a row make the watcher give up; -1: it never does.",
    ),
    _option(
        "max_age",
        Whole(0),
        Live.RESPAWN,
        "The age at which a process is replaced; 0: none.",
        unit="seconds",
    ),
    _option(
        "max_age_variance",
        Whole(0),
        Live.RESPAWN,
        "At most this is added to `max_age`, drawn once for each process.",
        unit="seconds",
    ),
    _option(
        "on_demand",
        Flag(),
        Live.NEVER,
        "Started by the first connection on one of its sockets.",
    ),
)

_STOPPING = (
    _option("stop_signal", SignalName(), Live.AT_ONCE, "The signal that asks a process to stop."),
    _option(
        "stop_children",
        Flag(),
        Live.AT_ONCE,
        "The stop signal goes to the children of the process as well.",
    ),
    _option(
        "graceful_timeout",
        Seconds(),
        Live.AT_ONCE,
        "How long a process may take to stop before it is killed.",
        unit="seconds",
    ),
    _option(
        "send_hup",
        Flag(),
        Live.AT_ONCE,
        "A reload sends SIGHUP instead of replacing the processes.",
    ),
)

_FILES = (
    _option(
        "use_sockets",
        Flag(),
        Live.RESPAWN,
        "The processes inherit the sockets that circusd opened.",
    ),
    _option(
        "stdin_socket",
        Text(optional=True),
        Live.RESPAWN,
        "The name of the socket that becomes the standard input.",
        listed=False,
    ),
    _option(
        "close_child_stdin",
        Flag(),
        Live.RESPAWN,
        "The standard input is /dev/null; otherwise circusd's.",
    ),
    _option(
        "close_child_stdout",
        Flag(),
        Live.RESPAWN,
        "The standard output goes to /dev/null, even if there is a stream.",
    ),
    _option(
        "close_child_stderr",
        Flag(),
        Live.RESPAWN,
        "The standard error goes to /dev/null, even if there is a stream.",
    ),
    *(
        row
        for name, what in (
            ("stdout_stream", "standard output"),
            ("stderr_stream", "standard error"),
        )
        for row in (
            _option(
                name,
                Stream(),
                Live.AT_ONCE,
                f"The stream of the {what} as a whole.",
                elsewhere=f"cannot stand alone: write {name}.class = NAME",
                shown_as=f"{name}_conf",
            ),
            _option(
                f"{name}.",
                Text(),
                Live.AT_ONCE,
                f"Where the {what} goes: `class`, and the options of that class.",
                field=name,
                listed=False,
            ),
        )
    ),
)

_HOOKS = (
    _option("hooks.", Hook(), Live.AT_ONCE, "A function that is called at that moment, and whether"
            " its exceptions count as success.", field="hooks", members=HOOKS, listed=False),
    _option("hooks", HookTable(), Live.AT_ONCE, "All hooks at once.", listed=False,
            elsewhere="cannot stand alone: write hooks.NAME = PATH"),
    _option(
        "hook_timeout",
        Seconds(),
        Live.AT_ONCE,
        "How long a hook may take; 0: no limit.",
        unit="seconds",
        listed=False,
    ),
)  # fmt: skip

_OBSOLETE = (
    _option("retry_in", Seconds(), Live.NEVER, "Once the pause between two tries.",
            obsolete="the option has no effect; the one of the Flapping plugin is"
            " flapping.retry_in", field="", listed=False),
    Option("check_flapping", Text(), "Once switched the Flapping plugin on.", field="",
           obsolete="the option has no effect; use the Flapping plugin"),
    Option("use_papa", Text(), "Once gave the processes to papa.", field="",
           obsolete="papa is gone: the option has no effect"),
)  # fmt: skip

WATCHER = Section(
    "watcher:NAME",
    WatcherSpec,
    (*_COMMAND, *_NUMBERS, *_STOPPING, *_FILES, *_HOOKS, *_OBSOLETE),
    free=True,
)
"""Options that are not in the table are kept for hooks and plugins, such as ``flapping.window``."""

POSITIONAL = (
    "args", "numprocesses", "warmup_delay", "working_dir", "shell", "shell_args", "uid",
    "max_retry", "gid", "send_hup", "stop_signal", "stop_children", "env", "graceful_timeout",
    "prereload_fn", "rlimits", "executable", "stdout_stream", "stderr_stream", "priority", "loop",
    "singleton", "use_sockets", "copy_env", "copy_path", "max_age", "max_age_variance", "hooks",
    "respawn", "autostart", "on_demand", "virtualenv", "stdin_socket", "close_child_stdin",
    "close_child_stdout", "close_child_stderr", "virtualenv_py_ver",
)  # fmt: skip
"""The order of the constructor's arguments after name and cmd (spec §11.3)."""
