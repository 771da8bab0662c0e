"""What is run, as whom, and in which surroundings."""

from __future__ import annotations

from circus.spec.options.row import Live, listed
from circus.spec.tables import RLIMITS, Argv, EnvTable, Limit, LimitTable
from circus.spec.values import Account, Flag, Text

COMMAND = (
    listed("cmd", Text(), Live.RESPAWN, "The command line to run."),
    listed("args", Argv(), Live.RESPAWN, "Further arguments, put behind those of `cmd`."),
    listed(
        "executable",
        Text(optional=True),
        Live.RESPAWN,
        "The file to run, when it is not the first word of `cmd`; with `shell`: the shell.",
    ),
    listed("shell", Flag(), Live.RESPAWN, "Give `cmd` to /bin/sh as it stands."),
    listed(
        "shell_args",
        Argv(optional=True),
        Live.RESPAWN,
        "With `shell`: further arguments of the shell ($0, $1 and so on).",
    ),
    listed(
        "working_dir",
        Text(optional=True),
        Live.RESPAWN,
        "The directory to run in; unset: circusd's own.",
    ),
    listed(
        "uid",
        Account(),
        Live.RESPAWN,
        "The user to run as; without `gid`, in the user's primary group.",
    ),
    listed("gid", Account(), Live.RESPAWN, "The group to run as."),
    listed(
        "copy_env",
        Flag(),
        Live.RESPAWN,
        "Begin with circusd's environment; otherwise only [env] sections are given.",
    ),
    listed(
        "copy_path",
        Flag(),
        Live.RESPAWN,
        "Give circusd's sys.path as PYTHONPATH; needs `copy_env`.",
        listed=False,
    ),
    listed(
        "env",
        EnvTable(),
        Live.RESPAWN,
        "The whole environment; a file has [env] sections instead.",
        elsewhere="cannot stand here: variables go into a section [env] or [env:NAME]",
    ),
    listed(
        "virtualenv",
        Text(optional=True),
        Live.RESPAWN,
        "The virtualenv to run in: its programs come first in PATH, its packages are in PYTHONPATH;"
        " needs `copy_env`.",
        listed=False,
    ),
    listed(
        "virtualenv_py_ver",
        Text(optional=True),
        Live.RESPAWN,
        "The Python version of the virtualenv; unset: circusd's own.",
        listed=False,
    ),
    listed("rlimit_", Limit(), Live.RESPAWN, "A resource limit, soft and hard at once; empty:"
            " infinity.", field="rlimits", members=RLIMITS, any_case=True, listed=False),
    listed("rlimits", LimitTable(), Live.RESPAWN, "All resource limits at once.",
            wire=False, listed=False, elsewhere="cannot stand here: write rlimit_NAME = VALUE"),
    listed(
        "env_file",
        Text(optional=True),
        Live.RESPAWN,
        "A file of lines NAME=VALUE, read at every launch; relative to `working_dir`. It stands"
        " above the copied environment and below the [env] sections.",
        listed=False,
    ),
)  # fmt: skip
