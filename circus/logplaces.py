"""The places of circusd's log besides stderr: files and syslog (spec §1.1.5).

Loaded by :mod:`circus.logs` when it is asked for one. A place that fails later (a full disk, a
removed directory, a syslog daemon that restarts) never harms who logs: it is said once on stderr,
and tried again with the next line.
"""

from __future__ import annotations

import logging
import sys
from logging.handlers import SYSLOG_UDP_PORT, SysLogHandler, WatchedFileHandler
from urllib.parse import urlsplit

from circus.exc import ConfigError
from circus.logs import LINE, TIME

SYSLOG = "syslog://"
SYSLOG_TIME = "%b %d %H:%M:%S"
DEFAULT_FACILITY = "user"


class _Failing(logging.Handler):
    """Says on stderr why lines are lost, once a reason."""

    _said = ""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Say what went wrong with a line. Called where the error is handled."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handleError(record)  # a mistake in our code: the whole traceback
            return
        reason = f"cannot log to {self.name}: {error.strerror or error}\n"
        if reason != self._said and sys.stderr:
            self._said = reason
            try:
                sys.stderr.write(reason)
            except (OSError, ValueError):
                return  # nobody is left who could be told


class LogFile(_Failing, WatchedFileHandler):
    """A file that is opened anew when it was renamed or removed."""

    def __init__(self, path: str) -> None:
        # a name that is not UTF-8 must not cost the line that it stands in
        super().__init__(path, encoding="utf-8", errors="backslashreplace")
        self.name = repr(path)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line; never raise."""
        try:
            super().emit(record)
        except OSError:  # it could not be opened anew
            self.handleError(record)


class Syslog(_Failing, SysLogHandler):
    """A syslog daemon, by UDP or at a local socket; it need not run yet.

    :param url: what was asked for, for messages
    :param address: (host, port) or the path of a socket
    :param facility: a name; an unknown one means DEFAULT_FACILITY
    """

    def __init__(self, url: str, address: tuple[str, int] | str, facility: str) -> None:
        names = SysLogHandler.facility_names
        number = names.get(facility.lower(), names[DEFAULT_FACILITY])
        super().__init__(address, facility=number)
        self.name = repr(url)


def handler(output: str) -> logging.Handler:
    """Return the handler of a place, with its form of lines.

    :param output: the path of a file, or a URL that begins with SYSLOG
    :raises ConfigError: with one sentence
    """
    made: logging.Handler
    try:
        if output.startswith(SYSLOG):
            made = _syslog(output)
            made.setFormatter(logging.Formatter(LINE, SYSLOG_TIME))
        else:
            made = LogFile(output)
            made.setFormatter(logging.Formatter(LINE, TIME))
    except (OSError, ValueError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or error
        raise ConfigError([f"cannot log to {output!r}: {reason}"]) from error
    return made


def _syslog(url: str) -> Syslog:
    parts = urlsplit(url)
    if parts.hostname:
        address: tuple[str, int] | str = (parts.hostname, parts.port or SYSLOG_UDP_PORT)
    elif parts.path:
        address = parts.path
    else:
        raise ValueError("expected syslog://HOST[:PORT]?FACILITY or syslog:///PATH?FACILITY")
    return Syslog(url, address, parts.query)
