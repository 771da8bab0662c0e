"""How many run, when they are started, and what replaces them."""

from __future__ import annotations

from circus.spec.options.row import Live, listed
from circus.spec.policy import Count
from circus.spec.values import Flag, Seconds, Whole

NUMBERS = (
    listed(
        "numprocesses",
        Count(),
        Live.AT_ONCE,
        "How many processes run. `auto`: one for each CPU that circusd may use, by its affinity"
        " and the limits of its cgroups; `auto*2`: two for each.",
    ),
    listed(
        "singleton",
        Flag(),
        Live.AT_ONCE,
        "There is never more than one process.",
    ),
    listed(
        "warmup_delay",
        Seconds(),
        Live.AT_ONCE,
        "The pause between two spawns of this watcher.",
        unit="seconds",
    ),
    listed(
        "autostart",
        Flag(),
        Live.AT_ONCE,
        "Started together with circusd; otherwise only when asked by name.",
        listed=False,
    ),
    listed(
        "priority",
        Whole(),
        Live.AT_ONCE,
        "Watchers start in the order of this, the highest first.",
    ),
    listed(
        "max_age",
        Whole(0),
        Live.RESPAWN,
        "The age at which a process is replaced; 0: none.",
        unit="seconds",
    ),
    listed(
        "max_age_variance",
        Whole(0),
        Live.RESPAWN,
        "At most this is added to `max_age`, drawn once for each process.",
        unit="seconds",
    ),
    listed(
        "on_demand",
        Flag(),
        Live.NEVER,
        "Started by the first connection on one of its sockets.",
    ),
)
