"""The functions that are called at the turns of a watcher's life."""

from __future__ import annotations

from circus.spec.options.row import Live, listed
from circus.spec.tables import HOOKS as NAMES
from circus.spec.tables import Hook, HookTable
from circus.spec.values import Seconds

HOOKS = (
    listed("hooks.", Hook(), Live.AT_ONCE, "A function that is called at that moment, and whether"
            " its exceptions count as success.", field="hooks", members=NAMES, listed=False),
    listed("hooks", HookTable(), Live.AT_ONCE, "All hooks at once.", listed=False,
            elsewhere="cannot stand alone: write hooks.NAME = PATH"),
    listed(
        "hook_timeout",
        Seconds(),
        Live.AT_ONCE,
        "How long a hook may take once it has begun; 0: no limit. On the way down"
        " `graceful_timeout` is a limit in any case.",
        unit="seconds",
        listed=False,
    ),
)  # fmt: skip
