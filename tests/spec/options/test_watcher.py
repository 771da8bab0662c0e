from __future__ import annotations

import dataclasses

import pytest

from circus.spec.model import DaemonSpec, PluginSpec, SocketSpec, WatcherSpec
from circus.spec.options.circus import CIRCUS
from circus.spec.options.plugin import PLUGIN
from circus.spec.options.row import Live
from circus.spec.options.socket import SOCKET
from circus.spec.options.watcher import WATCHER

NOT_OPTIONS = {"name", "freeform", "options", "plugin_options", "watcher"}


@pytest.mark.parametrize(
    ("table", "spec"),
    [(WATCHER, WatcherSpec), (CIRCUS, DaemonSpec), (SOCKET, SocketSpec), (PLUGIN, PluginSpec)],
)
def test_every_field_of_a_spec_has_a_row_and_every_row_a_field(table, spec):
    fields = {field.name for field in dataclasses.fields(spec)}
    rows = {row.attribute for row in table if row.attribute}
    assert fields - NOT_OPTIONS == rows


WIRE_OF_CIRCUS = [
    "numprocesses",
    "warmup_delay",
    "working_dir",
    "uid",
    "gid",
    "send_hup",
    "stop_signal",
    "stop_children",
    "shell",
    "env",
    "cmd",
    "args",
    "copy_env",
    "retry_in",
    "max_retry",
    "graceful_timeout",
    "stdout_stream",
    "stderr_stream",
    "max_age",
    "max_age_variance",
    "respawn",
    "singleton",
    "hooks",
    "close_child_stdin",
    "close_child_stdout",
    "close_child_stderr",
    "stdout_stream.x",
    "stderr_stream.x",
    "hooks.after_stop",
    "rlimit_core",
]
WIRE_OF_OURS = [
    "priority",
    "use_sockets",
    "executable",
    "autostart",
    "on_demand",
    "virtualenv",
    "stdin_socket",
    "copy_path",
    "shell_args",
]


@pytest.mark.parametrize("key", [*WIRE_OF_CIRCUS, *WIRE_OF_OURS])
def test_the_wire_knows_what_circus_knew_and_the_rest_of_the_options(key):
    assert WATCHER.find(key).wire


def test_the_options_that_are_shown_are_those_of_circus():
    shown = [
        "numprocesses",
        "warmup_delay",
        "working_dir",
        "uid",
        "gid",
        "send_hup",
        "stop_signal",
        "stop_children",
        "shell",
        "shell_args",
        "env",
        "max_retry",
        "cmd",
        "args",
        "respawn",
        "graceful_timeout",
        "executable",
        "use_sockets",
        "priority",
        "copy_env",
        "singleton",
        "stdout_stream_conf",
        "on_demand",
        "stderr_stream_conf",
        "max_age",
        "max_age_variance",
        "close_child_stdin",
        "close_child_stdout",
        "close_child_stderr",
    ]
    assert {row.shown_as or row.name for row in WATCHER if row.listed} == set(shown)


@pytest.mark.parametrize(
    ("live", "keys"),
    [
        (
            Live.AT_ONCE,
            (
                "numprocesses warmup_delay send_hup stop_signal stop_children graceful_timeout"
                " hooks hooks.after_stop max_retry respawn singleton stdout_stream stderr_stream.x"
                " restart success_exit_codes fatal_exit_codes backoff healthy_after"
            ),
        ),
        (
            Live.RESPAWN,
            (
                "working_dir uid gid shell env cmd args max_age max_age_variance copy_env"
                " close_child_stdin close_child_stdout close_child_stderr rlimit_core"
            ),
        ),
        (Live.NEVER, "retry_in on_demand"),
    ],
)
def test_set_has_the_effect_that_the_table_says(live, keys):
    assert {WATCHER.find(key).live for key in keys.split()} == {live}
