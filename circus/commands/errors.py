"""The numbers of errors on the wire (spec §2.3), at Circus's path."""

from circus.exc import (
    BAD_MSG_DATA_ERROR,
    COMMAND_ERROR,
    INVALID_JSON,
    MESSAGE_ERROR,
    NOT_SPECIFIED,
    OS_ERROR,
    UNKNOWN_COMMAND,
)

__all__ = [
    "BAD_MSG_DATA_ERROR",
    "COMMAND_ERROR",
    "INVALID_JSON",
    "MESSAGE_ERROR",
    "NOT_SPECIFIED",
    "OS_ERROR",
    "UNKNOWN_COMMAND",
]
