"""What each option of ``[watcher:NAME]`` changes in a real child: one table, read by two tests.

tests/scenes/test_options.py starts a child for each row and compares what it reports of itself;
tests/house/test_options.py holds that every option is here, or named in SHOWN with its own test.

In the texts of a row ``{python}``, ``{script}``, ``{socket}``, ``{tag}`` and ``{folder}`` are
filled in: how a child reports, and a folder of the test's own (tests/helpers/reports.py).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.helpers.reports import CHILD, NOBODY, nobody_can

Report = Mapping[str, Any]
VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"
LEAST_NICE, LARGEST_SCORE = 19, 1000
VENV = "virtualenv = {folder}/venv"


@dataclass(frozen=True)
class Row:
    """One option, and what a child of it reports that a child without it does not.

    :param option: the row of the table of options
    :param text: lines of the section; without ``cmd`` the usual one is used
    :param sees: what is looked at in the report
    :param value: what it is; ``{folder}`` is filled in
    :param env: the lines of a section [env:NAME]
    :param missing: why this machine cannot show it, or nothing
    :param live: the words that ``set`` takes for the same; empty: those of *text*
    """

    option: str
    text: str
    sees: Callable[[Report], Any]
    value: Any
    env: str = ""
    missing: str = ""
    live: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The words of ``set``."""
        lines = (line.partition("=") for line in self.text.splitlines())
        return self.live or tuple(word.strip() for key, _, value in lines for word in (key, value))


def fact(*path: str) -> Callable[[Report], Any]:
    """Return a look at one fact."""

    def look(report: Report) -> Any:
        for key in path:
            report = report.get(key, {})
        return report

    return look


def _pathlike(name: str, place: int) -> Callable[[Report], Any]:
    return lambda report: report["env"].get(name, "").split(os.pathsep)[place]


def _own(report: Report) -> bool:
    return report["fds"]["1"] != report["fds"]["2"]


NOT_ROOT = "" if os.geteuid() == 0 else "only root can launch as somebody else"
NOT_NOBODY = NOT_ROOT or ("" if nobody_can() else "nobody may not run this Python")
ONE_CPU = "" if len(os.sched_getaffinity(0)) > 1 else "there is one CPU only"
CPU = max(os.sched_getaffinity(0))
NICE = os.nice(0) + 1
TOO_NICE = "" if os.nice(0) < LEAST_NICE else "nothing is nicer than we are"
SCORE = int(Path("/proc/self/oom_score_adj").read_text()) + 1
TOO_POOR = "" if SCORE <= LARGEST_SCORE else "nothing is killed sooner than we are"
SHELL = f"exec {CHILD}"

ROWS = (
    Row("cmd", f"cmd = {CHILD} 'a b' $(circus.priority)", fact("args"), ["a b", "0"]),
    Row(
        "args",
        "args = 'c d' $(circus.env.WORDS) ((circus.numprocesses)) $(circus.no)",
        fact("args"),
        ["c d", "e 'f", "1", "$(circus.no)"],
        env="WORDS = e 'f",
    ),
    Row(
        "executable",
        "executable = /bin/sh\ncmd = my-name -c '" + SHELL + ' "$0"' + "'",
        fact("args"),
        ["my-name"],
    ),
    Row(
        "shell",
        f'shell = yes\ncmd = X="g  h"; {SHELL} $X "$X" $(echo i | tr i j) 2>&1',
        fact("args"),
        ["g", "h", "g  h", "j"],
    ),
    Row(
        "shell_args",
        f'shell = yes\ncmd = {SHELL} "$0" "$1"\nshell_args = zero \'one two\'',
        fact("args"),
        ["zero", "one two"],
    ),
    Row("working_dir", "working_dir = {folder}/venv", fact("cwd"), "{folder}/venv"),
    Row("uid", f"uid = {NOBODY}", fact("uid"), [NOBODY] * 3, missing=NOT_NOBODY),
    Row("gid", "gid = 12", fact("gid"), [12] * 3, missing=NOT_ROOT),
    Row("groups", "groups = 4711, 34", fact("groups"), [34, 4711], missing=NOT_ROOT),
    Row("copy_env", "copy_env = yes", fact("env", "CIRCUS_OF_THE_TEST"), "own"),
    Row(
        "copy_path",
        "copy_env = yes\ncopy_path = yes",
        lambda report: report["folder"] in report["env"].get("PYTHONPATH", "").split(os.pathsep),
        True,
    ),
    Row("env", "", fact("env", "TEA"), "hot", env="TEA = hot", live=("env", "TEA=hot")),
    Row(
        "virtualenv",
        f"copy_env = yes\n{VENV}",
        lambda report: (_pathlike("PATH", 0)(report), _pathlike("PYTHONPATH", -1)(report)),
        ("{folder}/venv/bin", f"{{folder}}/venv/lib/python{VERSION}/site-packages"),
    ),
    Row(
        "virtualenv_py_ver",
        f"copy_env = yes\n{VENV}\nvirtualenv_py_ver = 2.7",
        _pathlike("PYTHONPATH", -1),
        "{folder}/venv/lib/python2.7/site-packages",
    ),
    Row("env_file", "env_file = {folder}/app.env", fact("env", "MILK"), "cold # white"),
    Row("umask", "umask = 027", fact("umask"), 0o27),
    Row("nice", f"nice = {NICE}", fact("nice"), NICE, missing=TOO_NICE),
    Row("oom_score_adj", f"oom_score_adj = {SCORE}", fact("oom"), SCORE, missing=TOO_POOR),
    Row("cpu_affinity", f"cpu_affinity = {CPU}", fact("cpus"), [CPU], missing=ONE_CPU),
    Row("no_new_privs", "no_new_privs = yes", fact("no_new_privs"), True),
    Row("rlimit_", "rlimit_NOFILE = 99", fact("limits", "nofile"), [99, 99]),
    Row(
        "use_sockets",
        "use_sockets = yes\nargs = $(circus.sockets.door)",
        lambda report: report["fds"].get(*report["args"] or ["none"]),
        "socket {folder}/door",
    ),
    Row(
        "listen_fds",
        "listen_fds = web door\nargs = $(circus.sockets.web)",
        lambda report: (
            [report["fds"].get(number) for number in "345"],
            *(report["env"].get(f"LISTEN_{what}") for what in ("FDS", "FDNAMES")),
            report["env"].get("LISTEN_PID") == str(report["pid"]),
            report["args"],
        ),
        (["socket {folder}/web", "socket {folder}/door", None], "2", "web:door", True, ["3"]),
    ),
    Row("stdin_socket", "stdin_socket = door", fact("fds", "0"), "socket {folder}/door"),
    Row("close_child_stdin", "close_child_stdin = no", fact("fds", "0"), "{folder}/input"),
    Row("close_child_stdout", "close_child_stdout = yes", fact("fds", "1"), "/dev/null"),
    Row("close_child_stderr", "close_child_stderr = yes", fact("fds", "2"), "/dev/null"),
    *(
        Row(
            f"{name}_stream.",
            f"{name}_stream.class = FileStream\n{name}_stream.filename = {{folder}}/{name}",
            _own,
            True,
        )
        for name in ("stdout", "stderr")
    ),
)
"""The options that a child can see, each at least once."""

_LIFE, _ORDER = "tests/scenes/test_life.py::", "tests/scenes/test_order.py::"
_WATCHER, _STAGE = "tests/test_watcher.py::", "tests/test_stage.py::"
_TOO_OLD = f"{_WATCHER}test_a_process_that_is_too_old_is_replaced_before_it_is_stopped"
_RETUNE = "tests/test_retune.py::"
_RESTARTS = "tests/scenes/test_restarts.py::"

SHOWN = {
    "rlimits": "tests/test_process.py::test_it_gets_the_limits_that_were_asked_for",
    "numprocesses": f"{_LIFE}test_the_count_follows_incr_decr_and_set",
    "singleton": "tests/test_drive.py::test_a_singleton_is_never_two_even_while_it_is_reloaded",
    "warmup_delay": f"{_ORDER}test_the_warm_up_of_a_watcher_lies_between_its_processes",
    "autostart": f"{_ORDER}test_a_watcher_without_autostart_starts_when_it_is_named",
    "priority": f"{_ORDER}test_at_the_start_of_circusd_the_highest_priority_comes_first",
    "respawn": f"{_WATCHER}test_without_respawn_a_watcher_stops_when_all_have_finished",
    "max_retry": f"{_STAGE}test_launches_that_fail_are_tried_again_until_the_limit",
    "restart": f"{_RESTARTS}test_on_failure_only_a_failure_is_replaced_and_in_its_place",
    "success_exit_codes": f"{_RESTARTS}test_on_failure_only_a_failure_is_replaced_and_in_its_place",
    "fatal_exit_codes": f"{_RESTARTS}"
    "test_a_fatal_code_stops_the_watcher_and_is_told_wherever_one_looks",
    "backoff": f"{_RESTARTS}test_a_backoff_is_as_long_as_it_is_said_and_the_program_comes_back",
    "healthy_after": "tests/sim/test_restarts.py::"
    "test_what_counts_as_a_crash_is_a_life_shorter_than_healthy_after",
    "essential": "tests/scenes/test_endings.py::"
    "test_an_essential_watcher_that_is_made_so_at_run_time_counts",
    "max_age": _TOO_OLD,
    "max_age_variance": _TOO_OLD,
    "on_demand": f"{_STAGE}test_an_on_demand_watcher_starts_at_the_first_connection",
    "stop_signal": "tests/scenes/test_options.py::test_a_child_is_stopped_by_the_signal_of_its_own",
    "stop_command": "tests/test_stopcommand.py::test_a_stop_command_is_run_instead_of_the_signal",
    "contain": "tests/scenes/test_reach.py::test_a_stop_ends_all_that_it_reaches_and_nobody_else",
    "stop_children": f"{_STAGE}test_stop_children_signals_the_children_too_and_announces_each",
    "graceful_timeout": f"{_WATCHER}test_a_stubborn_process_is_killed_when_its_grace_is_over",
    "send_hup": f"{_LIFE}test_send_hup_reloads_without_replacing",
    "hooks.": f"{_WATCHER}test_the_hooks_of_a_whole_life_are_called_in_order",
    "hooks": f"{_WATCHER}test_the_hooks_of_a_whole_life_are_called_in_order",
    "hook_timeout": f"{_WATCHER}test_a_hook_that_overruns_hook_timeout_says_no",
    "stdout_stream": f"{_STAGE}test_a_file_gets_everything_that_was_written_before_a_process_died",
    "stderr_stream": f"{_RETUNE}test_one_option_of_a_stream_is_set_and_the_file_is_another",
}
"""The options that act on a watcher rather than on what a child finds, and the test of each."""
