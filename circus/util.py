"""Old names, each from its new home: a door for programs that import them from here (spec §11.6).

Nothing inside circus imports this module. What is deliberately gone says so when it is imported.
"""

from typing import Any

from circus.discovery import create_udp_socket
from circus.exc import ConflictError
from circus.figures import bytes2human
from circus.gone import GONE, refuse
from circus.host.facts import AccessDenied, NoSuchProcess
from circus.host.users import default_gid as get_default_gid
from circus.host.users import to_gid, to_uid
from circus.host.users import username as get_username_from_uid
from circus.kept.tools import (
    AsyncPeriodicCallback,
    ImportStringError,
    check_future_exception_and_log,
    close_on_exec,
    configure_logger,
    debuglog,
    get_connection,
    get_info,
    resolve_name,
)
from circus.kept.values import (
    IS_WINDOWS,
    LOG_LEVELS,
    MAXFD,
    REDIRECT_TO,
    DictDiffer,
    ObjectDict,
    StrictConfigParser,
    convert_opt,
    dict_differ,
    env_to_str,
    get_python_version,
    get_working_dir,
    parse_env_dict,
    parse_env_str,
    to_bool,
    to_bytes,
    to_str,
)
from circus.loop import tornado_sleep
from circus.spec.amounts import human2bytes
from circus.spec.expand import replace_gnu_args
from circus.spec.statistics import ENDPOINT as DEFAULT_ENDPOINT_STATS
from circus.spec.values import signal_number as to_signum
from circus.wire.frames import ENDPOINT as DEFAULT_ENDPOINT_DEALER
from circus.wire.topics import EVENTS as DEFAULT_ENDPOINT_SUB

DEFAULT_ENDPOINT_MULTICAST = "udp://237.219.251.97:12027"

__all__ = [
    "DEFAULT_ENDPOINT_DEALER", "DEFAULT_ENDPOINT_MULTICAST", "DEFAULT_ENDPOINT_STATS",
    "DEFAULT_ENDPOINT_SUB", "IS_WINDOWS", "LOG_LEVELS", "MAXFD", "REDIRECT_TO", "AccessDenied",
    "AsyncPeriodicCallback", "ConflictError", "DictDiffer", "ImportStringError", "NoSuchProcess",
    "ObjectDict", "StrictConfigParser", "bytes2human", "check_future_exception_and_log",
    "close_on_exec", "configure_logger", "convert_opt", "create_udp_socket",
    "debuglog", "dict_differ", "env_to_str",
    "get_connection", "get_default_gid", "get_info", "get_python_version",
    "get_username_from_uid", "get_working_dir", "human2bytes", "parse_env_dict", "parse_env_str",
    "replace_gnu_args", "resolve_name", "to_bool", "to_bytes", "to_gid", "to_signum", "to_str",
    "to_uid", "tornado_sleep",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if f"circus.util.{name}" in GONE:
        refuse(f"circus.util.{name}")
    raise AttributeError(f"module 'circus.util' has no attribute {name!r}")
