from __future__ import annotations

import json
import os
import socket
import subprocess
import sys

import pytest

import circus
from circus import circusctl, commands
from circus.exc import StartError
from tests.helpers.desk import PATIENCE, served
from tests.helpers.fleet import FakeFleet, FakeWatcher
from tests.helpers.source import ROOT
from tests.helpers.terminal import at_terminal


@pytest.fixture
def endpoint(tmp_path):
    return f"ipc://{tmp_path}/ctl"


@pytest.fixture
def fleet(endpoint, monkeypatch):
    """A fleet behind the endpoint that the environment names."""
    fleet = FakeFleet(
        FakeWatcher("Web", 1, 2),
        FakeWatcher("bad", state="stopped", reason="cannot exec 'x': No such file or directory"),
    )
    monkeypatch.setenv("CIRCUSCTL_ENDPOINT", endpoint)
    with served(fleet, endpoint):
        yield fleet


@pytest.fixture
def ctl(capsys, monkeypatch):
    """Run a line; return its exit code, stdout and stderr."""
    monkeypatch.setattr(sys, "argv", ["/some/where/circusctl"])

    def run(*line):
        code = circusctl.main(line)
        out, err = capsys.readouterr()
        return code, out, err

    return run


def test_a_good_answer_goes_to_stdout(fleet, ctl):
    assert ctl("list") == (0, "bad,web\n", "")
    assert ctl("incr", "web", "2", "--waiting") == (0, "4\n", "")
    assert ctl("stop") == (0, "ok\n", "")
    assert fleet.asked == [("incr", "Web", 2), ("stop_group", None)]


def test_status_says_why_a_watcher_gave_up(fleet, ctl):
    why = "stopped (cannot exec 'x': No such file or directory)"
    assert ctl("status") == (0, f"Web: active\nbad: {why}\n", "")
    assert ctl("status", "bad") == (0, f"{why}\n", "")
    assert ctl("status", "web") == (0, "active\n", "")


def test_an_error_goes_to_stderr_and_ends_with_three(fleet, ctl):
    assert ctl("status", "nope") == (3, "", "error: program nope not found\n")
    fleet.results["start"] = StartError("cannot exec 'x': No such file or directory")
    code, _, err = ctl("start", "web", "--waiting")
    assert (code, err) == (3, "error: cannot exec 'x': No such file or directory\n")


def test_json_is_the_raw_answer_on_one_line_and_an_error_still_ends_with_three(fleet, ctl):
    code, out, _ = ctl("--json", "list")
    assert (code, out.count("\n"), json.loads(out)["watchers"]) == (0, 1, ["bad", "web"])
    code, out, err = ctl("--json", "list", "nope")
    assert (code, json.loads(out)["errno"], err) == (3, 3, "")


def test_the_endpoint_on_the_line_wins_over_the_environment(fleet, ctl, endpoint, monkeypatch):
    monkeypatch.setenv("CIRCUSCTL_ENDPOINT", "ipc:///nowhere")
    assert ctl("--endpoint", endpoint, "numwatchers") == (0, "2\n", "")
    assert ctl(f"--endpoint={endpoint}", "numwatchers") == (0, "2\n", "")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (("incr",), "Invalid number of arguments\n"),
        (("status", "a", "b"), "message invalid\n"),
        (("set", "web", "nope", "1"), "unknown key 'nope'\n"),
    ],
)
def test_bad_arguments_end_with_one_and_a_message_only(ctl, line, message):
    assert ctl(*line) == (1, "", message)


def test_a_bad_option_before_the_verb_is_an_error_of_usage(ctl):
    code, out, err = ctl("--timeout", "soon", "status")
    assert (code, out) == (2, "")
    assert err.endswith("error: cannot read 'soon': it isn't a number of seconds\n")


@pytest.mark.parametrize(
    ("line", "word"),
    [
        (("foo",), "foo"),
        (("-h",), "-h"),
        (("--help", "foo"), "foo"),
        (("--nope", "status"), "--nope"),
        (("status", "--json"), "--json"),
    ],
)
def test_an_error_of_usage_ends_with_two(ctl, line, word):
    code, out, err = ctl(*line)
    assert (code, out) == (2, "")
    assert err == (
        "usage: circusctl [options] command [args]\n"
        f"circusctl: error: unrecognized arguments: {word}\n"
    )


def test_nobody_at_the_endpoint_is_told_with_why_and_what_to_do(ctl, endpoint):
    code, out, err = ctl("--endpoint", endpoint, "--timeout", "0.05", "status")
    assert (code, out) == (1, "")
    assert err.startswith("Timed out.\n")
    assert f"could not be reached at {endpoint}: No such file or directory." in err
    assert "Make sure that circusd runs" in err


def test_a_refused_port_is_told(ctl):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        endpoint = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
    code, _, err = ctl("--endpoint", endpoint, "--timeout", "0.05", "status")
    assert code == 1
    assert f"could not be reached at {endpoint}: Connection refused." in err


def test_somebody_who_does_not_answer_is_told(ctl):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        endpoint = f"tcp://127.0.0.1:{mute.getsockname()[1]}"
        code, _, err = ctl("--endpoint", endpoint, "--timeout", "0.05", "status")
    assert code == 1
    assert f"Somebody listens at {endpoint}, but has not answered within 0.05 seconds." in err


@pytest.mark.parametrize("endpoint", ["nonsense", "tcp://", "tcp://nowhere.invalid:x", "ipc://"])
def test_an_endpoint_that_makes_no_sense_is_told(ctl, endpoint):
    code, _, err = ctl("--endpoint", endpoint, "--timeout", "0.05", "status")
    assert code == 1
    assert endpoint in err


def test_version(ctl):
    assert ctl("--version") == (0, f"circusctl {circus.__version__}\n", "")


def test_help_lists_the_commands_and_the_options(ctl):
    code, out, _ = ctl("--help")
    lines = out.splitlines()
    assert code == 0
    assert lines[0] == "usage: circusctl [options] command [args]"
    assert (lines[2], lines[4]) == ("Controls a Circus daemon", "Commands:")
    assert lines[5] == "  add                   Add a watcher"
    assert "options:" in lines
    assert "  --endpoint ENDPOINT   connection endpoint, or CIRCUSCTL_ENDPOINT" in lines
    assert all(f"  {verb} " in out for verb in commands.FILES)


def test_json_is_prettified_when_it_is_wanted(fleet, ctl):
    code, out, _ = ctl("--json", "--prettify", "list")
    assert (code, json.loads(out)["watchers"]) == (0, ["bad", "web"])
    assert out.startswith('{\n  "id": ')
    assert ctl("--prettify", "list")[1] == "bad,web\n"


@pytest.mark.parametrize(
    ("line", "place", "words"),
    [
        ("circusctl st", "1", "start stats status stop\n"),
        ("circusctl zz", "1", "\n"),
        ("circusctl status w", "2", ""),
    ],
)
def test_the_completion_script_of_circus_is_answered(ctl, monkeypatch, line, place, words):
    monkeypatch.setenv("AUTO_COMPLETE", "1")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", place)
    assert ctl() == (1, words, "")


def test_the_first_word_may_become_any_verb(ctl, monkeypatch):
    monkeypatch.setenv("AUTO_COMPLETE", "1")
    monkeypatch.setenv("COMP_WORDS", "circusctl")
    monkeypatch.setenv("COMP_CWORD", "1")
    assert ctl()[1].split() == sorted(commands.FILES)


def test_the_completion_of_a_shell_is_printed(ctl):
    code, out, _ = ctl("--completion", "bash")
    assert (code, out.splitlines()[-1]) == (0, "complete -F _circusctl circusctl")
    assert ctl("--completion", "csh")[0] == 2


def test_what_completes_a_line_is_printed_for_the_scripts(fleet, ctl, tmp_path):
    assert ctl("--complete", "circusctl numw") == (
        0,
        "numwatchers\tGet the number of watchers\n",
        "",
    )
    assert ctl("--complete", "circusctl stop w") == (0, "Web\n", "")
    assert ctl("--complete", f"circusctl --endpoint ipc://{tmp_path}/no stop ") == (0, "", "")
    assert ctl("--complete", "circusctl --ssh x --endpoint ipc:///x stop ")[1] == ""
    assert ctl("--complete") == (0, ctl("--complete", "circusctl ")[1], "")


def test_an_answer_at_a_terminal_is_a_table_and_progress_is_shown(fleet, endpoint):
    fleet.hold = True
    line = [sys.executable, "-m", "circus.circusctl", "stop", "web", "--waiting"]
    env = {"CIRCUSCTL_ENDPOINT": endpoint, "PYTHONPATH": str(ROOT)}
    with at_terminal(*line, **env) as terminal:
        terminal.until("web: 2 of 2 up")
        future = fleet.held["stop"]
        future.get_loop().call_soon_threadsafe(future.set_result, None)
        terminal.until("ok")
        assert terminal.ended() == 0
    with at_terminal(*line[:3], "status", **env) as terminal:
        terminal.until(
            "WATCHER  STATE    UP   REASON\nWeb      active   2/2\nbad      stopped  0/0  "
        )
    with at_terminal(*line[:3], "--json", "status", **env) as terminal:
        terminal.until('{"status": "ok"')


def test_help_with_a_command_is_its_long_documentation(ctl):
    code, out, _ = ctl("--help", "add")
    assert (code, out.splitlines()[0]) == (0, "Add a watcher")


def test_help_behind_a_command_is_its_short_help_whatever_else_is_wrong(ctl):
    code, out, _ = ctl("incr", "--help")
    assert code == 0
    assert out.startswith("usage: circusctl [options] incr <name> [<nb>] [--waiting]\n")


def shell(line, **more):
    return subprocess.run(
        [sys.executable, "-m", "circus.circusctl", *line],
        timeout=PATIENCE,
        check=False,
        capture_output=True,
        text=True,
        **more,
    )


def test_it_runs_as_a_module(fleet):
    done = shell(["status", "web"])
    assert (done.returncode, done.stdout, done.stderr) == (0, "active\n", "")
    done = shell(["foo"])
    assert done.stderr.endswith("circusctl.py: error: unrecognized arguments: foo\n")


def test_a_name_that_the_terminal_cannot_show_is_no_trouble(fleet):
    ascii_only = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = shell(["status", "caf\u00e9"], env=ascii_only)
    assert (done.returncode, done.stderr) == (3, "error: program caf\\xe9 not found\n")


def test_a_reader_that_has_gone_is_no_traceback(fleet):
    reader, writer = os.pipe()
    os.close(reader)
    line = [sys.executable, "-m", "circus.circusctl", "list"]
    done = subprocess.run(line, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")


def test_it_imports_only_what_a_verb_needs():
    code = (
        "import sys; from circus import circusctl;"
        "circusctl.main(['--endpoint', 'nonsense', 'status']);"
        "late = {'asyncio', 'tornado', 'argparse', 'dataclasses', 'logging.handlers',"
        " 'circus.spec.build', 'circus.commands.set', 'circus.commands.base', 'circus.cli.table',"
        " 'circus.tunnel', 'socket', 'inspect'} & set(sys.modules);"
        "assert not late, late"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stderr=subprocess.DEVNULL)
