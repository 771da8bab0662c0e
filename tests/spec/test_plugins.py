from __future__ import annotations

import pytest

from circus.spec.assemble import assemble
from circus.spec.ini import parse
from circus.spec.model import DaemonSpec, StreamSpec
from circus.spec.plugins import Home, active, hosted, plugin_spec, reachable, watcher_of

HOME = Home("tcp://127.0.0.1:1", "tcp://127.0.0.1:2", 0.5)
FLAPPING = "circus.plugins.flapping.Flapping"


def assembled(text, **more):
    entries, wrong = parse(text, "f.ini")
    assert wrong == []
    return assemble(entries, {"HOME": "/h"}, **more)


def plugin(text, **more):
    found = assembled(f"[plugin:p]\n{text}\n", **more)
    assert found.findings == ()
    return found.fleet.plugins[0]


def findings(text):
    return [str(each) for each in assembled(f"[plugin:p]\n{text}\n").findings]


def test_a_plugin_gets_every_option_of_its_section_as_text():
    found = plugin("use = a.B\nx = 1\ny = $(circus.env.HOME)\nmax_age = 60\nactive = yes")
    assert found.options == {"x": "1", "y": "/h", "max_age": "60", "active": "yes"}
    told = watcher_of(found, HOME, "python").plugin_options
    assert told == {**found.options, "name": "plugin:p"}


def test_its_watcher_takes_the_options_that_it_knows_as_values():
    spec = plugin("use = a.B\nmax_age = 60\nstop_signal = QUIT\nrlimit_nofile = 100\nx = 1").watcher
    assert (spec.max_age, spec.stop_signal, spec.rlimits) == (60, 3, {"nofile": 100})
    assert spec.freeform == {}


def test_its_watcher_leaves_alone_what_the_plugin_declares_as_its_own():
    assert plugin(f"use = {FLAPPING}\nmax_retry = 9\nretry_in = 1").watcher.max_retry == 5
    theirs = plugin("use = a.B\nmax_retry = 9", declared=lambda use: {"max_retry"})
    assert theirs.watcher.max_retry == 5
    assert theirs.options == {"max_retry": "9"}


def test_what_is_run_is_not_for_the_section_to_say():
    spec = plugin("use = a.B\ncmd = rm\nargs = -r\nshell = maybe\nstdin_socket = s").watcher
    assert (spec.cmd, spec.args, spec.shell, spec.stdin_socket) == (
        "circus-plugin",
        "",
        False,
        None,
    )


def test_a_plugin_is_one_process_with_the_environment_of_circusd_and_starts_first():
    spec = plugin("use = a.B").watcher
    assert (spec.singleton, spec.copy_env, spec.copy_path, spec.priority) == (True, True, True, 1)
    assert (spec.close_child_stdout, spec.close_child_stderr) == (True, False)
    own = plugin("use = a.B\ncopy_env = no\npriority = 7\nsingleton = no\nnumprocesses = 2").watcher
    assert (own.singleton, own.copy_env, own.copy_path, own.priority) == (False, False, False, 7)


def test_its_output_can_go_to_a_stream():
    spec = plugin("use = a.B\nstdout_stream.class = my.S\nstdout_stream.x = 1").watcher
    assert spec.stdout_stream == StreamSpec("my.S", {"x": "1"})
    assert not spec.close_child_stdout


def test_with_debug_its_output_is_circusds_unless_its_section_says_otherwise():
    debug = Home(debug=True, loglevel="info")
    spec = watcher_of(plugin("use = a.B"), debug, "python")
    assert spec.stdout_stream == spec.stderr_stream == StreamSpec("StdoutStream")
    assert not spec.close_child_stdout
    assert spec.args[-3:] == ("--log-level", "DEBUG", "a.B")
    closed = plugin("use = a.B\nclose_child_stdout = yes\nclose_child_stderr = yes")
    spec = watcher_of(closed, debug, "python")
    assert (spec.stdout_stream, spec.stderr_stream) == (None, None)


def test_the_command_line_says_where_the_daemon_is_and_no_option_of_the_section():
    home = Home("tcp://*:1", "ipc:///p", 0.25, "error", "/log file", ssh_server="me@there")
    spec = watcher_of(plugin("use = a.B\npassword = secret"), home, "/my python")
    assert spec.cmd == "'/my python'"
    assert spec.args == (
        *("-m", "circus.plugins", "--endpoint", "tcp://127.0.0.1:1", "--pubsub", "ipc:///p"),
        *("--check-delay", "0.25", "--ssh", "me@there", "--config", "-"),
        *("--log-level", "error", "--log-output", "/log file", "a.B"),
    )
    assert "secret" not in repr(spec)


def test_an_endpoint_on_all_interfaces_is_reached_on_this_machine():
    assert reachable("tcp://*:5555") == "tcp://127.0.0.1:5555"
    assert reachable("ipc:///a*") == "ipc:///a*"
    assert reachable(None) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("use = a.B\npriority = x", "3: [plugin:p] priority: found 'x', expected a whole number"),
        ("use = a.B\nuid =\nmax_age = x", "4: [plugin:p] max_age: found 'x', expected a whole"),
        ("use = a.B\nstdout_stream.x = 1", "3: [plugin:p] stdout_stream.x: there is neither"),
        (f"use = {FLAPPING}\nwindow = x", "3: [plugin:p] window: found 'x', expected a number of"),
        (
            f"use = {FLAPPING}\nwindows = 1",
            (
                "3: warning: [plugin:p] windows: is not a known option and is ignored;"
                " did you mean 'window'?"
            ),
        ),
    ],
)
def test_a_mistake_in_the_section_has_its_place(text, expected):
    [found] = findings(text)
    assert found.startswith(f"f.ini:{expected}")


def test_options_of_plugins_of_somebody_else_are_nobodys_business():
    assert findings("use = a.B\nwindows = x") == []


def test_active_plugins_become_watchers_among_the_others():
    fleet = assembled(
        "[watcher:w]\ncmd = x\n[plugin:a]\nuse = a.B\n[plugin:off]\nuse = a.B\nactive = no\n"
    ).fleet
    both = hosted(fleet, HOME, "python")
    assert [spec.name for spec in both.watchers] == ["plugin:a", "w"]
    assert both.plugins == ()
    assert hosted(both, HOME, "python") == both


def test_a_program_gives_a_plugin_as_a_mapping():
    spec = plugin_spec({"use": "a.B", "x": 1, "max_age": 60, "singleton": False}, lambda use: ())
    assert (spec.name, spec.use, spec.priority) == ("a.B", "a.B", 1)
    assert spec.options == {"x": "1", "max_age": "60", "singleton": "False"}
    assert (spec.watcher.max_age, spec.watcher.singleton) == (60, False)
    named = plugin_spec({"use": "a.B", "name": "plugin:x", "priority": "3"}, lambda use: ())
    assert (named.name, named.priority) == ("plugin:x", 3)
    assert active(named)


@pytest.mark.parametrize("section", [{}, {"use": ""}, {"use": "a.B", "max_age": "x"}])
def test_a_mapping_that_makes_no_plugin_is_refused(section):
    with pytest.raises(ValueError, match=r"'use' is missing|expected a whole number"):
        plugin_spec(section, lambda use: ())


def test_a_home_is_that_of_a_daemon_without_options():
    daemon = DaemonSpec()
    assert Home() == Home(daemon.endpoint, daemon.pubsub_endpoint, daemon.check_delay)
