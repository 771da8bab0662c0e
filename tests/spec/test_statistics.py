import dataclasses

from circus.spec.model import WatcherSpec
from circus.spec.plugins import Home
from circus.spec.statistics import NAME, is_helper, may_have, watcher

HOME = Home("tcp://*:5555", "tcp://127.0.0.1:5556", loglevel="info")


def words(spec):
    return dict(zip(spec.args[2::2], spec.args[3::2], strict=True))


def test_circusd_stats_is_a_singleton_that_has_the_daemons_sockets_and_environment():
    spec = watcher(HOME, "ipc:///stats", close_outputs=False, python="/usr/bin/python 3")
    assert (spec.name, spec.cmd) == (NAME, "'/usr/bin/python 3'")
    assert spec.singleton
    assert spec.use_sockets
    assert spec.copy_env
    assert spec.copy_path
    assert words(spec) == {
        "--endpoint": "tcp://127.0.0.1:5555",
        "--pubsub": "tcp://127.0.0.1:5556",
        "--statspoint": "ipc:///stats",
        "--log-level": "info",
    }


def test_its_outputs_may_be_closed():
    spec = watcher(HOME, "x", close_outputs=True, python="python")
    assert (spec.close_child_stdout, spec.close_child_stderr) == (True, True)
    assert spec.stdout_stream is None


def test_with_debug_it_says_more_and_where_the_daemon_does():
    home = dataclasses.replace(HOME, debug=True, ssh_server="me@there", logoutput="/log")
    spec = watcher(home, "x", close_outputs=False, python="python")
    assert (words(spec)["--log-level"], words(spec)["--ssh"]) == ("DEBUG", "me@there")
    assert words(spec)["--log-output"] == "/log"
    assert spec.stdout_stream.cls == spec.stderr_stream.cls == "StdoutStream"


def test_helpers_are_plugins_and_what_circusd_runs_for_itself():
    stats = watcher(HOME, "x", close_outputs=True, python="python")
    plugin = WatcherSpec("plugin:a", plugin_options={})
    assert is_helper(stats)
    assert is_helper(plugin)
    assert not is_helper(WatcherSpec("circusd-statistics"))


def test_the_sockets_of_the_console_are_for_circusds_helpers_alone():
    console, worker = WatcherSpec("circushttpd"), WatcherSpec("web", use_sockets=True)
    stats = watcher(HOME, "x", close_outputs=True, python="python")
    assert [may_have(one, "circushttpd") for one in (console, worker, stats)] == [True, False, True]
    assert [may_have(one, "www") for one in (console, worker, stats)] == [False, True, True]
