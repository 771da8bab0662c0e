"""The section ``[watcher:NAME]``: a command and everything about its processes (spec §5.5).

The effect of ``set`` is that of spec §4.10; what used to be silently ignored there is applied
or refused (D17), and every option that ``add`` can use is accepted by it (D26).
"""

from __future__ import annotations

from circus.spec.model import WatcherSpec
from circus.spec.options.row import Section
from circus.spec.options.watcher.command import COMMAND
from circus.spec.options.watcher.files import FILES
from circus.spec.options.watcher.hooks import HOOKS
from circus.spec.options.watcher.numbers import NUMBERS
from circus.spec.options.watcher.obsolete import OBSOLETE
from circus.spec.options.watcher.restarting import RESTARTING
from circus.spec.options.watcher.stopping import STOPPING
from circus.spec.options.watcher.terms import TERMS

WATCHER = Section(
    "watcher:NAME",
    WatcherSpec,
    (*COMMAND, *TERMS, *NUMBERS, *RESTARTING, *STOPPING, *FILES, *HOOKS, *OBSOLETE),
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
