from __future__ import annotations

import json

import pytest

from circus.spec.model import HookSpec, StreamSpec, WatcherSpec
from circus.spec.show import shown, unset


def test_a_stream_is_shown_with_its_class():
    spec = WatcherSpec("w", stdout_stream=StreamSpec("FileStream", {"filename": "x"}))
    options = dict(shown(spec))
    assert options["stdout_stream_conf"] == {"class": "FileStream", "filename": "x"}
    assert options["stderr_stream_conf"] == {}


def test_freeform_options_are_shown_among_the_others_by_name():
    names = [name for name, _ in shown(WatcherSpec("w", freeform={"flapping.x": "1"}))]
    assert "flapping.x" in names
    assert names == sorted(names)
    assert "__name__" not in names


def test_all_that_is_shown_can_travel_as_json():
    spec = WatcherSpec("w", "sleep", args=("a", "b"), env={"A": "1"}, uid="root")
    assert json.loads(json.dumps(dict(shown(spec))))["args"] == ["a", "b"]


def test_what_circus_did_not_show_is_shown_where_it_is_set():
    usual = dict(shown(WatcherSpec("w")))
    more = {
        "umask": 0o22,
        "cpu_affinity": (0, 1, 2, 5),
        "listen_fds": ("a", "b"),
        "rlimits": {"core": None},
        "hooks": {"before_start": HookSpec("a.b", ignore=True)},
    }
    assert not {*more, "stdout_stream", "retry_in"} & {*usual}
    found = dict(shown(WatcherSpec("w", **more)))
    assert json.loads(json.dumps({key: found[key] for key in found.keys() - usual.keys()})) == {
        "umask": "022",
        "cpu_affinity": "0-2,5",
        "listen_fds": ["a", "b"],
        "rlimits": {"core": None},
        "hooks": {"before_start": "a.b, True"},
    }


def test_what_is_not_shown_has_its_default():
    assert (unset("umask"), unset("no_new_privs"), unset("autostart")) == (None, False, True)


@pytest.mark.parametrize("key", ["nope", "flapping.x", "cmd", "rlimit_core", "hooks.x", "retry_in"])
def test_what_is_always_shown_or_no_option_by_itself_has_none(key):
    with pytest.raises(KeyError):
        unset(key)
