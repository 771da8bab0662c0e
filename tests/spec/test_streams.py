from __future__ import annotations

import pytest

from circus.spec.finding import Severity
from circus.spec.model import FleetSpec, StreamSpec, WatcherSpec
from circus.spec.streams import shared_files, stream_faults


def faults(cls, **options):
    """Return what is wrong with a stream, its options being written in a section."""
    keys = ["cmd", "stdout_stream.class", *(f"stdout_stream.{name}" for name in options)]
    found = stream_faults("stdout_stream", StreamSpec(cls, options), keys, missing)
    return [f"{fault.severity.value}: {fault.option}: {fault.message}" for fault in found]


def missing(path):
    return "" if path == "my.Stream" else f"there is no {path!r}"


@pytest.mark.parametrize(
    ("cls", "options"),
    [
        ("FileStream", {"filename": "x", "max_bytes": "4", "backup_count": 3, "mode": "640"}),
        ("circus.stream.FileStream", {"owner": "web:adm", "compress": "yes", "mode": 0o640}),
        ("TimedRotatingFileStream", {"rotate_when": "midnight", "utc": "no", "backup_count": "3"}),
        ("JsonStream", {"rotate_when": "w6", "filename": "x"}),
        ("FancyStdoutStream", {"color": "mauve"}),
        ("SyslogStream", {"address": "host:514", "facility": "local3", "timeout": "2.5"}),
        ("JournaldStream", {"fields": "A=1", "severity": "warning"}),
        ("my.Stream", {"anything": "goes"}),
    ],
)
def test_what_is_right_is_not_found(cls, options):
    assert faults(cls, **options) == []


@pytest.mark.parametrize(
    ("cls", "options", "severity", "option", "message"),
    [
        ("NoStream", {}, "error", "class", "found 'NoStream', expected one of FileStream Watched"),
        ("lost.Stream", {}, "error", "class", "there is no 'lost.Stream'"),
        (
            "FileStream", {"max_byte": "1"}, "warning", "max_byte",
            "FileStream has no such option; did you mean 'max_bytes'?",
        ),
        (
            "FileStream", {"refresh_time": "1"}, "warning", "refresh_time",
            "output is read as it comes: the option has no effect",
        ),
        (
            "FileStream", {"max_bytes": "4 MB"}, "error", "max_bytes",
            "found '4 MB', expected a whole number of at least 0",
        ),
        (
            "TimedRotatingFileStream", {"rotate_when": "weekly"}, "error", "rotate_when",
            "found 'weekly', expected one of S M H D MIDNIGHT W0 W1 W2 W3 W4 W5 W6",
        ),
        (
            "JsonStream", {"rotate_when": "D", "max_bytes": "1"}, "error", "rotate_when",
            "cannot stand beside max_bytes: the file is rotated by size or by time",
        ),
        (
            "FileStream", {"backup_count": "3"}, "warning", "backup_count",
            "has no effect: without max_bytes the file is never rotated",
        ),
        (
            "QueueStream", {}, "warning", "class",
            "keeps all output in memory until the program that embeds Circus takes it out",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_found(cls, options, severity, option, message):
    [found] = faults(cls, **options)
    assert found.startswith(f"{severity}: stdout_stream.{option}: {message}")


def fleet(*streams):
    """Return a fleet in which each watcher has one stream or two."""
    watchers = [
        WatcherSpec(f"w{number}", "x", stdout_stream=pair[0], stderr_stream=pair[-1])
        for number, pair in enumerate(streams)
    ]
    return FleetSpec(watchers=tuple(watchers))


def file(cls="FileStream", **options):
    return StreamSpec(cls, {"filename": "/log/x", **options})


@pytest.mark.parametrize(
    "streams",
    [
        [(file(max_bytes="5"), file(max_bytes=5, time_format="%H"))],
        [(file(),), (file("JsonStream"),), (file("my.Stream", max_bytes="7"),)],
        [(file(), None), (file(filename="/log/y", max_bytes="5"),)],
        [(file("TimedRotatingFileStream"), file("JsonStream", rotate_when="h"))],
        [(StreamSpec("StdoutStream"), StreamSpec("", ready=print)), (None, None)],
    ],
)
def test_streams_that_keep_their_file_alike_may_share_it(streams):
    assert list(shared_files(fleet(*streams))) == []


@pytest.mark.parametrize(
    ("streams", "names"),
    [
        ([(file(max_bytes="5"), file())], "max_bytes"),
        ([(file(),), (file("WatchedFileStream", filename="/log/./x"),)], "class"),
        ([(file(mode="600", compress="on"), file())], "compress, mode"),
    ],
)
def test_streams_that_keep_one_file_otherwise_are_found(streams, names):
    found = list(shared_files(fleet(*streams)))
    assert found
    for _, fault in found:
        assert fault.severity is Severity.WARNING
        assert fault.option in {"stdout_stream.filename", "stderr_stream.filename"}
        assert fault.message == (
            "[watcher:w0] stdout_stream writes to the same file with other options"
            f" ({names}): each goes by its own"
        )
