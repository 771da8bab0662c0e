"""The factory of :mod:`circus.stream`."""

import collections
import sys

import pytest

from circus import stream as streams
from circus.spec.model import StreamSpec
from circus.spec.options.stream import STREAMS
from circus.stream import FileStream, StdoutStream, get_stream


@pytest.mark.parametrize("nothing", [None, {}])
def test_nothing_asked_for_is_no_stream(nothing):
    assert get_stream(nothing) is None


def test_a_short_name_is_a_class_of_ours():
    assert isinstance(get_stream({"class": "StdoutStream"}), StdoutStream)


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("path", ["{}", "circus.stream.{}", "circus.stream:{}"])
def test_every_class_of_ours_is_made_from_text_by_its_name(tmp_path, name, path):
    texts = {
        "filename": str(tmp_path / "a.log"), "max_bytes": "5", "backup_count": "2", "utc": "no",
        "rotate_when": "midnight" if name.startswith("T") else None, "color": "red",
        "time_format": "%H", "timeout": "2", "refresh_time": "0.3",
    }  # fmt: skip
    stream = get_stream({"class": path.format(name), **texts})
    assert type(stream) is getattr(streams, name)
    stream.close()


def test_a_class_of_somebody_elses_that_is_one_of_ours_takes_its_own_options(tmp_path):
    conf = {"class": "tests.test_stream.Mine", "filename": str(tmp_path / "a"), "mine": "1"}
    stream = get_stream(conf)
    stream({"data": b"x\n", "pid": 1, "name": "stdout"})
    stream.close()
    assert (tmp_path / "a").read_bytes() == b"x\n"


class Mine(FileStream):
    """What a user may have written for Circus."""

    def __init__(self, **options):
        super().__init__(**options)
        self.mine = options["mine"]


def test_a_filename_alone_is_a_file(tmp_path):
    stream = get_stream({"filename": str(tmp_path / "a.log")})
    assert isinstance(stream, FileStream)
    stream.close()
    assert (tmp_path / "a.log").exists()


def test_a_spec_with_options_is_a_class_with_arguments(tmp_path):
    stream = get_stream(StreamSpec("FileStream", {"filename": str(tmp_path / "a.log")}))
    stream.close()
    assert (tmp_path / "a.log").exists()


def test_a_finished_object_is_taken_as_it_is():
    finished = [].append
    assert get_stream({"stream": finished}) is finished
    assert get_stream(StreamSpec("", ready=finished)) is finished


@pytest.mark.parametrize("path", ["collections.Counter", "collections:Counter"])
def test_a_dotted_path_is_found_and_gets_the_options(path):
    assert get_stream({"class": path, "a": 2}) == collections.Counter(a=2)


def test_the_mapping_is_left_as_it_is():
    conf = {"class": "StdoutStream"}
    get_stream(conf)
    assert conf == {"class": "StdoutStream"}


def test_a_module_can_be_loaded_again(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    source = tmp_path / "mine_of_a_test.py"
    source.write_text("class S: version = 1\n")
    assert get_stream({"class": "mine_of_a_test.S"}).version == 1
    source.write_text("class S: version = 2\n")
    assert get_stream({"class": "mine_of_a_test.S"}).version == 1
    assert get_stream({"class": "mine_of_a_test.S"}, reload=True).version == 2
    del sys.modules["mine_of_a_test"]


def test_neither_class_nor_filename_is_refused():
    with pytest.raises(ValueError, match=r"^stream configuration invalid$"):
        get_stream({"time_format": "%H"})


def test_an_unknown_short_name_is_a_key_error():
    with pytest.raises(KeyError):
        get_stream({"class": "NoStream"})


@pytest.mark.parametrize(
    ("path", "error"),
    [("no_such_module.Stream", ImportError), ("collections.NoStream", AttributeError)],
)
def test_a_dotted_path_that_leads_nowhere_is_told(path, error):
    with pytest.raises(error):
        get_stream({"class": path})
