from __future__ import annotations

import os

import pytest

from circus.output import Channel, Direct
from circus.output.outlets import Ends, make, swap
from circus.output.pending import Pending
from circus.spec.launch import INHERIT
from circus.spec.model import StreamSpec, WatcherSpec
from tests.helpers.writing import Sink, play


def outlet(stream, **more):
    return make(WatcherSpec("web", stdout_stream=stream, **more), "stdout")


def test_an_output_without_a_stream_has_no_outlet():
    assert outlet(None) is None


def test_a_stream_makes_a_channel(tmp_path):
    made = outlet(StreamSpec("FileStream", {"filename": str(tmp_path / "x")}))
    assert isinstance(made, Channel)
    assert not made.drops
    made.leave()


def test_the_options_of_the_way_are_not_given_to_the_class(tmp_path):
    options = {"filename": str(tmp_path / "x"), "on_full": "Drop", "direct": "no"}
    made = outlet(StreamSpec("FileStream", options))
    assert made.drops
    made.leave()


def test_a_stream_object_may_say_how_full_is_met():
    sink = Sink()
    made = outlet(StreamSpec("", {"on_full": "drop"}, sink))
    assert made.stream is sink
    assert made.drops


@pytest.mark.parametrize("value", ["True", "yes", True, 1])
def test_direct_makes_no_stream(tmp_path, value):
    options = {"filename": str(tmp_path / "x"), "direct": value}
    made = outlet(StreamSpec("FileStream", options))
    assert isinstance(made, Direct)
    assert not (tmp_path / "x").exists()


def test_what_cannot_be_opened_is_an_error_or_is_tried_later(tmp_path):
    spec = WatcherSpec(
        "web", stdout_stream=StreamSpec("FileStream", {"filename": str(tmp_path / "no" / "x")})
    )
    with pytest.raises(FileNotFoundError):
        make(spec, "stdout")
    assert isinstance(make(spec, "stdout", patient=True).stream, Pending)


@pytest.mark.parametrize("new", [None, Direct("/nowhere")])
def test_a_channel_that_nothing_takes_over_is_closed(new):
    sink = Sink()
    places = [Channel("web", "stdout", sink), None]
    swap(places, 0, new)
    assert places == [new, None]
    sink.wait(lambda: sink.calls == ["close"])


def test_a_channel_takes_over_what_another_was_made_for():
    old, new = Sink(), Sink()
    places = [Channel("web", "stdout", old)]
    swap(places, 0, Channel("web", "stdout", new, drops=True))
    assert (places[0].stream, places[0].drops) == (new, True)
    old.wait(lambda: old.calls == ["close"])


def test_an_outlet_comes_where_there_was_none():
    channel = Channel("web", "stdout", Sink())
    places = [None]
    swap(places, 0, channel)
    assert places == [channel]


# --- what one process gets ------------------------------------------------------------------------


def test_a_process_gets_a_pipe_a_file_or_nothing_and_is_read(tmp_path):
    sink = Sink()

    async def scene(bench):
        ends = Ends([Channel("web", "stdout", sink), Direct(tmp_path / "err")], bench.output)
        out, err = ends.open()
        copies = [os.dup(out), os.dup(err)]  # as a process has them
        ends.follow(pid=7, wid=3)
        for copy in copies:
            os.write(copy, b"hello\n")
            os.close(copy)
        await sink.until(6)
        assert (sink.chunks[0]["pid"], sink.chunks[0]["wid"]) == (7, 3)
        assert (tmp_path / "err").read_text() == "hello\n"
        nothing = Ends([None, None], bench.output)
        assert nothing.open() == [INHERIT, INHERIT]
        nothing.follow(pid=8, wid=1)

    play(scene)


def test_ends_that_are_not_needed_are_closed_also_when_only_some_could_be_made(tmp_path):
    async def scene(bench):
        whole = Ends([Channel("web", "stdout", Sink()), Direct(tmp_path / "err")], bench.output)
        whole.open()
        whole.drop()
        part = Ends([Channel("web", "stdout", Sink()), Direct(tmp_path / "no" / "x")], bench.output)
        with pytest.raises(OSError, match="cannot open"):
            part.open()
        part.drop()

    play(scene)


def test_a_stream_class_of_a_watcher_s_own_is_found_in_its_folders(tmp_path):
    (tmp_path / "ownstream.py").write_text(
        "class Own:\n"
        "    def __init__(self, **options): self.options = options\n"
        "    def __call__(self, data): pass\n"
    )
    spec = WatcherSpec("web", stdout_stream=StreamSpec("ownstream.Own", {"to": "x"}))
    with pytest.raises(ImportError):
        make(spec, "stdout")
    made = make(spec, "stdout", folders=[str(tmp_path)])
    assert made.stream.options == {"to": "x"}
    made.leave()
