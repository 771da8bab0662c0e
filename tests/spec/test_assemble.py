from __future__ import annotations

import pytest

from circus.spec.assemble import assemble, kind_of, sections
from circus.spec.finding import Severity
from circus.spec.ini import parse
from circus.spec.model import DaemonSpec, HookSpec, SocketSpec, StreamSpec, WatcherSpec

ENVIRON = {"HOME": "/root", "N": "3", "SPACED": "a b"}


def read(*texts, environ=ENVIRON):
    entries = []
    for number, text in enumerate(texts):
        more, wrong = parse(text, f"{number}.ini")
        assert wrong == []
        entries += more
    return assemble(entries, environ)


def fleet(*texts):
    assembled = read(*texts)
    assert [str(f) for f in assembled.findings if f.severity is Severity.ERROR] == []
    return assembled.fleet


def watcher(text, before=""):
    [spec] = fleet(f"{before}\n[watcher:w]\n{text}\n").watchers
    return spec


def findings(*texts):
    return [str(finding) for finding in read(*texts).findings]


def test_an_empty_configuration_is_all_defaults():
    assert fleet("").daemon == DaemonSpec()
    assert fleet("").watchers == ()


def test_every_kind_of_section_becomes_its_spec():
    assembled = fleet(
        "[watcher:b]\ncmd = b\n[circus]\ncheck_delay = 2\numask = 077\n"
        "[watcher:a]\ncmd = a\n[socket:Web]\nport = 0\n[socket:Api]\npath = /run/api\n"
        "[plugin:p]\nuse = a.B\nx = 1\npriority = 4\n[env]\nA = 1\n"
    )
    assert assembled.daemon == DaemonSpec(check_delay=2.0, umask=0o77)
    assert [(spec.name, spec.cmd) for spec in assembled.watchers] == [("a", "a"), ("b", "b")]
    assert assembled.sockets == (
        SocketSpec("api", path="/run/api", family="AF_UNIX"),
        SocketSpec("web", port=0),
    )
    [plugin] = assembled.plugins
    assert (plugin.name, plugin.use, plugin.priority) == ("plugin:p", "a.B", 4)
    assert plugin.options == {"x": "1", "priority": "4"}
    assert assembled.env == {"A": "1"}


def test_the_options_of_a_watcher_are_typed_and_put_where_they_belong():
    spec = watcher(
        "cmd = sleep 1\nargs = a b\nnumprocesses = 2\nwarmup_delay = 0.5\nshell = yes\nuid = 0\n"
        "stop_signal = int\nrlimit_NOFILE = 500\nrlimit_core =\nmax_age = 4\n"
        "hooks.before_start = a.b, true\nstdout_stream.class = my.Stream\n"
        "stdout_stream.color = red\nstderr_stream.filename = x\nflapping.window = 1\n"
        "shell_args =\nstdin_socket = Web\n"
    )
    assert spec == WatcherSpec(
        "w",
        "sleep 1",
        args="a b",
        numprocesses=2,
        warmup_delay=0.5,
        shell=True,
        uid=0,
        stop_signal=2,
        rlimits={"nofile": 500, "core": None},
        max_age=4,
        hooks={"before_start": HookSpec("a.b", ignore=True)},
        stdout_stream=StreamSpec("my.Stream", {"color": "red"}),
        stderr_stream=StreamSpec("FileStream", {"filename": "x"}),
        stdin_socket="Web",
        freeform={"flapping.window": "1"},
    )


def test_the_first_definition_wins_within_and_across_files():
    assembled = fleet(
        "[circus]\ncheck_delay = 1\n[watcher:w]\ncmd = a\n[circus]\ncheck_delay = 2\n",
        "[circus]\ncheck_delay = 3\nwarmup_delay = 4\n[watcher:w]\ncmd = b\nnumprocesses = 5\n",
    )
    assert assembled.daemon == DaemonSpec(check_delay=1.0, warmup_delay=4.0)
    assert assembled.watchers == (WatcherSpec("w", "a", numprocesses=5),)


def test_a_second_definition_is_told_within_a_file_but_not_across_files():
    again = "[watcher:w]\ncmd = a\ncmd = b\n"
    assert findings(again) == [
        "0.ini:3: warning: [watcher:w] cmd: is set a second time: the value of line 2 is used"
    ]
    assert findings("[watcher:w]\ncmd = a\n", "[watcher:w]\ncmd = b\n") == []


def test_the_default_section_leaks_into_every_other():
    assembled = fleet(
        "[DEFAULT]\nsend_hup = true\ncmd = d\n[watcher:a]\n[watcher:b]\ncmd = b\n[env]\nA = 1\n"
    )
    assert [(w.cmd, w.send_hup) for w in assembled.watchers] == [("d", True), ("b", True)]
    assert assembled.env == {"A": "1", "send_hup": "true", "cmd": "d"}


def test_what_is_wrong_in_the_default_section_is_said_once():
    watchers = "[watcher:a]\ncmd=a\n[watcher:b]\ncmd=b\n"
    text = f"[DEFAULT]\nsend_hup = maybe\n[circus]\ndebug = no\n{watchers}"
    assert [line.split(":")[1] for line in findings(text)] == ["2"]


def test_a_section_without_options_does_not_exist():
    assembled = read("[watcher:x]\n[socket:y]\n[plugin:z]\n")
    assert assembled.fleet.watchers == assembled.fleet.sockets == assembled.fleet.plugins == ()
    assert len(assembled.findings) == 3
    assert str(assembled.findings[0]) == (
        "0.ini:1: warning: [watcher:x] the section is empty: it is as if it were not there"
    )


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("", {}),
        (
            "[env]\nA = $HOME/x\nb = ${HOME} $home\nC =  $NOPE ",
            {"A": "/root/x", "b": "${HOME} $home", "C": ""},
        ),
        ("[env]\nA = $(circus.env.HOME)", {"A": "/root"}),
        ("[env:w]\nA = 1", {"A": "1"}),
        ("[env:v, w]\nA = 1", {"A": "1"}),
        ("[env:W]\nA = 1", {}),
        ("[env:?]\nA = 1", {"A": "1"}),
        ("[env:[!w]]\nA = 1", {}),
        ("[env:w*]\nA = 1\n[env:w]\nA = 2", {"A": "2"}),
        ("[env:w]\nA = 1\n[env:*]\nA = 2\n[env]\nA = 3\nB = 4", {"A": "2", "B": "4"}),
        ("[env]\nA = x\n[env:w]\nB = $(circus.env.A)$A", {"A": "x", "B": "x"}),
    ],
)
def test_a_watcher_gets_the_environment_of_its_sections(before, expected):
    assert watcher("cmd = x", before).env == expected


@pytest.mark.parametrize(
    ("option", "field", "value"),
    [
        ("numprocesses = $(circus.env.N)", "numprocesses", 3),
        ("numprocesses = $(circus.env.M)", "numprocesses", 5),
        ("numprocesses = ((CIRCUS.env.m))", "numprocesses", 5),
        ("working_dir = $(circus.env.HOME)/x", "working_dir", "/root/x"),
        ("copy_env = $(circus.env.FLAG)", "copy_env", True),
        ("stop_signal = $(circus.env.SIG)", "stop_signal", 2),
        ("rlimit_core = $(circus.env.M)", "rlimits", {"core": 5}),
        (
            "hooks.after_stop = $(circus.env.MOD).stop",
            "hooks",
            {"after_stop": HookSpec("my.mod.stop")},
        ),
        (
            "stdout_stream.filename = $(circus.env.HOME)/log",
            "stdout_stream",
            StreamSpec("FileStream", {"filename": "/root/log"}),
        ),
        ("mine = $(circus.env.M)", "freeform", {"mine": "5"}),
        ("working_dir = $(circus.env.NOPE)", "working_dir", "$(circus.env.NOPE)"),
    ],
)
def test_variables_work_in_every_option(option, field, value):
    before = "[env:w]\nM = 5\nFLAG = yes\nSIG = int\nMOD = my.mod\n"
    assert getattr(watcher(f"cmd = x\n{option}", before), field) == value


def test_the_variables_of_a_command_wait_for_the_spawn():
    spec = watcher(
        "cmd = x $(circus.env.SPACED)\nargs = $(circus.wid)\nshell_args = $(circus.env.N)"
    )
    assert (spec.cmd, spec.args) == ("x $(circus.env.SPACED)", "$(circus.wid)")


def test_variables_work_outside_of_watchers():
    assembled = fleet(
        "[env]\nP = 90\n[circus]\npidfile = $(circus.env.HOME)/pid\n[socket:s]\nport ="
        " $(circus.env.P)\n"
        "[plugin:p]\nuse = a.b\nx = $(circus.env.N)\n[env:w]\nP = 91\n"
    )
    assert assembled.daemon.pidfile == "/root/pid"
    assert assembled.sockets[0].port == 90
    assert assembled.plugins[0].options == {"x": "3"}


def test_no_pseudo_option_leaks_anywhere():
    assembled = fleet("[env]\nA = 1\n[watcher:w]\ncmd = x\n[plugin:p]\nuse = a.b\n")
    assert "__name__" not in str(assembled)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "[watcher:w]\ncmd = x\nnumproceses = 2",
            (
                "3: warning: [watcher:w] numproceses: is not a known option and is kept for"
                " hooks and plugins; did you mean 'numprocesses'?"
            ),
        ),
        (
            "[watcher:w]\ncmd = x\nzzz = 2",
            "3: warning: [watcher:w] zzz: is not a known option and is kept for hooks and plugins",
        ),
        (
            "[circus]\nendpont = x",
            (
                "2: warning: [circus] endpont: is not a known option and is ignored;"
                " did you mean 'endpoint'?"
            ),
        ),
        (
            "[watcher:w]\ncmd = x\nhook.before_start = a.b",
            (
                "3: warning: [watcher:w] hook.before_start: is not a known option and is kept"
                " for hooks and plugins; did you mean 'hooks.before_start'?"
            ),
        ),
        (
            "[watchers:w]\ncmd = x",
            (
                "1: warning: [watchers:w] is not a known section and is ignored; known are [circus]"
                " [watcher:NAME] [socket:NAME] [plugin:NAME] [env] [env:PATTERNS]"
            ),
        ),
        (
            "[watcher:w]\ncmd = x\nnumprocesses = four",
            (
                "3: [watcher:w] numprocesses: found 'four', expected a whole number of at least 0,"
                " auto or auto*2"
            ),
        ),
        (
            "[watcher:w]\ncmd = x\nnumprocesses = $(circus.env.HOME)",
            (
                "3: [watcher:w] numprocesses: found '/root', expected a whole number of at least 0,"
                " auto or auto*2"
            ),
        ),
        (
            "[watcher:w]\ncmd = x\nstdout_stream = FileStream",
            "3: [watcher:w] stdout_stream: cannot stand alone: write stdout_stream.class = NAME",
        ),
        (
            "[watcher:w]\ncmd = x\nenv = A=1",
            (
                "3: [watcher:w] env: cannot stand here: variables go into a section [env] or"
                " [env:NAME]"
            ),
        ),
        (
            "[watcher:w]\ncmd = x\nrlimit_nofil = 1",
            "3: [watcher:w] rlimit_nofil: there is no limit 'nofil'; did you mean 'rlimit_nofile'?",
        ),
        (
            "[watcher:w]\ncmd = x\nstdout_stream.foo = 1",
            (
                "3: [watcher:w] stdout_stream.foo: there is neither stdout_stream.class nor"
                " stdout_stream.filename"
            ),
        ),
        (
            "[watcher:w]\ncmd = x\n[watcher: W]\ncmd = y",
            "3: [watcher: W] the name is taken by [watcher:w] at line 1, and case does not matter",
        ),
        (
            "[socket:s]\nport = 1\n[socket:S]\nport = 2",
            "3: [socket:S] the name is taken by [socket:s] at line 1, and case does not matter",
        ),
        ("[watcher:]\ncmd = x", "1: [watcher:] has no name, expected [watcher:NAME]"),
        (
            "[socket:s]\nport = 70000",
            "2: [socket:s] port: found '70000', expected a whole number from 0 to 65535",
        ),
        (
            "[socket:s]\nport = 1\numask = 8",
            "3: [socket:s] umask: found '8', expected an octal number such as 022",
        ),
        (
            "[plugin:p]\nuse = a.b\npriority = x",
            "3: [plugin:p] priority: found 'x', expected a whole number",
        ),
    ],
)
def test_what_is_wrong_is_found_with_its_place(text, expected):
    assert findings(text) == [f"0.ini:{expected}"]


def test_options_of_plugins_are_nobodys_business():
    assert (
        findings("[watcher:w]\ncmd = x\nflapping.window = 1\n[plugin:p]\nuse = a.b\nx = 1\n") == []
    )


def test_places_are_under_the_names_that_specs_have():
    places = read("[socket:Web]\nport = 1\n[watcher: W ]\n\ncmd = x\n").places
    assert places["socket:web", "port"].line == 2
    assert places["watcher:W", "cmd"].line == 5
    assert places["watcher:W", ""].line == 3


def test_titles_are_told_apart():
    assert kind_of("watcher: a:b ")[1] == "a:b"
    assert kind_of("circus:x")[0] is None
    assert kind_of("watcher")[0] is None
    assert kind_of("env")[0] is not kind_of("env:x")[0]


def test_sections_keep_their_order():
    merged, _ = sections(parse("[b]\nx=1\n[a]\ny=1\n[b]\nz=1\n", "f")[0])
    assert [(title, list(table)[1:]) for title, table in merged.items()] == [
        ("b", ["x", "z"]),
        ("a", ["y"]),
    ]


def test_auto_is_resolved_with_the_number_of_cpus_and_takes_variables():
    entries, _ = parse("[watcher:w]\ncmd = x\nnumprocesses = auto*$(circus.env.N)\n", "f.ini")
    (spec,) = assemble(entries, {"N": "3"}, 2).fleet.watchers
    assert spec.numprocesses == 6
