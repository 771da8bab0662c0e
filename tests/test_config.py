from __future__ import annotations

import dataclasses
import os
import resource

import pytest

from circus import config
from circus.config import get_config, load, rlimit_value, watcher_defaults
from circus.exc import ConfigError
from circus.host.probe import Answer, Capabilities
from circus.spec.finding import Severity
from circus.spec.options.stream import STREAMS


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(text, name="circus.ini"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return name

    return write


def lines(loaded):
    return [str(finding) for finding in loaded.findings]


def test_a_good_file_gives_a_fleet(write):
    loaded = load(write("[watcher:w]\ncmd = x $(circus.env.A)\n[env]\nA = $B\n"), {"B": "1"})
    assert loaded.findings == ()
    assert loaded.fleet.watchers[0].env == {"A": "1"}


def test_a_warning_does_not_refuse_a_file(write):
    loaded = load(write("[watcher:w]\ncmd = x\nnumproceses = 2\n"))
    assert [finding.severity for finding in loaded.findings] == [Severity.WARNING]
    assert loaded.fleet is not None


MISTAKES = """\
[circus]
check_delay = often
umask = 99
httpd = yes

[watcher:web]
cmd = python "app.py
numprocesses = four
stop_signal = SIGNOPE
singleton = perhaps
this line is nothing
hooks.before_start = no_such_module_anywhere.hook
stdout_stream.class = NopeStream

[watcher:idle]
graceful_timeout = 5

[socket:api]
port = 123456

[plugin:flapping]
use = circus.plugins.flapping.Flop
"""


def test_a_file_with_many_mistakes_gives_them_all_with_their_lines(write):
    loaded = load(write(MISTAKES))
    assert loaded.fleet is None
    assert lines(loaded) == [
        "circus.ini:1: [circus] httpd_port: has the same address as [socket:api]",
        "circus.ini:2: [circus] check_delay: found 'often', expected a number of seconds",
        "circus.ini:3: [circus] umask: found '99', expected an octal number such as 022",
        (
            "circus.ini:7: [watcher:web] cmd: cannot split 'python \"app.py' into words:"
            " no closing quotation"
        ),
        (
            "circus.ini:8: [watcher:web] numprocesses: found 'four', expected a whole number of at"
            " least 0, auto or auto*2"
        ),
        (
            "circus.ini:9: [watcher:web] stop_signal: found 'SIGNOPE', expected a signal such"
            " as TERM, SIGTERM or 15"
        ),
        (
            "circus.ini:10: [watcher:web] singleton: found 'perhaps', expected yes or no (yes"
            " true on 1 / no false off 0)"
        ),
        "circus.ini:11: [watcher:web] found 'this line is nothing', expected name = value",
        (
            "circus.ini:12: [watcher:web] hooks.before_start: there is no module"
            " 'no_such_module_anywhere'"
        ),
        (
            "circus.ini:13: [watcher:web] stdout_stream.class: found 'NopeStream', expected one of"
            f" {' '.join(STREAMS)}, or a dotted path"
        ),
        "circus.ini:15: [watcher:idle] cmd: there is no command to run",
        "circus.ini:19: [socket:api] port: found '123456', expected a whole number from 0 to 65535",
        (
            "circus.ini:22: [plugin:flapping] use: there is no 'Flop' in module"
            " 'circus.plugins.flapping'"
        ),
    ]


def test_more_reach_than_this_machine_has_is_warned_about_and_not_refused(write, monkeypatch):
    file = write("[watcher:web]\ncmd = foo\ncontain = tree\n[watcher:job]\ncmd = foo")
    nothing = Capabilities(*[Answer(False, "")] * len(dataclasses.fields(Capabilities)))
    monkeypatch.setattr(config, "probe", lambda: nothing)
    loaded = load(file)
    assert lines(loaded) == [
        "circus.ini:3: warning: [watcher:web] contain: is not possible on this machine: "
        + nothing.tree.reason
    ]
    assert {one.name: one.contain for one in loaded.accepted().watchers} == {
        "job": "session",
        "web": "tree",
    }


def test_a_missing_file_is_an_os_error_in_the_words_of_circus(tmp_path):
    path = str(tmp_path / "no.ini")
    for read in (load, get_config):
        with pytest.raises(OSError, match="does not exist") as refusal:
            read(path)
        assert str(refusal.value) == f"the configuration file {path!r} does not exist\n"


def test_includes_are_read_sorted_and_relative_to_the_main_file(write):
    write("[watcher:w]\nnumprocesses = 2\nmax_age = 2\n", "etc/conf.d/b.ini")
    write("[watcher:w]\nnumprocesses = 1\n[circus]\nwarmup_delay = 5\n", "etc/conf.d/a.ini")
    write("[watcher:d]\ncmd = d\n", "etc/dir/d.ini")
    write("[watcher:not]\ncmd = not\n", "etc/dir/d.conf")
    main = "[circus]\ninclude = conf.d/*.ini\ninclude_dir = $(circus.env.D)\n[watcher:w]\ncmd = w\n"
    loaded = load(write(main, "etc/circus.ini"), {"D": "dir"})
    assert lines(loaded) == []
    assert [(w.name, w.numprocesses, w.max_age) for w in loaded.fleet.watchers] == [
        ("d", 1, 0),
        ("w", 1, 2),
    ]
    assert loaded.fleet.daemon.warmup_delay == 5


def test_an_included_file_includes_nothing_and_none_is_read_twice(write):
    write("[circus]\ninclude = other.ini\nwarmup_delay = 1\n", "a.ini")
    write("[watcher:w]\ncmd = w\n", "other.ini")
    loaded = load(write("[circus]\ninclude = a.ini a.ini *.ini\ninclude_dir = .\n", "circus.ini"))
    assert lines(loaded) == []
    assert [w.name for w in loaded.fleet.watchers] == ["w"]
    alone = load(write("[circus]\ninclude = a.ini\n", "circus.ini"))
    assert alone.fleet.watchers == ()


def test_an_include_without_a_match_is_warned_about(write):
    loaded = load(write("[circus]\ncheck_delay = 1\ninclude = no/*.ini\n"))
    assert lines(loaded) == [
        (
            "circus.ini:3: warning: [circus] include: 'no/*.ini' does not lead to any config."
            " Make sure include paths are relative to the main config file"
        )
    ]
    assert loaded.fleet is not None


def test_a_finding_names_the_included_file_and_the_main_file_comes_first(write):
    write("[watcher:a]\ncmd = a\nnumprocesses = x\n", "conf.d/a.ini")
    loaded = load(write("[circus]\ninclude = conf.d/*\n[watcher:w]\ncmd = w\nmax_age = x\n"))
    assert [line.split(" ")[0] for line in lines(loaded)] == ["circus.ini:5:", "conf.d/a.ini:3:"]


def test_a_file_in_any_encoding_can_be_read(tmp_path):
    path = tmp_path / "circus.ini"
    path.write_bytes(b"[watcher:w]\ncmd = caf\xe9\nnumprocesses = \xe9\n")
    loaded = load(str(path))
    assert len(loaded.findings) == 1
    str(loaded.findings[0]).encode()


def test_a_hook_is_found_in_the_working_directory_and_on_the_watchers_path(write):
    write("def one(): ...\n", "mine_here.py")
    write("def two(**kw): ...\n", "lib/mine_there.py")
    text = "cmd = w\nhooks.before_start = mine_here.one\nhooks.after_start = mine_there.two\n"
    alone = load(write(f"[watcher:w]\n{text}"))
    assert len(lines(alone)) == 1
    with_path = f"[watcher:w]\n{text}[env:w]\nPYTHONPATH = {os.getcwd()}/lib\n"
    assert lines(load(write(with_path))) == []


def test_a_configuration_is_also_a_mapping(write, monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    write_text = (
        "[circus]\ncheck_delay = 2\n[socket:Web]\nport = 0\n[plugin:p]\nuse = a.b\nx = 1\n"
        "[watcher:w]\ncmd = x $(circus.env.A)\nhooks.after_stop = a.b, yes\nrlimit_core =\n"
        "stdout_stream.class = my.Stream\nstdout_stream.x = 1\nmax_age = 4\nflapping.y = 2\n"
        "[env]\nA = $HOME\n"
    )
    config = get_config(write(write_text))
    assert config["check_delay"] == 2.0
    assert config["endpoint"] == "tcp://127.0.0.1:5555"
    assert config["plugins"] == [{"name": "plugin:p", "use": "a.b", "priority": 1, "x": "1"}]
    assert config["sockets"][0]["name"] == "web"
    [watcher] = config["watchers"]
    assert watcher == {
        **watcher_defaults(),
        "__name__": "watcher:w",
        "name": "w",
        "cmd": "x /home/me",
        "env": {"A": "/home/me"},
        "hooks": {"after_stop": ("a.b", True)},
        "rlimits": {"core": resource.RLIM_INFINITY},
        "stdout_stream": {"class": "my.Stream", "x": "1"},
        "max_age": 4,
        "flapping.y": "2",
    }


def test_the_mapping_of_a_watcher_holds_the_environment_it_copies(write, monkeypatch):
    monkeypatch.setenv("A", "0")
    monkeypatch.setenv("B", "0")
    [watcher] = get_config(write("[watcher:w]\ncmd = x\ncopy_env = on\n[env]\nA = 1\n"))["watchers"]
    assert (watcher["env"]["A"], watcher["env"]["B"]) == ("1", "0")


def test_a_mapping_is_refused_with_every_error(write):
    with pytest.raises(ConfigError) as refusal:
        get_config(write("[watcher:w]\ncmd = x\nnumprocesses = a\nmax_age = b\n"))
    assert len(refusal.value.findings) == 2
    assert "circus.ini:3: [watcher:w] numprocesses: found 'a'" in str(refusal.value)


def test_the_defaults_of_a_watcher_are_those_of_circus():
    assert watcher_defaults() == {
        "name": "",
        "cmd": "",
        "args": "",
        "numprocesses": 1,
        "warmup_delay": 0,
        "executable": None,
        "working_dir": None,
        "on_demand": False,
        "shell": False,
        "uid": None,
        "gid": None,
        "send_hup": False,
        "stop_signal": 15,
        "stop_children": False,
        "max_retry": 5,
        "graceful_timeout": 30,
        "rlimits": {},
        "stderr_stream": {},
        "stdout_stream": {},
        "priority": 0,
        "use_sockets": False,
        "singleton": False,
        "copy_env": False,
        "copy_path": False,
        "hooks": {},
        "respawn": True,
        "autostart": True,
    }


def test_the_defaults_belong_to_the_caller():
    watcher_defaults()["hooks"]["x"] = 1
    assert watcher_defaults()["hooks"] == {}


@pytest.mark.parametrize(("value", "limit"), [("", -1), (None, -1), ("5", 5), ("-1", -1), (7, 7)])
def test_a_limit_is_a_number_and_nothing_is_infinity(value, limit):
    assert rlimit_value(value) == limit


def test_the_demonstration_at_the_root_is_right():
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    loaded = load(os.path.join(root, "circus.ini"))
    assert lines(loaded) == []
    assert loaded.fleet.watchers


def test_a_configuration_can_be_read_as_it_is_written(tmp_path, monkeypatch):
    monkeypatch.setenv("PLACE", "there")
    path = tmp_path / "circus.ini"
    path.write_text("[circus]\n[watcher:Web]\ncmd = sleep $(circus.env.PLACE)\nFreeForm = 1\n")
    parser, files = config.read_config(str(path))
    assert files == [str(path)]
    assert dict(parser["watcher:Web"]) == {"cmd": "sleep there", "FreeForm": "1"}


def test_a_level_that_there_is_not_is_warned_about(tmp_path):
    file = tmp_path / "circus.ini"
    file.write_text("[circus]\nloglevel = loud\n")
    (finding,) = load(str(file)).findings
    said = "'loud' is none of critical, error, warning, info, debug: info is taken"
    assert str(finding) == f"{file}:2: warning: [circus] loglevel: {said}"
