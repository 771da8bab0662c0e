from __future__ import annotations

from dataclasses import fields, replace

import pytest

from circus.core.reload import VOLATILE_ENV, Act, Changes, WatcherChange, changes
from circus.spec.model import DaemonSpec, FleetSpec, HookSpec, StreamSpec, WatcherSpec

WEB = WatcherSpec("web", "serve")

ACTS = {
    "cmd": ("other", Act.RELOAD),
    "plugin_options": ({"x": "1"}, Act.RELOAD),
    "args": ("--x", Act.RELOAD),
    "executable": ("/bin/x", Act.RELOAD),
    "shell": (True, Act.RELOAD),
    "shell_args": ("-e", Act.RELOAD),
    "working_dir": ("/srv", Act.RELOAD),
    "uid": ("nobody", Act.RELOAD),
    "gid": ("nogroup", Act.RELOAD),
    "env": ({"A": "1"}, Act.RELOAD),
    "copy_env": (True, Act.RELOAD),
    "copy_path": (True, Act.RELOAD),
    "virtualenv": ("/venv", Act.RELOAD),
    "virtualenv_py_ver": ("3.11", Act.RELOAD),
    "env_file": ("app.env", Act.RELOAD),
    "groups": (("adm",), Act.RELOAD),
    "umask": (0o77, Act.RELOAD),
    "nice": (5, Act.RELOAD),
    "oom_score_adj": (500, Act.RELOAD),
    "cpu_affinity": ((0,), Act.RELOAD),
    "no_new_privs": (True, Act.RELOAD),
    "listen_fds": (("web",), Act.RELOAD),
    "numprocesses": (4, Act.RESCALE),
    "warmup_delay": (1.5, Act.LIVE),
    "autostart": (False, Act.LIVE),
    "respawn": (False, Act.LIVE),
    "max_retry": (9, Act.LIVE),
    "max_age": (60, Act.RELOAD),
    "max_age_variance": (5, Act.RELOAD),
    "graceful_timeout": (3.0, Act.LIVE),
    "stop_signal": (2, Act.LIVE),
    "stop_children": (True, Act.LIVE),
    "stop_command": ("bye $(circus.pid)", Act.LIVE),
    "contain": ("tree", Act.RELOAD),
    "send_hup": (True, Act.LIVE),
    "priority": (5, Act.LIVE),
    "singleton": (True, Act.LIVE),
    "use_sockets": (True, Act.RELOAD),
    "on_demand": (True, Act.REBUILD),
    "stdin_socket": ("web", Act.RELOAD),
    "close_child_stdin": (False, Act.RELOAD),
    "close_child_stdout": (True, Act.RELOAD),
    "close_child_stderr": (True, Act.RELOAD),
    "stdout_stream": (StreamSpec("StdoutStream"), Act.RELOAD),
    "stderr_stream": (StreamSpec("StdoutStream"), Act.RELOAD),
    "rlimits": ({"nofile": 99}, Act.RELOAD),
    "hooks": ({"before_start": HookSpec("a.b")}, Act.LIVE),
    "hook_timeout": (2.0, Act.LIVE),
    "restart": ("on-failure", Act.LIVE),
    "success_exit_codes": ((0, 75), Act.LIVE),
    "fatal_exit_codes": ((78,), Act.LIVE),
    "backoff": ((2.0, 60.0), Act.LIVE),
    "healthy_after": (10.0, Act.LIVE),
    "essential": (True, Act.LIVE),
    "freeform": ({"mine": "1"}, Act.LIVE),
}
"""A field of a watcher → another value, and what is done when that alone differs."""


def fleet(*watchers, **daemon):
    return FleetSpec(DaemonSpec(**daemon), tuple(watchers))


def change(new, old=WEB):
    (found,) = changes(fleet(old), fleet(new)).watchers
    return found


def test_every_field_of_a_watcher_is_in_the_table_but_its_name():
    assert set(ACTS) == {field.name for field in fields(WatcherSpec)} - {"name"}


@pytest.mark.parametrize("field", ACTS)
def test_a_field_that_differs_names_what_is_done(field):
    value, act = ACTS[field]
    new = replace(WEB, **{field: value})
    assert change(new) == WatcherChange("web", act, (field,), new)
    assert change(WEB, old=new) == WatcherChange("web", act, (field,), WEB)


def test_another_stream_is_applied_live_unless_the_process_writes_the_file_itself():
    old, new, itself = (
        replace(WEB, stdout_stream=StreamSpec("FileStream", {"filename": "x", **more}))
        for more in ({}, {"on_full": "drop"}, {"direct": "yes"})
    )
    assert change(new, old).act is Act.LIVE
    assert change(itself, old).act is Act.RELOAD
    assert change(old, itself).act is Act.RELOAD


@pytest.mark.parametrize(
    ("differing", "act"),
    [
        ("numprocesses graceful_timeout", Act.LIVE),
        ("numprocesses cmd", Act.RELOAD),
        ("graceful_timeout cmd", Act.RELOAD),
        ("graceful_timeout cmd on_demand", Act.REBUILD),
        ("numprocesses on_demand", Act.REBUILD),
    ],
)
def test_of_several_fields_the_strongest_decides(differing, act):
    found = change(replace(WEB, **{name: ACTS[name][0] for name in differing.split()}))
    assert found.act is act
    assert set(found.fields) == set(differing.split())


def test_the_same_configuration_changes_nothing():
    found = changes(fleet(WEB), fleet(replace(WEB)))
    assert found == Changes((WatcherChange("web", Act.KEEP, (), WEB),))


def test_two_empty_configurations_are_the_same():
    assert changes(FleetSpec(), FleetSpec()) == Changes(())


def test_a_new_watcher_is_added_and_a_missing_one_removed():
    found = changes(fleet(WEB), fleet(WatcherSpec("api", "run")))
    assert found.watchers == (
        WatcherChange("api", Act.ADD, (), WatcherSpec("api", "run")),
        WatcherChange("web", Act.REMOVE),
    )


def test_watchers_come_sorted_by_name_whatever_is_done_to_them():
    old = fleet(*(WatcherSpec(name, "x") for name in ("z", "b", "m")))
    new = fleet(*(WatcherSpec(name, "y") for name in ("m", "a", "z")))
    assert [one.name for one in changes(old, new).watchers] == ["a", "b", "m", "z"]


def test_a_name_in_another_case_is_another_watcher():
    found = changes(fleet(WEB), fleet(replace(WEB, name="Web")))
    assert [one.act for one in found.watchers] == [Act.ADD, Act.REMOVE]


# --- env ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(VOLATILE_ENV))
def test_what_a_terminal_changes_from_login_to_login_is_no_reason(name):
    here = replace(WEB, env={"A": "1", name: "x"})
    for env in ({"A": "1", name: "y"}, {"A": "1"}):
        assert change(replace(WEB, env=env), old=here).act is Act.KEEP


def test_a_real_change_beside_a_volatile_one_is_a_reason():
    here = replace(WEB, env={"A": "1", "PS1": "x"})
    assert change(replace(WEB, env={"A": "2", "PS1": "y"}), old=here).fields == ("env",)


# --- daemon ---------------------------------------------------------------------------------------


def test_the_options_of_the_daemon_that_differ_are_named_and_watchers_are_left_alone():
    found = changes(fleet(WEB), fleet(WEB, check_delay=1.0, endpoint="ipc://x"))
    assert found.daemon == ("endpoint", "check_delay")
    assert [one.act for one in found.watchers] == [Act.KEEP]
