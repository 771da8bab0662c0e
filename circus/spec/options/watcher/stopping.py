"""How a process is asked to end, and how far that reaches."""

from __future__ import annotations

from circus.spec.options.row import Live, listed
from circus.spec.values import Flag, Seconds, SignalName

STOPPING = (
    listed("stop_signal", SignalName(), Live.AT_ONCE, "The signal that asks a process to stop."),
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
