"""Streams of every kind behind a whole daemon."""

from __future__ import annotations

import json
import re

from tests.helpers.chunks import numbered, texts
from tests.helpers.listening import unix

COUNT = 3
LINES = 4000


def counting(tmp_path, stream, *, count=COUNT, then="exec sleep 600"):
    """Return a watcher whose processes each write numbered lines to stdout."""
    (tmp_path / "lines").write_bytes(b"".join(numbered(LINES)))
    options = "".join(f"stdout_stream.{option}\n" for option in stream)
    return (
        f"[watcher:web]\ncmd = sh -c 'cat lines; echo written >&2; {then}'\n"
        f"working_dir = {tmp_path}\nnumprocesses = {count}\nrespawn = False\n{options}"
    )


def played(circusd, text, count=COUNT):
    """Run a daemon until its processes have written, and stop the watcher."""
    daemon = circusd(text)
    daemon.log.until(*["written"] * count)
    daemon.ctl("stop", "web", "--waiting")
    return daemon


def in_order(directory, name="log"):
    """Return what is in a log and its backups, the oldest first."""
    found = {key: text for key, text in texts(directory).items() if key.startswith(name)}
    return [found[key] for key in sorted(found, key=lambda key: -int(key.partition(".")[2] or 0))]


def test_a_file_is_rotated_and_no_line_is_lost_or_cut(circusd, tmp_path):
    logs = tmp_path / "logs"
    logs.mkdir()
    stream = (f"filename = {logs}/log", "max_bytes = 10000", "backup_count = 99")
    played(circusd, counting(tmp_path, stream))
    files = in_order(logs)
    assert {len(file) for file in files[:-1]} == {10000}
    lines = b"".join(files).splitlines(keepends=True)
    assert sorted(lines) == sorted(numbered(LINES) * COUNT)


def test_every_line_has_its_time_and_its_process(circusd, tmp_path):
    stream = (f"filename = {tmp_path}/log", "time_format = %Y-%m-%d %H:%M:%S")
    played(circusd, counting(tmp_path, stream))
    found: dict[str, list[str]] = {}
    for line in (tmp_path / "log").read_text().splitlines():
        pid, text = re.fullmatch(
            r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[(\d+)\] \| (\d{9})", line
        ).groups()
        found.setdefault(pid, []).append(text)
    whole = [line.decode().strip() for line in numbered(LINES)]
    assert list(found.values()) == [whole] * COUNT


def test_every_line_is_an_object(circusd, tmp_path):
    stream = ("class = JsonStream", f"filename = {tmp_path}/log")
    played(circusd, counting(tmp_path, stream))
    lines = (tmp_path / "log").read_text().splitlines()
    messages = sorted(json.loads(line)["message"] for line in lines)
    assert messages == sorted(line.decode().strip() for line in numbered(LINES) * COUNT)


def test_every_line_is_a_message_to_syslog(circusd, tmp_path):
    with unix(tmp_path / "devlog") as listener:
        daemon = circusd(
            "[watcher:web]\ncmd = sh -c 'echo to stdout; echo to stderr >&2; exec sleep 600'\n"
            f"stdout_stream.class = SyslogStream\nstdout_stream.address = {tmp_path}/devlog\n"
            f"stderr_stream.class = SyslogStream\nstderr_stream.address = {tmp_path}/devlog\n"
            "stderr_stream.tag = shop\n"
        )
        said = {listener.recv(999) for _ in range(2)}
        [pid] = daemon.pids("web")
    endings = {(text[:4], text.rpartition(b"[%d]: " % pid)[2]) for text in said}
    assert endings == {(b"<14>", b"to stdout"), (b"<11>", b"to stderr")}
    assert any(b" shop[" in text for text in said)


def test_options_of_a_stream_are_set_while_it_writes(circusd, tmp_path):
    logs = tmp_path / "logs"
    logs.mkdir()
    daemon = circusd(
        "[watcher:web]\n"
        'cmd = sh -c \'trap "echo again; echo told >&2" HUP; echo first; echo up >&2;'
        " while :; do sleep 600 & wait; done'\n"
        f"stdout_stream.filename = {logs}/log\n"
    )
    daemon.log.until("up")
    [pid] = daemon.pids("web")
    daemon.ctl("set", "web", "stdout_stream.max_bytes", "6", "stdout_stream.backup_count", "3")
    daemon.ctl("signal", "web", "HUP")
    daemon.log.until("told")
    daemon.ctl("stop", "web", "--waiting")
    assert texts(logs) == {"log.1": b"first\n", "log": b"again\n"}
    assert daemon.call("options", name="web")["options"]["stdout_stream_conf"]["class"]
    assert pid


def test_stdout_and_stderr_share_a_file(circusd, tmp_path):
    logs = tmp_path / "logs"
    logs.mkdir()
    both = "".join(
        f"{channel}_stream.filename = {logs}/log\n{channel}_stream.max_bytes = 100\n"
        f"{channel}_stream.backup_count = 99\n"
        for channel in ("stdout", "stderr")
    )
    (tmp_path / "lines").write_bytes(b"".join(numbered(99)))
    daemon = circusd(
        f"[watcher:web]\ncmd = sh -c 'cat lines; cat lines >&2'\nworking_dir = {tmp_path}\n"
        f"respawn = False\n{both}"
    )
    daemon.log.until("web stopped")
    daemon.ctl("quit")
    assert daemon.ended() == 0
    files = in_order(logs)
    assert {len(file) for file in files[:-1]} == {100}
    assert sorted(b"".join(files).splitlines(keepends=True)) == sorted(numbered(99) * 2)


def test_a_value_that_cannot_be_is_refused_with_its_place(circusd, tmp_path):
    daemon = circusd(
        "[watcher:web]\ncmd = true\nstdout_stream.filename = x\nstdout_stream.mode = 9"
    )
    assert daemon.ended() == 1
    assert (
        "stdout_stream.mode: found '9', expected an octal number such as 022" in daemon.log.rest()
    )


def test_a_class_that_is_not_there_cannot_be_set(circusd):
    daemon = circusd("[watcher:web]\ncmd = sleep 600\nstdout_stream.class = StdoutStream")
    code, _, reason = daemon.try_ctl("set", "web", "stdout_stream.class", "NoStream")
    assert code == 3
    assert "cannot find the stream class 'NoStream'" in reason
