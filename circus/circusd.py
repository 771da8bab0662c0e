"""circusd: the command line of the daemon (spec §1.1)."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from typing import TextIO

from circus import __version__, logger, logs
from circus.arbiter import Arbiter
from circus.config import Loaded, load
from circus.exc import CircusError
from circus.host.daemonize import Report, daemonize
from circus.host.descriptors import seal
from circus.host.probe import probe
from circus.pidfile import Pidfile
from circus.sockets.activation import Activation

SWITCH_INTERVAL = 0.0001
"""Seconds after which a thread that computes in Python (a hook) lets the loop have its turn."""
THREADS_PATIENCE = 1.0
"""Seconds that threads have to end at the end: those of hooks and of libraries."""
HELD_BACK = {signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGUSR1}
"""Signals that wait during start-up until there is somebody who can act on them."""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(prog="circusd", description="Run some watchers.")
    made.add_argument("config", nargs="?", help="configuration file")
    made.add_argument("--log-level", dest="loglevel", choices=logs.SPELLINGS, help="log level")
    made.add_argument("--log-output", dest="logoutput", help="where to log: a file, -, syslog://…")
    made.add_argument("--logger-config", dest="loggerconfig", help="logging configuration file")
    made.add_argument("--daemon", dest="daemonize", action="store_true", help="detach")
    made.add_argument("--pidfile", help="file that holds the daemon's pid")
    made.add_argument("--check", action="store_true", help="only say what is wrong with the file")
    made.add_argument("--probe", action="store_true", help="say what this machine offers")
    made.add_argument("--version", action="store_true", help="say the version")
    return made


def main(argv: Sequence[str] | None = None) -> None:
    """Run circusd and exit; no thread that a hook has left behind keeps it from that."""
    before = {*threading.enumerate()}
    code = run(sys.argv[1:] if argv is None else argv)
    until = time.monotonic() + THREADS_PATIENCE
    ours = [one for one in threading.enumerate() if one not in before and not one.daemon]
    for thread in ours:
        thread.join(max(0.0, until - time.monotonic()))
    stuck = [thread.name for thread in ours if thread.is_alive()]
    if not stuck:
        sys.exit(code)
    logger.warning("circusd ends, and with it the threads %s", ", ".join(map(repr, stuck)))
    logging.shutdown()
    sys.stdout.flush()
    os._exit(code)


def run(argv: Sequence[str]) -> int:
    """Run circusd; return its exit code."""
    line = parser()
    args = line.parse_args(argv)
    if args.version:
        _say(__version__)
    elif args.probe:
        _tell_probe()
    elif args.config is None:
        line.print_usage(sys.stdout)
    else:
        return _with_file(args)
    return 0


def _with_file(args: argparse.Namespace) -> int:
    try:
        loaded = load(args.config)
    except OSError as error:
        _complain(f"circusd: cannot read {args.config}: {_reason(error)}")
        return 1
    for finding in loaded.findings:
        _complain(str(finding))
    if loaded.fleet is None:
        _complain(f"circusd: {args.config} is refused: {_counted(loaded.errors, 'error')}")
        return 1
    if args.check:
        _say(f"{args.config} is fine: {_counted(loaded.fleet.watchers, 'watcher')}")
        return 0
    return _serve(args, loaded)


def _serve(args: argparse.Namespace, loaded: Loaded) -> int:
    """Run the daemon until it has ended for good."""
    _hold_back()
    report: Report | None = None
    pidfile: Pidfile | None = None
    # while we have the number that they are meant for
    activation = Activation.received(os.environ)
    try:
        report = daemonize(activation.descriptors()) if args.daemonize else None
        seal()
        sys.setswitchinterval(SWITCH_INTERVAL)
        pidfile = _take_pidfile(args, loaded)
        again = True
        while again:
            again = _one_life(args, loaded, report, activation)
            report = None
            if again:
                loaded = load(args.config)
    except RuntimeError as error:  # the pid file is refused: text and channel are Circus's
        return _refuse(str(error), report, sys.stdout)
    except (CircusError, ImportError, OSError, ValueError) as error:
        return _refuse(f"circusd: {_reason(error)}", report, sys.stderr)
    finally:
        if pidfile:
            pidfile.unlink()
    return 0


def _one_life(
    args: argparse.Namespace, loaded: Loaded, report: Report | None, activation: Activation
) -> bool:
    """Run one arbiter; say whether it wants to be built anew from its file."""
    fleet = loaded.accepted()
    daemon = fleet.daemon
    log = {name: getattr(args, name) or getattr(daemon, name) for name in logs.OPTIONS}
    logs.configure(*log.values())
    for name, there, reason in probe().describe():
        logger.debug("%s: %s (%s)", name, "yes" if there else "no", reason)
    arbiter = Arbiter.from_spec(fleet, activation=activation, **log)
    arbiter.config_file = os.path.abspath(args.config)
    arbiter.owns_process = True
    arbiter.on_open = lambda: _ready(report)
    arbiter.on_close = lambda: _go_down(arbiter, activation)
    return bool(arbiter.start().result())


def _go_down(arbiter: Arbiter, activation: Activation) -> None:
    """Get ready for another life: what this one was started with is the next one's."""
    _hold_back()
    activation.take_back(arbiter.sockets)


def _hold_back() -> None:
    """Let signals wait until there is somebody who can act on them."""
    signal.pthread_sigmask(signal.SIG_BLOCK, HELD_BACK)


def _ready(report: Report | None) -> None:
    """Tell who waits that the daemon serves; from now on signals are acted on."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD_BACK)
    if report:
        report.ok()


def _take_pidfile(args: argparse.Namespace, loaded: Loaded) -> Pidfile | None:
    path = args.pidfile or (loaded.fleet and loaded.fleet.daemon.pidfile)
    if not path:
        return None
    pidfile = Pidfile(path)
    pidfile.create(os.getpid())
    return pidfile


def _tell_probe() -> None:
    rows = probe().describe()
    width = max(len(name) for name, _, _ in rows)
    for name, there, reason in rows:
        _say(f"{name:<{width}}  {'yes' if there else 'no':<3}  {reason}")


def _refuse(text: str, report: Report | None, where: TextIO) -> int:
    """Say why the daemon does not run, to whoever started it and in the log; return 1."""
    if not logs.on_stderr():
        logger.error(text)
    if report:
        report.fail(text, 1)
    else:
        where.write(f"{text}\n")
    return 1


def _reason(error: Exception) -> str:
    """Return what an error says, without Python's number in front."""
    return (getattr(error, "strerror", None) or str(error)).strip()


def _counted(things: Sequence[object], name: str) -> str:
    return f"{len(things)} {name}" + ("" if len(things) == 1 else "s")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _complain(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    main()
