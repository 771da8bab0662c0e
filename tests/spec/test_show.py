from __future__ import annotations

import json

from circus.spec.model import StreamSpec, WatcherSpec
from circus.spec.show import shown


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
