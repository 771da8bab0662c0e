"""How a process is asked to end, and how far that reaches."""

from __future__ import annotations

from circus.spec.options.row import Live, listed
from circus.spec.values import Choice, Flag, Seconds, SignalName, Text

STOPPING = (
    listed("stop_signal", SignalName(), Live.AT_ONCE, "The signal that asks a process to stop."),
    listed(
        "stop_command",
        Text(optional=True),
        Live.AT_ONCE,
        "Run instead of the stop signal, with the variables `circus.pid` and `circus.wid`; a"
        " process that is still there when the grace is over is killed as usual.",
        listed=False,
    ),
    listed(
        "contain",
        Choice(("session", "tree", "process")),
        Live.RESPAWN,
        "How far a stop reaches when the process is gone: what is left in its `session`; the whole"
        " `tree` below it, also what made a session of its own; or the `process` alone.",
        listed=False,
    ),
    listed(
        "stop_children",
        Flag(),
        Live.AT_ONCE,
        "The stop signal goes to the children of the process as well.",
    ),
    listed(
        "graceful_timeout",
        Seconds(),
        Live.AT_ONCE,
        "How long a process may take to stop before it is killed.",
        unit="seconds",
    ),
    listed(
        "send_hup",
        Flag(),
        Live.AT_ONCE,
        "A reload sends SIGHUP instead of replacing the processes.",
    ),
)
