"""The names of spec §11 and their call shapes, as an installed Circus has them.

Run as a program by the Python that has it: prints a JSON object. Only :mod:`inspect` is asked, no
source is read. An object without a start stands for each class whose members are asked for.
"""

from __future__ import annotations

import importlib
import inspect
import json
import sys
import warnings

WORDS = {
    "circus": "get_arbiter logger __version__",
    "circus.arbiter": "Arbiter ThreadedArbiter",
    "circus.watcher": "Watcher tornado_sleep",
    "circus.process": "Process RUNNING DEAD_OR_ZOMBIE UNEXISTING OTHER IS_WINDOWS",
    "circus.client": "CircusClient AsyncCircusClient make_message cast_message make_json",
    "circus.consumer": "CircusConsumer",
    "circus.green": "get_arbiter",
    "circus.green.client": "CircusClient",
    "circus.green.consumer": "CircusConsumer",
    "circus.exc": "AlreadyExist MessageError CallError ArgumentError ConflictError",
    "circus.commands": "get_commands ok error",
    "circus.commands.base": "Command",
    "circus.commands.decrproc": "DecrProc",
    "circus.commands.incrproc": "IncrProc",
    "circus.commands.list": "List",
    "circus.commands.quit": "Quit",
    "circus.commands.set": "Set",
    "circus.commands.stats": "Stats",
    "circus.commands.util": "convert_option validate_option",
    "circus.commands.errors": (
        "NOT_SPECIFIED INVALID_JSON UNKNOWN_COMMAND MESSAGE_ERROR OS_ERROR COMMAND_ERROR"
        " BAD_MSG_DATA_ERROR"
    ),
    "circus.config": "get_config read_config watcher_defaults rlimit_value",
    "circus.controller": "Controller create_udp_socket",
    "circus.pidfile": "Pidfile",
    "circus.sighandler": "SysHandler",
    "circus.circusd": "main daemonize get_maxfd",
    "circus.circusctl": "main",
    "circus.sockets": "CircusSocket CircusSockets",
    "circus.plugins": "CircusPlugin main",
    "circus.plugins.statsd": "StatsdEmitter FullStats StatsdClient BaseObserver",
    "circus.plugins.flapping": "Flapping",
    "circus.plugins.resource_watcher": "ResourceWatcher",
    "circus.plugins.watchdog": "WatchDog",
    "circus.plugins.command_reloader": "CommandReloader",
    "circus.plugins.http_observer": "HttpObserver",
    "circus.plugins.redis_observer": "RedisObserver",
    "circus.stream": (
        "FileStream WatchedFileStream TimedRotatingFileStream QueueStream StdoutStream"
        " FancyStdoutStream Queue Empty get_stream Redirector"
    ),
    "circus.stream.redirector": "Redirector",
    "circus.stats": "main",
    "circus.stats.streamer": "StatsStreamer",
    "circus.stats.collector": "WatcherStatsCollector SocketStatsCollector",
    "circus.stats.publisher": "StatsPublisher",
    "circus.stats.client": "StatsClient main",
    "circus.fixed_threading": "Thread RLock Timer get_ident",
    "circus.util": (
        "DEFAULT_ENDPOINT_DEALER DEFAULT_ENDPOINT_SUB DEFAULT_ENDPOINT_STATS"
        " DEFAULT_ENDPOINT_MULTICAST LOG_LEVELS REDIRECT_TO MAXFD IS_WINDOWS get_info bytes2human"
        " human2bytes to_bool to_signum to_str to_bytes to_uid to_gid get_default_gid"
        " get_username_from_uid parse_env_str parse_env_dict env_to_str convert_opt"
        " replace_gnu_args ObjectDict resolve_name ImportStringError configure_logger"
        " get_working_dir get_python_version load_virtualenv get_connection create_udp_socket"
        " close_on_exec tornado_sleep synchronized debuglog TransformableFuture"
        " check_future_exception_and_log AsyncPeriodicCallback DictDiffer dict_differ"
        " StrictConfigParser ConflictError NoSuchProcess AccessDenied"
    ),
}
"""What is asked for: the public names of each module."""

MEMBERS = {
    "circus.arbiter.Arbiter": (
        "start stop reload restart start_watchers stop_watchers start_watcher add_watcher"
        " rm_watcher get_watcher numprocesses numwatchers statuses iter_watchers get_socket"
        " load_from_config reload_from_config watchers endpoint pubsub_endpoint stats_endpoint"
        " check_delay multicast_endpoint sockets loop ctrl pid fqdn umask warmup_delay"
        " evpub_socket _watchers_names _exclusive_running_command _emergency_stop _cfg config_file"
        " socket_event _restarting _stopping _ensure_ioloop manage_watchers reap_processes"
        " initialize stop_controller_and_close_sockets start_io_loop get_watcher_config"
        " get_plugin_config get_arbiter_config endpoint_owner_mode running"
    ),
    "circus.arbiter.ThreadedArbiter": "start stop",
    "circus.watcher.Watcher": (
        "start stop restart reload incr decr do_action manage_processes reap_and_manage_processes"
        " spawn_processes kill_process kill_processes set_numprocesses remove_expired_processes"
        " spawn_process reap_process reap_processes send_signal send_signal_child"
        " send_signal_children send_signal_process status is_active is_stopped is_stopping info"
        " process_info options set_opt get_active_processes get_active_pids notify_event call_hook"
        " initialize load_from_config name res_name cmd args env numprocesses warmup_delay"
        " working_dir shell shell_args uid gid rlimits executable priority singleton use_sockets"
        " on_demand autostart respawn max_retry max_age max_age_variance graceful_timeout"
        " stop_signal stop_children send_hup hooks ignore_hook_failure processes arbiter sockets"
        " evpub_socket stdout_stream stderr_stream stdout_stream_conf stderr_stream_conf"
        " stream_redirector optnames loop stdin_socket virtualenv copy_env copy_path"
        " close_child_stdin close_child_stdout close_child_stderr _options _status _nextwid"
        " _get_sockets_fds _start _stop pids"
    ),
    "circus.process.Process": (
        "pid stdout stderr status started stopping wid env name age info children is_child is_alive"
        " poll wait returncode send_signal send_signal_child send_signal_children stop"
        " close_output_channels format_args spawn"
    ),
    "circus.client.CircusClient": "call send_message stop endpoint timeout socket context",
    "circus.client.AsyncCircusClient": "call send_message stop endpoint timeout socket context",
    "circus.consumer.CircusConsumer": "iter_messages stop topics context endpoint timeout",
    "circus.commands.base.Command": (
        "name options properties message execute validate console_msg msg_type waiting_options"
        " make_message"
    ),
    "circus.controller.Controller": (
        "initialize start stop dispatch handle_message send_response send_ok send_error"
        " _init_stream _init_multicast_endpoint endpoint multicast_endpoint context loop arbiter"
        " check_delay endpoint_owner"
    ),
    "circus.pidfile.Pidfile": "create rename unlink validate fname pid perm_mode",
    "circus.sighandler.SysHandler": (
        "SIGNALS SIG_NAMES signal quit reload handle_int handle_term handle_quit handle_hup"
        " handle_winch"
    ),
    "circus.sockets.CircusSocket": (
        "name host port family type path umask replace bind_and_listen load_from_config is_unix"
        " socktype backlog so_reuseport location interface fileno close"
    ),
    "circus.sockets.CircusSockets": "add close_all bind_and_listen_all",
    "circus.plugins.CircusPlugin": (
        "name config active endpoint pubsub_endpoint check_delay ssh_server running daemon loop"
        " start stop call cast handle_recv handle_init handle_stop split_data load_message"
        " initialize"
    ),
    "circus.stream.FileStream": (
        "open close _file _open _time_format _max_bytes _backup_count now"
    ),
    "circus.stream.WatchedFileStream": "open close _file _open _time_format now",
    "circus.stream.TimedRotatingFileStream": (
        "open close _file _open _time_format _backup_count now _interval _suffix _ext_match"
        " _rollover_at _utc"
    ),
    "circus.stream.FancyStdoutStream": "colors color_code out now time_format close",
    "circus.stream.StdoutStream": "close",
    "circus.stream.QueueStream": "close get qsize put",
    "circus.stats.streamer.StatsStreamer": (
        "get_pids get_circus_pids remove_pid circus_pids _pids _callbacks _initialize start stop"
    ),
    "circus.stats.collector.WatcherStatsCollector": "collect_stats _aggregate start stop",
    "circus.stats.collector.SocketStatsCollector": "collect_stats _aggregate start stop",
    "circus.stats.publisher.StatsPublisher": "publish socket stop",
    "circus.stats.client.StatsClient": "iter_messages stop",
}
"""What is asked for of an object of each class."""


def shape(thing):
    """Return the parameters of a callable, each as its name, kind and default."""
    try:
        found = inspect.signature(thing).parameters.values()
    except (TypeError, ValueError):
        return None
    return [[one.name, one.kind.name, default(one)] for one in found]


def default(parameter):
    """Return a default as text; None where there is none."""
    if parameter.default is parameter.empty:
        return None
    number = isinstance(parameter.default, int) and not isinstance(parameter.default, bool)
    text = repr(int(parameter.default) if number else parameter.default)
    return text if " at 0x" not in text else "an object"


def fact(thing):
    """Return what is told of one name."""
    if inspect.isclass(thing):
        return {"kind": "class", "shape": shape(thing)}
    if callable(thing):
        return {"kind": "callable", "shape": shape(thing)}
    if isinstance(thing, (bool, int, float, str)):
        return {"kind": "value", "type": type(thing).__name__}
    return {"kind": "value"}


def ask(dotted, words):
    """Yield the facts of the names in a module; a module that is not there has none."""
    try:
        module = importlib.import_module(dotted)
    except ImportError:
        for name in words.split():
            yield dotted + "." + name, None
        return
    for name in words.split():
        yield dotted + "." + name, _fact_of(module, name)


def _fact_of(module, name):
    try:
        return fact(getattr(module, name))
    except (AttributeError, ImportError):
        return None


def example(dotted):
    """Return an object of a class, or the class itself where none can be had without a start."""
    module, _, name = dotted.rpartition(".")
    try:
        cls = getattr(importlib.import_module(module), name)
    except (AttributeError, ImportError):
        return None
    try:
        return cls(*EXAMPLES.get(name, ()))
    except Exception:  # noqa: BLE001 - whatever it wants, the class will do
        return cls


EXAMPLES = {
    "Arbiter": ([], "tcp://127.0.0.1:0", "tcp://127.0.0.1:0"),
    "ThreadedArbiter": ([], "tcp://127.0.0.1:0", "tcp://127.0.0.1:0"),
    "Watcher": ("web", "sleep 1"),
    "Process": ("web", 1, "true"),
    "CircusConsumer": (["watcher."],),
    "Controller": ("tcp://127.0.0.1:0", None, None, None, None),
    "Pidfile": ("pid",),
    "CircusPlugin": ("tcp://127.0.0.1:0", "tcp://127.0.0.1:0", 1.0),
    "CircusSocket": ("web",),
    "StatsPublisher": ("tcp://127.0.0.1:*", None),
    "StatsStreamer": ("tcp://127.0.0.1:1", "tcp://127.0.0.1:2", "tcp://127.0.0.1:*"),
    "StatsClient": ("tcp://127.0.0.1:1",),
    "WatcherStatsCollector": (None, "web"),
    "SocketStatsCollector": (None, "web"),
}
"""What an object of each class is made of; none is started."""


def member(one, name):
    """Return the fact of a member; None where there is none, {} where looking at it fails."""
    try:
        found = getattr(one, name)
    except AttributeError:
        return None
    except Exception:  # noqa: BLE001 - a broken member is a fact too
        return {"kind": "broken"}
    if callable(found) and not inspect.isclass(found):
        return {"kind": "method", "shape": _bound(one, found)}
    return {"kind": "attribute"}


def _bound(one, found):
    parameters = shape(found)
    if parameters and inspect.isclass(one) and parameters[0][0] == "self":
        return parameters[1:]
    return parameters


def everything():
    """Return the facts of all names and members."""
    found = {}
    for module, words in WORDS.items():
        found.update(ask(module, words))
    for dotted, words in MEMBERS.items():
        one = example(dotted)
        for name in words.split():
            found[dotted + "." + name] = None if one is None else member(one, name)
    return found


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    lines = [f"{json.dumps(name)}: {json.dumps(fact)}" for name, fact in everything().items()]
    sys.stdout.write("{\n" + ",\n".join(lines) + "\n}\n")
