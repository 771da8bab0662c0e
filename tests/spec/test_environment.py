from __future__ import annotations

import os

import pytest

from circus.spec.environment import Virtualenv, carried, child_env, underlay
from circus.spec.model import WatcherSpec


def environment(file=None, virtualenv=None, **options):
    """Return the environment of a watcher under a circusd with a small one of its own."""
    spec = WatcherSpec("w", "foo", **options)
    environ = {"HOME": "/root", "A": "0", "PATH": "/bin", "LISTEN_FDS": "1", "LISTEN_PID": "1"}
    environ |= {"NOTIFY_SOCKET": "/run/systemd/notify", "WATCHDOG_USEC": "1", "WATCHDOG_PID": "1"}
    return child_env(spec, underlay(spec, environ, ["/a", "/b"]), file or {}, virtualenv)


OWN = {"HOME": "/root", "A": "0", "PATH": "/bin"}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {}),
        ({"env": {"A": "1"}}, {"A": "1"}),
        ({"copy_env": True}, OWN),
        ({"copy_env": True, "env": {"A": "1"}}, {**OWN, "A": "1"}),
        ({"copy_env": True, "copy_path": True}, {**OWN, "PYTHONPATH": "/a:/b"}),
        (
            {"copy_env": True, "copy_path": True, "env": {"PYTHONPATH": "/c"}},
            {**OWN, "PYTHONPATH": "/c"},
        ),
        ({"file": {"A": "2", "B": "2"}}, {"A": "2", "B": "2"}),
        ({"file": {"A": "2", "B": "2"}, "env": {"B": "3"}}, {"A": "2", "B": "3"}),
        ({"file": {"A": "2"}, "copy_env": True}, {**OWN, "A": "2"}),
        (
            {"file": {"PYTHONPATH": "/f"}, "copy_env": True, "copy_path": True},
            {**OWN, "PYTHONPATH": "/f"},
        ),
        ({"env": {"LISTEN_FDS": "2"}, "copy_env": True}, {**OWN, "LISTEN_FDS": "2"}),
    ],
)
def test_the_layers_lie_in_their_order_and_without_any_it_is_empty(options, expected):
    assert environment(**options) == expected


@pytest.mark.parametrize(
    ("virtualenv", "env", "path", "pythonpath"),
    [
        (Virtualenv("/v/bin", "/v/lib"), {}, "/v/bin:/bin", "/v/lib"),
        (Virtualenv(None, "/v/lib"), {}, "/bin", "/v/lib"),
        (Virtualenv("/v/bin", "/v/lib"), {"PATH": ""}, f"/v/bin:{os.defpath}", "/v/lib"),
        (Virtualenv("/v/bin", "/v/lib"), {"PATH": "/x"}, "/v/bin:/x", "/v/lib"),
        (Virtualenv(None, "/v/lib", ("/l", "/m")), {}, "/bin", "/l:/m:/v/lib"),
        (
            Virtualenv(None, "/v/lib", ("/l",)),
            {"PYTHONPATH": "/x:/y"},
            "/bin",
            "/l:/x:/y:/v/lib",
        ),
    ],
)
def test_a_virtualenv_adds_to_the_paths_whoever_set_them(virtualenv, env, path, pythonpath):
    found = environment(virtualenv=virtualenv, copy_env=True, env=env)
    assert (found["PATH"], found["PYTHONPATH"]) == (path, pythonpath)
    found = environment(file=env, virtualenv=virtualenv, copy_env=True)
    assert (found["PATH"], found["PYTHONPATH"]) == (path, pythonpath)


def test_the_environment_of_a_child_is_its_own():
    spec = WatcherSpec("w", env={"A": "1"})
    child_env(spec, {}, {})["A"] = "2"
    assert spec.env == {"A": "1"}


@pytest.mark.parametrize(
    ("made", "now", "onto", "expected"),
    [
        ({}, {}, {"B": "1"}, {"B": "1"}),
        ({"A": "1"}, {"A": "1"}, {"A": "2", "B": "2"}, {"A": "2", "B": "2"}),
        ({"A": "1"}, {"A": "3"}, {"A": "2"}, {"A": "3"}),
        ({"A": "1"}, {"A": "1", "C": "3"}, {"A": "2"}, {"A": "2", "C": "3"}),
        ({"A": "1"}, {}, {"A": "2", "B": "2"}, {"B": "2"}),
        ({"A": "1"}, {"A": "1"}, {}, {}),
    ],
)
def test_what_was_changed_in_one_environment_is_changed_in_another(made, now, onto, expected):
    assert carried(made, now, onto) == expected
