"""The thread that writes the log: nobody who logs waits, whatever happens to what is written to."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading

import pytest

from circus import logs
from circus.scribe import Scribe, Slip
from tests.helpers.launching import PATIENCE


class Paper(logging.Handler):
    """A handler that writes down lines, and hangs while it is told to."""

    def __init__(self, level=logging.NOTSET):
        super().__init__(level)
        self.lines, self.threads = [], set()
        self.free = threading.Event()
        self.free.set()
        self.reached = threading.Event()
        self.closed = False

    def emit(self, record):
        self.reached.set()
        assert self.free.wait(PATIENCE)
        self.threads.add(threading.current_thread())
        self.lines.append(self.format(record))

    def close(self):
        self.closed = True
        super().close()


@pytest.fixture
def paper():
    made = Paper()
    yield made
    made.free.set()


@pytest.fixture
def log(paper):
    """Return a function that makes a logger whose lines a scribe writes on the paper."""
    made = []

    def to(*handlers, **limits):
        scribe = Scribe(**limits)
        made.append(scribe)
        logger = logging.Logger("circus")  # noqa: LOG001 - one that no other test shares
        logger.addHandler(Slip(scribe, handlers or [paper]))
        return logger, scribe

    yield to
    paper.free.set()
    assert all(scribe.settle(PATIENCE) for scribe in made)


def hung(log, paper, **limits):
    """Return a logger whose first line hangs in the handler."""
    paper.free.clear()
    logger, scribe = log(**limits)
    logger.info("first")
    assert paper.reached.wait(PATIENCE)
    return logger, scribe


def test_lines_are_written_in_their_order_by_another_thread(log, paper):
    logger, scribe = log()
    for number in range(1000):
        logger.info("line %d", number)
    assert scribe.settle(PATIENCE)
    assert paper.lines == [f"line {number}" for number in range(1000)]
    (thread,) = paper.threads
    assert thread is not threading.current_thread()
    assert thread.daemon


def test_there_is_no_thread_before_the_first_line(log):
    before = threading.active_count()
    logger, scribe = log()
    assert threading.active_count() == before
    logger.info("one")
    assert threading.active_count() == before + 1
    assert scribe.settle(PATIENCE)


def test_who_logs_does_not_wait_for_a_handler_that_hangs(log, paper):
    logger, scribe = hung(log, paper)
    logger.info("second")
    assert not scribe.settle(0.01)
    paper.free.set()
    assert scribe.settle(PATIENCE)
    assert paper.lines == ["first", "second"]


def test_what_finds_no_room_is_counted_and_told_in_its_place(log, paper):
    logger, scribe = hung(log, paper, lines=2)
    for number in range(10):
        logger.info("line %d", number)
    paper.free.set()
    assert scribe.settle(PATIENCE)
    logger.info("after")
    assert scribe.settle(PATIENCE)
    told = "8 lines were lost here: what the log is written to did not keep up"
    assert paper.lines == ["first", "line 0", "line 1", told, "after"]


def test_a_single_lost_line_is_told_like_a_person_would(log, paper):
    logger, scribe = hung(log, paper, lines=1)
    logger.info("second")
    logger.info("third")
    paper.free.set()
    assert scribe.settle(PATIENCE)
    assert paper.lines[2].startswith("1 line was lost here: ")


def test_long_lines_are_bounded_by_their_characters(log, paper):
    logger, scribe = hung(log, paper, characters=100)
    for letter in "ab":
        logger.info(letter * 90)
    paper.free.set()
    assert scribe.settle(PATIENCE)
    assert [line[:2] for line in paper.lines] == ["fi", "aa", "1 "]


def test_a_traceback_counts_as_well(log, paper):
    logger, scribe = hung(log, paper, characters=100)
    logger.info("second")
    try:
        {}["no"]
    except KeyError:
        logger.exception("crashed")
    paper.free.set()
    assert scribe.settle(PATIENCE)
    assert paper.lines[1] == "second"
    assert paper.lines[2].startswith("1 line was lost here")


def test_a_line_longer_than_all_room_is_written_when_nothing_else_waits(log, paper):
    logger, scribe = log(characters=10)
    logger.info("x" * 50)
    assert scribe.settle(PATIENCE)
    assert paper.lines == ["x" * 50]


def test_a_line_says_what_was_so_when_it_was_logged(log, paper):
    logger, scribe = hung(log, paper)
    thing = ["before"]
    logger.info("it is %s", thing)
    thing[0] = "after"
    paper.free.set()
    assert scribe.settle(PATIENCE)
    assert paper.lines[-1] == "it is ['before']"


def test_a_traceback_is_written_whole_and_holds_no_object(log, paper):
    seen = []
    paper.addFilter(lambda record: seen.append(record.exc_info) or True)
    logger, scribe = log()
    try:
        {}["no"]
    except KeyError:
        logger.exception("crashed")
    assert scribe.settle(PATIENCE)
    assert paper.lines[0].startswith("crashed\nTraceback")
    assert paper.lines[0].endswith("KeyError: 'no'")
    assert seen == [None]


def test_each_handler_gets_what_its_level_lets_through(log, paper):
    strict = Paper(logging.ERROR)
    logger, scribe = log(paper, strict)
    logger.info("fine")
    logger.error("bad")
    assert scribe.settle(PATIENCE)
    assert (paper.lines, strict.lines) == (["fine", "bad"], ["bad"])


def test_a_handler_that_raises_is_told_of_and_stops_nobody(log, paper, capsys):
    class Broken(logging.Handler):
        def emit(self, record):
            raise ZeroDivisionError("broken")

    logger, scribe = log(Broken(), paper)
    logger.info("one")
    assert scribe.settle(PATIENCE)
    assert paper.lines == ["one"]
    assert "ZeroDivisionError: broken" in capsys.readouterr().err


def test_a_mistake_in_a_call_is_told_of_by_the_thread(log, paper, capsys):
    logger, scribe = log()
    logger.info("%d started", "web")
    assert scribe.settle(PATIENCE)
    assert "TypeError" in capsys.readouterr().err


def test_the_handlers_are_closed_when_they_have_written_what_waits(log, paper):
    logger, scribe = hung(log, paper)
    (slip,) = logger.handlers
    logger.info("second")
    slip.close()
    assert not paper.closed
    paper.free.set()
    assert scribe.settle(PATIENCE)
    assert paper.lines == ["first", "second"]
    assert paper.closed


def test_after_the_end_lines_are_written_by_who_logs_them(log, paper):
    logger, scribe = log()
    logger.info("one")
    assert scribe.end(PATIENCE)
    logger.info("two")
    assert paper.lines == ["one", "two"]
    assert threading.current_thread() in paper.threads


def test_the_end_does_not_wait_for_ever(log, paper):
    _, scribe = hung(log, paper)
    assert not scribe.end(0.01)


def test_what_a_forked_child_logs_is_written_at_once(log, paper):
    logger, scribe = log()
    logger.info("ours")
    assert scribe.settle(PATIENCE)
    read, write = os.pipe()
    child = os.fork()
    if not child:
        logger.info("the child's")
        os.write(write, " ".join(paper.lines).encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(write)
    with open(read) as said:
        assert said.read() == "ours the child's"


def test_without_a_thread_to_be_had_lines_wait_for_one(log, paper, monkeypatch):
    def refuse(_):
        raise RuntimeError("can't start new thread")

    logger, scribe = log()
    with monkeypatch.context() as here:
        here.setattr(threading.Thread, "start", refuse)
        logger.info("one")
    logger.info("two")
    assert scribe.settle(PATIENCE)
    assert paper.lines == ["one", "two"]


# --- all loggers of a process, each test in one of its own ----------------------------------------

TAKE = "import logging, sys\nfrom circus import logger, logs, scribe\n"


def run(code, *args):
    """Run code in a new Python; return what it wrote to stderr."""
    command = [sys.executable, "-c", TAKE + code, *map(str, args)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE)
    return done.stderr


def test_every_logger_that_has_handlers_is_taken_over_once(tmp_path):
    code = (
        "logs.configure(output=sys.argv[1])\n"
        "logger.addHandler(logging.StreamHandler())\n"
        "scribe.take_over(); scribe.take_over()\n"
        "for one in (logger, logging.root):\n"
        "    (slip,) = one.handlers; (plain,) = slip.behind\n"
        "logger.info('hello'); assert scribe.end()\n"
    )
    assert run(code, tmp_path / "log") == "hello\n"
    assert (tmp_path / "log").read_text().endswith("[INFO] hello\n")


def test_a_warning_that_no_handler_takes_is_written_too():
    code = "scribe.take_over(); logger.info('no'); logger.warning('yes'); assert scribe.end()"
    assert run(code) == "yes\n"


def test_a_log_that_is_configured_anew_is_closed_and_taken_over_again(tmp_path):
    code = (
        "for path in sys.argv[1:]:\n"
        "    logs.configure(output=path); scribe.take_over(); logger.info(path)\n"
        "assert scribe.end()\n"
    )
    one, two = tmp_path / "one", tmp_path / "two"
    assert run(code, one, two) == ""
    assert one.read_text().endswith(f"[INFO] {one}\n")
    assert two.read_text().endswith(f"[INFO] {two}\n")


def test_files_are_opened_anew_after_what_is_to_be_in_them(log, paper, tmp_path, monkeypatch):
    file = logging.FileHandler(tmp_path / "log")
    logger, scribe = log(paper, file)
    monkeypatch.setattr(logging.getLogger("circus"), "handlers", logger.handlers)
    paper.free.clear()
    logger.info("one")
    (tmp_path / "log").rename(tmp_path / "old")
    logs.reopen()
    paper.free.set()
    logger.info("two")
    assert scribe.settle(PATIENCE)
    file.close()
    assert ((tmp_path / "old").read_text(), (tmp_path / "log").read_text()) == ("one\n", "two\n")
