"""Logging configuration files, each read by a process of its own."""

import json
import subprocess
import sys

import pytest
import yaml

from circus.exc import ConfigError
from circus.logconfig import read
from tests.helpers.loggers import enable_all


@pytest.fixture(autouse=True)
def _loggers_as_they_were():
    """Undo what a refused file did to this process before it was refused."""
    yield
    enable_all()


INI = """\
[loggers]
keys = root
[handlers]
keys = file
[formatters]
keys = plain
[logger_root]
level = INFO
handlers = file
[handler_file]
class = FileHandler
args = ('log.txt',)
formatter = plain
[formatter_plain]
format = %(levelname)s:%(message)s
"""
DICT = {
    "version": 1,
    "formatters": {"plain": {"format": "%(levelname)s:%(message)s"}},
    "handlers": {
        "file": {"class": "logging.FileHandler", "filename": "log.txt", "formatter": "plain"}
    },
    "root": {"level": "INFO", "handlers": ["file"]},
}
USE = """
import sys, logging
from circus.logconfig import read
old, new = logging.getLogger("old"), "new"
read(sys.argv[1])
logging.getLogger(new).info("hello")
print(old.disabled)
"""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("log.ini", INI),
        ("log.json", json.dumps(DICT)),
        ("log.YAML", yaml.safe_dump(DICT)),
    ],
)
def test_a_file_of_each_kind_decides_where_lines_go(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    command = [sys.executable, "-c", USE, name]
    done = subprocess.run(
        command, cwd=tmp_path, env={"PYTHONPATH": ":".join(filter(None, sys.path))},
        capture_output=True, text=True, check=True, timeout=30,
    )  # fmt: skip
    assert done.stderr == ""
    assert (tmp_path / "log.txt").read_text() == "INFO:hello\n"
    assert done.stdout == "True\n"


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("log.yml", "", "expected *.ini, *.json or *.yaml"),
        ("log", "", "expected *.ini, *.json or *.yaml"),
        ("missing.ini", None, "No such file or directory"),
        ("missing.json", None, "No such file or directory"),
        ("log.json", "{", "Expecting property name"),
        ("log.json", "[]", "found list, expected a mapping with 'version: 1'"),
        ("log.json", "{}", "dictionary doesn't specify a version"),
        ("log.json", "\udcff", "can't decode byte 0xff"),
        ("log.yaml", "a: [", "line 1, column 5"),
        ("log.yaml", "", "found NoneType, expected a mapping"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_sentence(tmp_path, name, text, why):
    path = tmp_path / name
    if text is not None:
        path.write_text(text, errors="surrogateescape")
    with pytest.raises(ConfigError) as caught:
        read(str(path))
    said = str(caught.value)
    assert said.startswith("cannot ")
    assert "\n" not in said
    assert repr(str(path)) in said
    assert why in said


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("log.ini", "[loggers]\nkeys = root\n", "there is no 'formatters'"),
        ("log.ini", "loggers\n", "File contains no section headers"),
        (
            "log.json",
            json.dumps({**DICT, "handlers": {"file": {"class": "no.Such"}}}),
            "Unable to configure handler 'file': Cannot resolve 'no.Such': No module named 'no'",
        ),
    ],
)
def test_the_reason_goes_down_to_the_first_cause(tmp_path, name, text, why):
    path = tmp_path / name
    path.write_text(text)
    code = "import sys\nfrom circus.logconfig import read\nread(sys.argv[1])"
    command = [sys.executable, "-c", code, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    last = done.stderr.splitlines()[-1]
    assert last.startswith("circus.exc.ConfigError: cannot use the logging configuration")
    assert why in last


AGAIN = """
import json, logging, sys
from circus import logs, scribe
old = logging.getLogger("old")
old.setLevel("ERROR")
logs.configure(loggerconfig=sys.argv[1])
scribe.take_over()
new = logging.getLogger("new")
(file,) = new.handlers[0].behind
scribe.settle()
logs.configure(*[None, None, *sys.argv[2:]])
scribe.settle()
for one in old, new:
    print(one.level, one.propagate, one.disabled, one.handlers)
print(file.stream)
"""


@pytest.mark.parametrize("following", [(), ("empty.json",)])
def test_what_a_file_has_changed_does_not_outlive_it(tmp_path, following):
    loggers = {"new": {"level": "DEBUG", "handlers": ["file"], "propagate": False}}
    (tmp_path / "log.json").write_text(json.dumps({**DICT, "loggers": loggers}))
    harmless = {"version": 1, "disable_existing_loggers": False}
    (tmp_path / "empty.json").write_text(json.dumps(harmless))
    command = [sys.executable, "-c", AGAIN, "log.json", *following]
    done = subprocess.run(
        command, cwd=tmp_path, env={"PYTHONPATH": ":".join(filter(None, sys.path))},
        capture_output=True, text=True, check=True, timeout=30,
    )  # fmt: skip
    assert done.stdout == "40 True False []\n0 True False []\nNone\n"
