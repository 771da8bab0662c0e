"""What follows the end of a process that nobody asked for, and how soon."""

from __future__ import annotations

from circus.spec.options.row import Live, listed
from circus.spec.policy import RESTARTS, SHORTEST, Backoff, Codes
from circus.spec.values import Choice, Flag, Seconds, Whole

RESTARTING = (
    listed(
        "respawn",
        Flag(),
        Live.AT_ONCE,
        "A process that ends is replaced; otherwise the watcher stops when all have ended.",
    ),
    listed(
        "max_retry",
        Whole(-1),
        Live.AT_ONCE,
        "How many failures to start in a row make the watcher give up; -1: it never does.",
    ),
    listed(
        "restart",
        Choice(RESTARTS),
        Live.AT_ONCE,
        "Which processes that end by themselves are replaced; `never` is `respawn = False`.",
        listed=False,
    ),
    listed(
        "success_exit_codes",
        Codes(),
        Live.AT_ONCE,
        "With `restart = on-failure`: the exit codes and signals that are no failure.",
        listed=False,
    ),
    listed(
        "fatal_exit_codes",
        Codes(),
        Live.AT_ONCE,
        "The exit codes and signals after which the watcher stops.",
        listed=False,
    ),
    listed(
        "backoff",
        Backoff(),
        Live.AT_ONCE,
        "How long a process that died three times in a row within `healthy_after` is not"
        " replaced: from the first, doubled each time, to the second.",
        listed=False,
    ),
    listed(
        "healthy_after",
        Seconds(SHORTEST),
        Live.AT_ONCE,
        "The age at which earlier deaths of a process's place are forgotten.",
        unit="seconds",
        listed=False,
    ),
    listed(
        "essential",
        Flag(),
        Live.AT_ONCE,
        "Whether circusd ends with the watcher's exit code when it fails for good; `exit_when` in"
        " [circus] says when that is looked at.",
        listed=False,
    ),
)
