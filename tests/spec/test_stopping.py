from __future__ import annotations

import pytest

from circus.spec.launch import DEVNULL, Identity
from circus.spec.model import WatcherSpec
from circus.spec.stopping import stop_plan


def plan(command, *, pid=4711, wid=3, env=None, environ=None, **options):
    spec = WatcherSpec("web", "serve --port 80", stop_command=command, **options)
    return stop_plan(spec, pid, wid, env or {}, environ or {})


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("bye", ("bye",)),
        ("bye $(circus.pid) ((circus.wid))", ("bye", "4711", "3")),
        ("bye '$(CIRCUS.PID) now'", ("bye", "4711 now")),
        ("bye $(circus.env.tea)", ("bye", "green tea")),
        ("bye $(circus.env.CUP)", ("bye", "mug")),
        ("bye $(circus.cmd)", ("bye", "serve --port 80")),
        ("bye $(circus.sockets.web)", ("bye", "$(circus.sockets.web)")),
    ],
)
def test_the_words_of_a_stop_command_know_the_process_and_its_place(command, words):
    assert plan(command, env={"TEA": "green tea"}, environ={"CUP": "mug"}).argv == words


def test_a_shell_is_given_the_command_as_it_stands():
    found = plan("kill -QUIT $(circus.pid); wait", shell=True, shell_args="a b")
    assert found.argv == ("/bin/sh", "-c", "kill -QUIT 4711; wait")
    assert plan("x", shell=True, executable="/bin/bash").argv[0] == "/bin/bash"


def test_it_is_run_as_the_processes_of_its_watcher_are():
    spec = WatcherSpec(
        "web",
        "serve",
        args="--more $(circus.wid)",
        executable="/opt/serve",
        stop_command="bye",
        working_dir="/srv",
        rlimits={"core": 0},
        stdin_socket="web",
        use_sockets=True,
        close_child_stdin=False,
        close_child_stderr=True,
    )
    found = stop_plan(spec, 1, 1, {"A": "1"}, {}, Identity(5, 6, (7,)), 8, 9)
    assert (found.argv, found.executable, found.inherit) == (("bye",), None, ())
    assert (found.env, found.cwd, found.rlimits) == ({"A": "1"}, "/srv", (("core", 0),))
    assert (found.uid, found.gid, found.groups) == (5, 6, (7,))
    assert (found.stdin, found.stdout, found.stderr) == (DEVNULL, 8, DEVNULL)
