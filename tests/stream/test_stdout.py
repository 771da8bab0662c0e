import io
import sys

from circus.stream import StdoutStream


def chunk(data, pid=1):
    return {"data": data, "pid": pid, "name": "stdout"}


def test_bytes_go_to_stdout_as_they_are(capfdbinary):
    StdoutStream()(chunk(b"caf\xc3\xa9\xff\n"))
    assert capfdbinary.readouterr().out == b"caf\xc3\xa9\xff\n"


def test_what_was_printed_before_comes_before(capfdbinary):
    sys.stdout.write("first ")
    StdoutStream()(chunk(b"second"))
    assert capfdbinary.readouterr().out == b"first second"


def test_a_stdout_without_bytes_gets_text(monkeypatch):
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    StdoutStream()(chunk(b"caf\xc3\xa9 \xff"))
    assert out.getvalue() == "café �"


def test_a_character_that_was_cut_is_put_together_for_each_process(monkeypatch):
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    stream = StdoutStream()
    stream(chunk(b"\xc3", pid=1))
    stream(chunk(b"\xc3", pid=2))
    stream(chunk(b"\xa9", pid=1))
    stream(chunk(b"\xa4", pid=2))
    assert out.getvalue() == "éä"


def test_close_leaves_stdout_open(monkeypatch):
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    stream = StdoutStream()
    stream(chunk(b"\xc3"))
    stream.close()
    stream(chunk(b"x"))
    assert out.getvalue() == "x"
