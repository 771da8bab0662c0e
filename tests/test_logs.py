"""Each test sets up the root logger of a process of its own, as circusd does."""

import logging
import re
import subprocess
import sys

import pytest

from circus import logs
from circus.exc import ConfigError
from tests.helpers.loggers import enable_all

STAMP = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
START = "import logging, os, sys\nfrom circus import logger, logs\n"


def run(code, *args):
    """Run code in a new Python; return what it wrote to stdout and to stderr."""
    command = [sys.executable, "-c", START + code, *map(str, args)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    return done.stdout, done.stderr


@pytest.fixture
def root():
    """Yield the root logger without handlers; put it back as it was."""
    logger = logging.getLogger()
    handlers, level = logger.handlers[:], logger.level
    logger.handlers[:] = []
    yield logger
    for handler in logger.handlers:
        handler.close()
    logger.handlers[:] = handlers
    logger.setLevel(level)
    enable_all()


@pytest.mark.parametrize("output", ["None", "'-'", "'stdout'"])
def test_lines_go_to_stderr_and_look_as_they_always_did(output):
    code = f"logs.configure(output={output}); logger.info('%s started', 'web'); print(os.getpid())"
    out, err = run(code)
    assert re.fullmatch(rf"{STAMP} circus\[{out.strip()}\] \[INFO\] web started\n", err)


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("critical", logging.CRITICAL),
        ("ERROR", logging.ERROR),
        ("Warning", logging.WARNING),
        ("info", logging.INFO),
        ("debug", logging.DEBUG),
        ("chatty", logging.INFO),
        ("handlers", logging.INFO),
        (None, logging.INFO),
    ],
)
def test_a_level_is_a_name_in_any_case_and_else_info(root, name, level):
    logs.configure(name)
    assert root.level == level


def test_a_second_call_replaces_the_first(root, tmp_path):
    logs.configure(output=str(tmp_path / "one"))
    (first,) = root.handlers
    logs.configure("debug", str(tmp_path / "two"))
    (second,) = root.handlers
    assert first.stream is None
    assert second.baseFilename == str(tmp_path / "two")


def test_a_refused_place_changes_nothing(root, tmp_path):
    logs.configure("error", str(tmp_path / "good"))
    before = root.handlers[:]
    with pytest.raises(ConfigError, match="cannot log to"):
        logs.configure("debug", str(tmp_path / "no" / "log"))
    assert (root.handlers, root.level) == (before, logging.ERROR)


@pytest.mark.parametrize("config", ["default", " Default ", "", None])
def test_the_default_configuration_is_the_built_in_mode(root, config):
    logs.configure("error", loggerconfig=config)
    assert root.level == logging.ERROR
    assert len(root.handlers) == 1


def test_a_configuration_file_decides_alone(root, tmp_path):
    path = tmp_path / "log.json"
    path.write_text('{"version": 1, "root": {"level": "WARNING"}}')
    logs.configure("debug", str(tmp_path / "no" / "log"), str(path))
    assert root.level == logging.WARNING
    assert root.handlers == []


def test_a_file_that_is_in_its_place_is_not_opened_anew_and_so_not_emptied(root, tmp_path):
    root.addHandler(logging.FileHandler(tmp_path / "log", mode="w"))
    root.error("one")
    logs.reopen()
    root.error("two")
    assert (tmp_path / "log").read_text() == "one\ntwo\n"


def test_a_file_that_was_moved_away_is_made_anew(root, tmp_path):
    root.addHandler(logging.FileHandler(tmp_path / "log"))
    root.error("one")
    (tmp_path / "log").rename(tmp_path / "old")
    logs.reopen()
    root.error("two")
    assert (tmp_path / "old").read_text() == "one\n"
    assert (tmp_path / "log").read_text() == "two\n"


def test_a_start_that_logs_to_stderr_loads_no_more_than_it_needs():
    out, _ = run("logs.configure()\nprint([n for n in sys.modules if n.startswith('logging.')])")
    assert out == "[]\n"
