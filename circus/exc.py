"""Every error that Circus raises.

Each class knows two numbers: ``errno``, which a client finds in an error reply (spec §2.3), and
``exit_code``, with which a command line ends when nobody catches the error.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

NOT_SPECIFIED = 0
INVALID_JSON = 1
UNKNOWN_COMMAND = 2
MESSAGE_ERROR = 3
OS_ERROR = 4
COMMAND_ERROR = 5
BAD_MSG_DATA_ERROR = 6


class CircusError(Exception):
    """The root of all errors that Circus raises on purpose."""

    errno = COMMAND_ERROR
    exit_code = 1


class AlreadyExist(CircusError):  # noqa: N818 - Circus's public name
    """A watcher of that name (in any case) exists."""


class InvalidJSON(CircusError):  # noqa: N818 - named after its errno
    """A request is not a JSON object in UTF-8."""

    errno = INVALID_JSON


class UnknownCommand(CircusError):  # noqa: N818 - named after its errno
    """A request names a command that is not registered."""

    errno = UNKNOWN_COMMAND


class MessageError(CircusError):
    """A request is well formed, but what it asks for cannot be: a missing or bad property."""

    errno = MESSAGE_ERROR


class ArgumentError(CircusError):
    """The words of a command line do not make a command."""


class CallError(CircusError):
    """A client got no answer."""


class ConflictError(CircusError):
    """The operation excludes another one that is under way."""


class Superseded(ConflictError):  # noqa: N818 - the field's word
    """A newer command took over before the goal of this one was met.

    :param by: the verb that took over, such as ``stop``
    """

    def __init__(self, by: str) -> None:
        super().__init__(f"superseded by {by}")
        self.by = by


class StartError(CircusError):
    """A watcher gave up starting.

    :param reason: the failed step and why, such as ``cannot exec 'foo': No such file or directory``
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class StopError(CircusError):
    """Some processes could not be ended: they have outlived SIGKILL. The message names them."""


class LaunchError(CircusError):
    """A process could not be launched.

    :param step: what was being done: one of STEPS
    :param errno: the kernel's number, as in :mod:`errno`
    :param what: the thing it was done with: a path, a limit's name, a user
    """

    def __init__(self, step: str, errno: int, what: str = "") -> None:
        about = f" {what!r}" if what else ""
        super().__init__(f"cannot {STEPS.get(step, step)}{about}: {os.strerror(errno)}")
        self.step = step
        self.number = errno
        self.what = what


STEPS = {
    "fork": "make a process",
    "fds": "arrange the descriptors",
    "session": "make a session",
    "cgroup": "enter the control group",
    "oom": "set the oom_score_adj",
    "limits": "set the limit",
    "nice": "set the niceness",
    "cpus": "bind to the CPUs",
    "ids": "take the identity",
    "umask": "set the umask",
    "chdir": "change directory to",
    "privileges": "give up new privileges",
    "exec": "exec",
}


class ConfigError(CircusError):
    """A configuration was refused.

    :param findings: everything that is wrong with it, each one sentence with its place
    """

    def __init__(self, findings: Sequence[object]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = tuple(findings)
