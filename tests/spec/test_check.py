from __future__ import annotations

import dataclasses

import pytest

from circus.spec.assemble import assemble
from circus.spec.check import check, conflicts
from circus.spec.finding import Severity
from circus.spec.ini import parse
from circus.spec.model import FleetSpec, HookSpec, StreamSpec, WatcherSpec

REDIS = "circus.plugins.redis_observer.RedisObserver"
RESOURCES = "circus.plugins.resource_watcher.ResourceWatcher"


def nothing_missing(dotted, spec):
    assert isinstance(spec, WatcherSpec)
    return f"there is no {dotted!r}" if dotted.startswith(("lost.", "redis.")) else ""


def findings(text):
    entries, wrong = parse(text, "f.ini")
    assembled = assemble(entries, {})
    assert wrong == []
    assert assembled.findings == ()
    return [str(each) for each in check(assembled.fleet, assembled.places, nothing_missing)]


def watcher(text):
    return f"[watcher:w]\n{text}\n"


NOTHING = "nothing can start it: there is no [socket:…] to connect to"

GOOD = [
    watcher("cmd = x"),
    watcher("cmd = x 'a b'\nnumprocesses = 3\ncopy_env = yes\ncopy_path = yes"),
    watcher('cmd = x | "y\nshell = yes\nshell_args = a'),
    watcher("cmd = x\nstdout_stream.class = FileStream\nstdout_stream.filename = y"),
    watcher("cmd = x\nstdout_stream.class = circus.stream.StdoutStream"),
    watcher("cmd = x\nstdout_stream.class = my.Stream\nstdout_stream.max_bytes = 4"),
    watcher("cmd = x\nhooks.before_start = a.b"),
    watcher("cmd = x\nrespawn = no\nrestart = never\nfatal_exit_codes = 1"),
    watcher("cmd = x\nrespawn = yes\nrestart = on-failure\nsuccess_exit_codes = 0 9"),
    watcher("cmd = x\nrestart = never\nrespawn = no\nsuccess_exit_codes = 0 9\nessential = yes"),
    watcher("cmd = x\nsingleton = yes\nnumprocesses = 0"),
    watcher("cmd = x $(circus.sockets.S)\nuse_sockets = yes") + "[socket:s]\nport = 1\n",
    watcher("cmd = x\nstdin_socket = S") + "[socket:s]\nport = 1\n",
    watcher("cmd = x $(circus.sockets.s.port)") + "[socket:s]\nport = 1\n",
    watcher("cmd = x $(circus.sockets.s.path)") + "[socket:s]\npath = /x\nmode = 600\n",
    "[socket:s]\nfamily = inet6\nhost = ::1\ntype = stream\n",
    "[socket:s]\npath = @x\nfamily = unix\n",
    watcher("cmd = x $(circus.sockets.S)\nlisten_fds = yes") + "[socket:s]\nport = 1\n",
    watcher("cmd = x\nlisten_fds = S T") + "[socket:s]\nport = 1\n[socket:t]\nport = 2\n",
    watcher("cmd = x $(circus.env.HOME) $(circus.wid)"),
    watcher("cmd = x\non_demand = yes") + "[socket:s]\nport = 1\n",
    "[socket:a]\nport = 0\n[socket:b]\nport = 0\n",
    "[socket:a]\nport = 1\n[socket:b]\nport = 1\ntype = SOCK_DGRAM\n",
    f"[plugin:p]\nuse = {RESOURCES}\nservice = w\n",
    "[plugin:p]\nuse = a.B\nretry_in = 1\ncheck_flapping = x\n",
    "[plugin:p]\nuse = a.B\nx = 1\npriority = 4\nmax_age = 60\ncopy_env = no\n",
    "[circus]\nmulticast_endpoint =\nstatsd = on\nhttpd = off\nendpoint_owner =\n",
    "[circus]\nstatsd = on\nstats_endpoint = ipc:///x\n",
]


@pytest.mark.parametrize("text", GOOD)
def test_nothing_is_said_about_what_is_right(text):
    assert findings(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (watcher("args = x"), "1: [watcher:w] cmd: there is no command to run"),
        (
            watcher("cmd = x\non_demand = yes"),
            f"3: warning: [watcher:w] on_demand: {NOTHING}",
        ),
        (
            watcher("cmd = x\nstdin_socket = s\non_demand = yes")
            + "[socket:s]\nport = 1\nso_reuseport = yes\n[socket:t]\nport = 2\n",
            "4: [watcher:w] on_demand: s cannot wake it: each process binds its own",
        ),
        (watcher("cmd ="), "2: [watcher:w] cmd: there is no command to run"),
        (
            watcher("cmd = x 'y"),
            '2: [watcher:w] cmd: cannot split "x \'y" into words: no closing quotation',
        ),
        (
            watcher("cmd = x\nargs = 'y"),
            '3: [watcher:w] args: cannot split "\'y" into words: no closing quotation',
        ),
        (
            watcher("cmd = x\nsingleton = on\nnumprocesses = 2"),
            "3: [watcher:w] singleton: Cannot have 2 processes with a singleton  watcher",
        ),
        (
            watcher("cmd = x\ncopy_path = on"),
            "3: [watcher:w] copy_path: copy_env and copy_path must have the same value",
        ),
        (
            watcher("cmd = x\nvirtualenv = /v"),
            "3: [watcher:w] virtualenv: copy_env must be True to to use virtualenv",
        ),
        (
            watcher("cmd = x\nlisten_fds = on"),
            "3: [watcher:w] listen_fds: there is no [socket:NAME]",
        ),
        (
            watcher("cmd = x\nlisten_fds = no-such") + "[socket:s]\nport = 1\n",
            "3: [watcher:w] listen_fds: there is no [socket:no-such]",
        ),
        (
            watcher("cmd = x $(circus.sockets.s)\nlisten_fds = t")
            + "[socket:s]\nport = 1\n[socket:t]\nport = 2\n",
            (
                "2: warning: [watcher:w] cmd: the process will not have socket 's' open:"
                " listen_fds does not name it"
            ),
        ),
        (
            watcher("cmd = x\nlisten_fds = s\nuse_sockets = on") + "[socket:s]\nport = 1\n",
            (
                "4: warning: [watcher:w] use_sockets: has no effect: with listen_fds a process has"
                " those sockets and no others"
            ),
        ),
        (
            watcher("cmd = x\nshell_args = y"),
            (
                "3: warning: [watcher:w] shell_args: shell_args is defined but won't be used in"
                " this context: shell is not set"
            ),
        ),
        (
            watcher("cmd = x\nstop_command = bye 'y"),
            (
                '3: [watcher:w] stop_command: cannot split "bye \'y" into words:'
                " no closing quotation"
            ),
        ),
        (
            watcher("cmd = x\nstop_command = bye\ngraceful_timeout = 0"),
            (
                "3: warning: [watcher:w] stop_command: is never run: graceful_timeout is 0,"
                " so processes are killed at once"
            ),
        ),
        (
            watcher("cmd = x\nrespawn = no\nrestart = on-failure"),
            (
                "4: [watcher:w] restart: cannot be on-failure together with respawn = False: they"
                " are opposites"
            ),
        ),
        (
            watcher(
                "cmd = x\nrestart = on-failure\nsuccess_exit_codes = 0 9 TERM\n"
                "fatal_exit_codes = TERM 9"
            ),
            (
                "5: [watcher:w] fatal_exit_codes: cannot hold SIGTERM 9, which success_exit_codes"
                " holds as well"
            ),
        ),
        (
            watcher("cmd = x\nsuccess_exit_codes = 0 9"),
            "3: warning: [watcher:w] success_exit_codes: has no effect: restart is always",
        ),
        (
            "[circus]\nexit_when = essential-fails\n" + watcher("cmd = x"),
            "2: warning: [circus] exit_when: has no effect yet: there is no essential watcher",
        ),
        (
            watcher("cmd = x\nrespawn = no\nbackoff = 5"),
            "4: warning: [watcher:w] backoff: has no effect: restart is never",
        ),
        (
            watcher("cmd = x\nnumprocesses = 0"),
            "3: warning: [watcher:w] numprocesses: is 0: no process will run",
        ),
        (
            watcher("cmd = x $WID"),
            "2: warning: [watcher:w] cmd: $WID means nothing any more: write $(circus.wid)",
        ),
        (
            watcher('cmd = "x y"'),
            '2: warning: [watcher:w] cmd: the quotes make "x y" one word, the name of the program',
        ),
        (
            watcher("cmd = x $(circus.sockets.no)\nuse_sockets = on"),
            "2: [watcher:w] cmd: there is no [socket:no]",
        ),
        (
            watcher("cmd = x\nargs = $(circus.sockets.no)"),
            "3: [watcher:w] args: there is no [socket:no]",
        ),
        (
            watcher("cmd = x $(circus.sockets.s)") + "[socket:s]\nport = 1\n",
            (
                "2: warning: [watcher:w] cmd: the process will not have socket 's' open:"
                " use_sockets is not set"
            ),
        ),
        (
            watcher("cmd = x $(circus.sockets.s.path)") + "[socket:s]\nport = 1\n",
            "2: [watcher:w] cmd: the socket 's' has no path",
        ),
        (
            watcher("cmd = x $(circus.sockets.s.host)") + "[socket:s]\npath = /x\n",
            "2: [watcher:w] cmd: the socket 's' has no host",
        ),
        (
            watcher("cmd = x $(circus.sockets.s)\nuse_sockets = on\non_demand = on")
            + "[socket:s]\nport = 1\nso_reuseport = on\n",
            "4: [watcher:w] on_demand: s cannot wake it: each process binds its own",
        ),
        (
            watcher("cmd = x\nstdin_socket = no"),
            "3: [watcher:w] stdin_socket: there is no [socket:no]",
        ),
        (
            watcher("cmd = x\nstderr_stream.class = lost.Stream"),
            "3: [watcher:w] stderr_stream.class: there is no 'lost.Stream'",
        ),
        (
            watcher("cmd = x\nstdout_stream.filename = y\nstdout_stream.max_bytes = 4 MB"),
            (
                "4: [watcher:w] stdout_stream.max_bytes: found '4 MB', expected a whole number of"
                " at least 0"
            ),
        ),
        (
            watcher("cmd = x\nstdout_stream.filename = y\nstdout_stream.mode = 600")
            + "stderr_stream.filename = y\n",
            (
                "5: warning: [watcher:w] stderr_stream.filename: [watcher:w] stdout_stream writes"
                " to the same file with other options (mode): each goes by its own"
            ),
        ),
        (
            watcher("cmd = x\nstdout_stream.filename = y\nstdout_stream.refresh_time = 1"),
            (
                "4: warning: [watcher:w] stdout_stream.refresh_time: output is read as it"
                " comes: the"
                " option has no effect"
            ),
        ),
        (
            watcher("cmd = x\nstdout_stream.filename = y\nstdout_stream.filenam = 1"),
            (
                "4: warning: [watcher:w] stdout_stream.filenam: FileStream has no such option;"
                " did you mean 'filename'?"
            ),
        ),
        (
            watcher("cmd = x\nhooks.before_start = lost.hook"),
            "3: [watcher:w] hooks.before_start: there is no 'lost.hook'",
        ),
        (
            watcher("cmd = x\nhooks.before_strat = a.b"),
            (
                "3: warning: [watcher:w] hooks.before_strat: there is no hook 'before_strat', it is"
                " never called; did you mean 'hooks.before_start'?"
            ),
        ),
        (
            watcher("cmd = x\nuse_papa = on"),
            "3: warning: [watcher:w] use_papa: papa is gone: the option has no effect",
        ),
        (
            watcher("cmd = x\ncheck_flapping = on"),
            (
                "3: warning: [watcher:w] check_flapping: the option has no effect; use the Flapping"
                " plugin"
            ),
        ),
        (
            "[socket:a]\nport = 1\n[socket:b]\nhost = LOCALHOST\nport = 1\n",
            "5: [socket:b] port: has the same address as [socket:a]",
        ),
        (
            "[socket:a]\npath = /x\n[socket:b]\npath = /x\n",
            "4: [socket:b] path: has the same address as [socket:a]",
        ),
        (
            "[socket:a]\nfamily = AF_UNIX\n",
            "2: [socket:a] family: a Unix socket needs a path",
        ),
        (
            "[plugin:p]\nx = 1\n",
            "1: [plugin:p] use: there is no class to run: write use = package.module.Class",
        ),
        ("[plugin:p]\nuse = lost.P\n", "2: [plugin:p] use: there is no 'lost.P'"),
        (
            f"[plugin:p]\nuse = {RESOURCES}\nmax_cpu = 1\n",
            "1: [plugin:p] watcher: has to be given",
        ),
        (
            f"[plugin:p]\nuse = {REDIS}\n",
            "2: [plugin:p] use: the package redis is not installed: pip install 'circus[redis]'",
        ),
        (
            "[plugin:p]\nuse = a.B\nhooks.before_start = lost.h\n",
            "3: [plugin:p] hooks.before_start: there is no 'lost.h'",
        ),
        (
            "[plugin:p]\nuse = a.B\nnumprocesses = 2\n",
            "1: [plugin:p] singleton: Cannot have 2 processes with a singleton  watcher",
        ),
        (
            "[plugin:p]\nuse = a.B\n[watcher:Plugin:P]\ncmd = x\n",
            "1: [plugin:p] the name is taken by [watcher:plugin:p]",
        ),
        (
            "[socket:a]\npath = /x\nport = 1\n",
            "3: warning: [socket:a] port: has no effect: the socket has a path",
        ),
        (
            "[socket:a]\nport = 1\nmode = 600\n",
            "3: [socket:a] mode: cannot be given: there is no path",
        ),
        (
            "[circus]\nhttpd = on\nhttpd_token = short\n",
            "3: [circus] httpd_token: is too short for a token: it needs at least 16 characters",
        ),
        (
            "[circus]\nendpoint_owner = root\n",
            "2: warning: [circus] endpoint_owner: has an effect with an ipc:// endpoint only",
        ),
        (
            "[circus]\npubsub_endpoint = tcp://127.0.0.1:5555\n",
            (
                "2: [circus] pubsub_endpoint: tcp://127.0.0.1:5555 is the endpoint as well:"
                " each needs one of its own"
            ),
        ),
        (
            "[circus]\nstream_backend = gevent\n",
            (
                "2: warning: [circus] stream_backend: output is read in one way only: the"
                " option has no effect"
            ),
        ),
        (
            "[circus]\nstats_endpoint = tcp://127.0.0.1:5557\n",
            (
                "2: warning: [circus] stats_endpoint: You defined a stats_endpoint without setting"
                " up statsd to True."
            ),
        ),
        (
            "[circus]\npapa_endpoint = x\n",
            "2: warning: [circus] papa_endpoint: papa is gone: the option has no effect",
        ),
    ],
)
def test_what_is_wrong_is_found_with_its_place(text, expected):
    assert findings(text) == [f"f.ini:{expected}"]


def test_one_watcher_may_have_many_faults():
    text = "numprocesses = 2\nsingleton = on\ncopy_path = on\nargs = $(circus.sockets.no)"
    assert len(findings(watcher(text))) == 4


def test_what_was_never_in_a_file_is_found_without_a_place():
    fleet = FleetSpec(watchers=(WatcherSpec("w"),))
    [finding] = check(fleet, {}, nothing_missing)
    assert str(finding) == "[watcher:w] cmd: there is no command to run"


def test_objects_given_by_a_program_are_not_looked_for():
    spec = WatcherSpec(
        "w", "x", hooks={"after_stop": HookSpec(print)}, stdout_stream=StreamSpec("", {}, object())
    )
    assert check(FleetSpec(watchers=(spec,)), {}, nothing_missing) == []


def test_a_watcher_alone_can_be_impossible():
    spec = WatcherSpec("w", "x", singleton=True, numprocesses=2, virtualenv="/v", copy_path=True)
    assert [option for option, _ in conflicts(spec)] == ["singleton", "virtualenv", "copy_path"]
    assert list(conflicts(dataclasses.replace(spec, singleton=False, copy_env=True))) == []


def test_who_looks_at_files_is_heard_with_the_place_of_the_option():
    entries, _ = parse("[watcher:w]\ncmd = x\nenv_file = a.env\n", "f.ini")
    assembled = assemble(entries, {})

    def look(spec):
        yield Severity.WARNING, "env_file", f"{spec.name} has none"

    (found,) = check(assembled.fleet, assembled.places, nothing_missing, look)
    assert str(found) == "f.ini:3: warning: [watcher:w] env_file: w has none"
