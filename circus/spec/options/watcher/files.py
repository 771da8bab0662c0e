"""The descriptors of a process: its sockets, and where its output goes."""

from __future__ import annotations

from circus.spec.lists import Handed
from circus.spec.options.row import Live, listed
from circus.spec.tables import Stream
from circus.spec.values import Flag, Text

FILES = (
    listed(
        "use_sockets",
        Flag(),
        Live.RESPAWN,
        "The processes inherit the sockets that circusd opened.",
    ),
    listed(
        "stdin_socket",
        Text(optional=True),
        Live.RESPAWN,
        "The name of the socket that becomes the standard input.",
        listed=False,
    ),
    listed(
        "close_child_stdin",
        Flag(),
        Live.RESPAWN,
        "The standard input is /dev/null; otherwise circusd's.",
    ),
    listed(
        "close_child_stdout",
        Flag(),
        Live.RESPAWN,
        "The standard output goes to /dev/null, even if there is a stream.",
    ),
    listed(
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
            listed(
                name,
                Stream(),
                Live.AT_ONCE,
                f"The stream of the {what} as a whole.",
                elsewhere=f"cannot stand alone: write {name}.class = NAME",
                shown_as=f"{name}_conf",
            ),
            listed(
                f"{name}.",
                Text(),
                Live.AT_ONCE,
                f"Where the {what} goes: `class`, and the options of that class.",
                field=name,
                listed=False,
            ),
        )
    ),
    listed(
        "listen_fds",
        Handed(),
        Live.RESPAWN,
        "The sockets are handed over as systemd does it: at 3, 4 and so on, with LISTEN_FDS,"
        " LISTEN_PID and LISTEN_FDNAMES. Yes: those that `cmd`, `args` or `stdin_socket` name,"
        " else all.",
        listed=False,
    ),
)
