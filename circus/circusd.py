"""circusd: the command line of the daemon (spec §1.1)."""

from __future__ import annotations

import argparse
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Sequence
from typing import TextIO

from circus import logger, logs, scribe
from circus.arbiter import Arbiter
from circus.config import Loaded, load
from circus.exc import CircusError
from circus.flags import add_log, add_version, reason
from circus.host.daemonize import Report
from circus.host.daemonize import daemonize as detach
from circus.host.descriptors import seal
from circus.host.probe import probe
from circus.notify import Notifier, Service
from circus.pidfile import Pidfile
from circus.sockets.activation import Activation

SWITCH_INTERVAL = 0.0001
"""Seconds after which a thread that computes in Python (a hook) lets the loop have its turn."""
THREADS_PATIENCE = 1.0
"""Seconds that threads have to end at the end: those of hooks and of libraries."""
AS_INIT = "circusd: cannot detach as pid 1: the container would end with it; leave out --daemon"
INIT = 1
"""The pid of the init of a container."""
NOT_HELD = {
    *(signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD),
    *(signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGTRAP, signal.SIGABRT),
}
"""Those that cannot wait, that mean children, and that a fault of our own would raise."""
HELD_BACK = signal.valid_signals() - NOT_HELD
"""Signals that wait during start-up until there is somebody who can act on them.

All, for which ones are sent on to the processes (``forward_signals``) is known later."""
MAXFD = 1024
"""How many descriptors there are where nobody limits them (spec §1.1.3)."""

closerange = os.closerange
"""As Circus has it; what is closed here is only what is open (:mod:`circus.host.daemonize`)."""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(prog="circusd", description="Run some watchers.")
    made.add_argument("config", nargs="?", help="configuration file")
    add_log(made)
    made.add_argument("--logger-config", dest="loggerconfig", help="logging configuration file")
    made.add_argument("--daemon", dest="daemonize", action="store_true", help="detach")
    made.add_argument("--pidfile", help="file that holds the daemon's pid")
    made.add_argument("--check", action="store_true", help="only say what is wrong with the file")
    made.add_argument("--probe", action="store_true", help="say what this machine offers")
    add_version(made)
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
    if stuck:
        logger.warning("circusd ends, and with it the threads %s", ", ".join(map(repr, stuck)))
    written = scribe.end()
    if written and not stuck:
        sys.exit(code)
    if written:
        sys.stdout.flush()
    os._exit(code)


def daemonize() -> None:
    """Go on in the background, for programs that embed Circus: the caller's process ends with 0.

    Every descriptor is closed; 0, 1 and 2 become /dev/null. Directory and umask stay.

    :raises ValueError: it is not possible here
    :raises LaunchError: no process can be made
    """
    detach().ok()


def get_maxfd() -> int:
    """Return how many descriptors a process may have at most: the hard limit, or MAXFD."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return MAXFD if hard == resource.RLIM_INFINITY else hard


def run(argv: Sequence[str]) -> int:
    """Run circusd; return its exit code."""
    line = parser()
    args = line.parse_args(argv)
    if args.probe:
        _tell_probe()
    elif args.config is None:
        line.print_usage(sys.stdout)
    else:
        if os.getpid() == INIT:
            if args.daemonize:
                _complain(AS_INIT)
                return 1
            _hold_back()  # the kernel drops what nobody can act on
        return _with_file(args)
    return 0


def _with_file(args: argparse.Namespace) -> int:
    try:
        loaded = load(args.config)
    except OSError as error:
        _complain(f"circusd: cannot read {args.config}: {reason(error)}")
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
    service = Service(Notifier.received(os.environ), detached=args.daemonize)
    code = 0
    try:
        report = detach(activation.descriptors()) if args.daemonize else None
        seal()
        sys.setswitchinterval(SWITCH_INTERVAL)
        try:
            pidfile = _take_pidfile(args, loaded)
        except RuntimeError as error:  # text and channel are Circus's
            return _refuse(str(error), report, sys.stdout)
        following: Loaded | None = loaded
        while following is not None:
            code, following = _one_life(args, following, report, activation, service)
            report = None
    except (CircusError, ImportError, OSError, ValueError) as error:
        return _refuse(f"circusd: {reason(error)}", report, sys.stderr)
    except BaseException as error:  # noqa: BLE001 - the edge: it is logged, with where it was
        logger.critical("circusd crashed", exc_info=True)
        return _refuse(f"circusd: crashed: {type(error).__name__}: {error}", report, sys.stderr)
    finally:
        if pidfile:
            pidfile.unlink()
    return code


def _one_life(
    args: argparse.Namespace,
    loaded: Loaded,
    report: Report | None,
    activation: Activation,
    service: Service,
) -> tuple[int, Loaded | None]:
    """Run one arbiter; return the exit code, and what another one is to be built from, if any."""
    fleet = loaded.accepted()
    daemon = fleet.daemon
    log = {name: getattr(args, name) or getattr(daemon, name) for name in logs.OPTIONS}
    scribe.settle()  # what an earlier life logged is written where that life wanted it
    logs.configure(*log.values())
    scribe.take_over()
    for name, there, why in probe().describe():
        logger.debug("%s: %s (%s)", name, "yes" if there else "no", why)
    arbiter = Arbiter.from_spec(fleet, activation=activation, **log)
    arbiter.config_file = os.path.abspath(args.config)
    arbiter.owns_process, arbiter.service = True, service
    arbiter.on_open = lambda: _ready(report)
    arbiter.on_close = lambda: _go_down(arbiter, activation)
    again = arbiter.start().result()
    return arbiter.exit_code, arbiter.successor if again else None


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
        scribe.settle()  # where it is written may be let go now
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
    for name, there, why in rows:
        _say(f"{name:<{width}}  {'yes' if there else 'no':<3}  {why}")


def _refuse(text: str, report: Report | None, where: TextIO) -> int:
    """Say why the daemon does not run, to whoever started it and in the log; return 1."""
    if not logs.on_stderr():
        logger.error(text)
    scribe.settle()
    if report:
        report.fail(text, 1)
    else:
        where.write(f"{text}\n")
    return 1


def _counted(things: Sequence[object], name: str) -> str:
    return f"{len(things)} {name}" + ("" if len(things) == 1 else "s")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _complain(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    main()
