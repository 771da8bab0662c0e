from __future__ import annotations

import pytest

from circus.spec.model import StreamSpec, WatcherSpec
from circus.spec.outlet import conflicts, direct, drops, needs_respawn, of_class, way


def file(**options):
    return StreamSpec("FileStream", {"filename": "x", **options})


MINE = StreamSpec("my.FileStream", {"filename": "x", "direct": "True", "on_full": "drop"})


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({}, "inherited"),
        ({"stdout_stream": file()}, "carried"),
        ({"stdout_stream": file(direct="no")}, "carried"),
        ({"stdout_stream": file(direct="yes")}, "direct"),
        ({"stdout_stream": file(direct=True)}, "direct"),
        ({"stdout_stream": StreamSpec("circus.stream.FileStream", {"direct": "1"})}, "direct"),
        ({"stdout_stream": MINE}, "carried"),
        ({"stdout_stream": StreamSpec("", {}, print)}, "carried"),
        ({"stdout_stream": file(), "close_child_stdout": True}, "closed"),
        ({"stderr_stream": file(), "close_child_stderr": True}, "inherited"),
    ],
)
def test_the_way_of_an_output(options, found):
    assert way(WatcherSpec("web", **options), "stdout") == found


def test_a_class_gets_its_own_options_only():
    assert of_class(file(direct="yes", on_full="drop", mode="600")) == {
        "filename": "x",
        "mode": "600",
    }
    assert of_class(MINE) == {"filename": "x", "direct": "True"}


def test_what_drops():
    assert drops(file(on_full="DROP"))
    assert drops(MINE)
    assert not drops(file(on_full="block"))
    assert not drops(file())


@pytest.mark.parametrize(
    ("old", "new", "needed"),
    [
        (None, None, False),
        (file(), file(), False),
        (file(), file(on_full="drop"), False),
        (None, file(), True),
        (file(), None, True),
        (file(), file(direct="yes"), True),
        (file(direct="yes"), file(), True),
        (file(direct="yes"), file(direct="yes"), False),
        (file(direct="yes"), StreamSpec("FileStream", {"filename": "y", "direct": "1"}), True),
    ],
)
def test_only_new_processes_can_take_what_the_old_ones_have_no_pipe_to(old, new, needed):
    assert needs_respawn(old, new) is needed


@pytest.mark.parametrize(
    ("stream", "option", "sentence"),
    [
        (file(on_full="perhaps"), "on_full", "found 'perhaps', expected one of block drop"),
        (MINE, None, ""),
        (file(direct="perhaps"), "direct", "found 'perhaps', expected yes or no"),
        (file(direct="yes", on_full="drop"), "on_full", "cannot be used with direct: the child"),
        (file(direct="yes", on_full="block"), "on_full", "cannot be used with direct: the child"),
        (file(direct="yes", max_bytes=5), "max_bytes", "cannot be used with direct: the child"),
        (StreamSpec("FileStream", {"direct": "yes"}), "direct", "cannot be without a filename"),
        (file(direct="yes"), None, ""),
        (StreamSpec("", {"on_full": 3}, print), "on_full", "found 3, expected one of block drop"),
    ],
)
@pytest.mark.parametrize("name", ["stdout_stream", "stderr_stream"])
def test_what_cannot_be_together_is_said(name, stream, option, sentence):
    found = list(conflicts(WatcherSpec("web", **{name: stream})))
    if option is None:
        assert found == []
    else:
        ((where, text),) = found
        assert where == f"{name}.{option}"
        assert text.startswith(sentence)


def test_a_stream_that_is_direct_in_part_is_not():
    assert not direct(file(direct="perhaps"))
