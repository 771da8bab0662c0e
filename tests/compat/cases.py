"""What is asked of both: scenes, each for a new daemon with the file of :mod:`tests.compat.stage`.

A step is a request with its properties, raw frames, or a new text of the file. ``<web.0>`` stands
for the first pid of the watcher web. Every property may be given as any JSON value.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from tests.compat.stage import INI, STUBBORN


class Step(NamedTuple):
    """One thing that is done.

    :param name: what it is called in the recording and in the list of differences
    :param frames: the request, placeholders not yet filled in
    :param awaited: the answer comes when the work is done
    :param file: the new text of the file, for a step that asks nothing
    :param ends: what ends by it: the ``daemon``, one ``life`` of it, or the ``talk`` with it
    :param settles: the next step waits until nothing is under way any more
    """

    name: str
    frames: tuple[bytes, ...] = ()
    awaited: bool = False
    file: str = ""
    ends: str = ""
    settles: bool = True


def ask(verb: str, /, **properties: Any) -> Step:
    """Ask with these properties."""
    return whole({"command": verb, "properties": properties}, awaited="waiting" in properties)


def whole(request: Any, awaited: bool = False) -> Step:
    """Ask with a whole request; the id is put in unless there is one."""
    if isinstance(request, dict) and isinstance(request.get("properties"), dict):
        name = f"{request['command']} {json.dumps(request['properties'])}"
        rest = {
            key: value for key, value in request.items() if key not in {"command", "properties"}
        }
        name += f" and {json.dumps(rest)}" if rest else ""
    else:
        name = f"request {json.dumps(request)}"
    if isinstance(request, dict):
        request = {"id": "asked", **request}
    return Step(name, (json.dumps(request).encode(),), awaited)


def raw(*frames: bytes) -> Step:
    """Send these frames."""
    return Step(f"frames {' + '.join(map(repr, frames))}", frames)


def file(what: str, text: str) -> Step:
    """Write the file anew."""
    return Step(f"file: {what}", file=text)


def each(verb: str, key: str, *values: Any, **properties: Any) -> list[Step]:
    """Ask once for each value of a property."""
    return [ask(verb, **properties, **{key: value}) for value in values]


def both(verb: str, **properties: Any) -> list[Step]:
    """Ask twice: for an answer when it is done, and for one when it has begun."""
    return [ask(verb, **properties, waiting=True), ask(verb, **properties)]


def sets(*options: dict[str, Any], name: str = "web") -> list[Step]:
    """Set options and wait."""
    return [ask("set", name=name, options=option, waiting=True) for option in options]


STATE = [ask("status"), ask("numprocesses")]
SOUND = {"command": "numwatchers"}
GLOBAL = ("endpoint", "pubsub_endpoint", "check_delay", "stats_endpoint", "multicast_endpoint")

WIRE = [
    raw(b'{"command": "sta'),
    raw(b"\xff\xfe\x00"),
    raw(b"", b'{"command": "numwatchers"}'),
    raw(b'{"command": "numwatchers"}', b"more"),
    *(whole({"command": verb}) for verb in ("", "nope", "STATUS", "NumWatchers")),
    *(whole({"command": "status", "properties": value}) for value in (None, [], "", "x", 5, False)),
    *(whole({"command": "incr", "properties": value}) for value in (None, [], "", "x", 5)),
    *(whole({**SOUND, "id": value}) for value in (None, 5, [1], {"a": 1}, "", "é")),
    raw(b'{"command": "numwatchers"}'),
    *(whole({**SOUND, "msg_type": value}) for value in ("cast", "CAST", "call", None, 5)),
    whole({"command": "nope", "msg_type": "cast"}),
    raw(b'{"msg_type": "cast"'),
    whole({**SOUND, "more": 1, "properties": {"more": 1}}),
    whole({"command": "stop", "properties": {"name": "web"}, "waiting": True}, awaited=True),
]

READ = [
    *(ask(verb) for verb in ("list", "status", "numprocesses", "numwatchers", "stats", "dstats")),
    *(
        ask(verb)
        for verb in ("globaloptions", "listsockets", "listen", "options", "get", "ipython")
    ),
    *each("list", "name", "web", "WEB", "web two", "idle", "gone", "", None, 5, ["web"]),
    *each("status", "name", "web", "WEB", "Web Two", "idle", "gone", "", None, 5),
    *each("numprocesses", "name", "web", "WEB", "Web Two", "idle", "gone", "", None, 5),
    ask("numwatchers", name="gone"),
    *each("options", "name", "web", "web two", "one", "shelly", "gone", None, 5),
    *each("get", "keys", ["cmd"], ["cmd", "env", "uid"], ["gone"], [], "cmd", None, 5, name="WEB"),
    ask("get", name="web"),
    ask("get", keys=["cmd"]),
    ask("get", name="gone", keys=["cmd"]),
    *each("globaloptions", "option", *GLOBAL, "gone", None, 5),
    ask("dstats", name="web"),
    *each("stats", "name", "web", "WEB", "shelly", "idle", "gone", None, 5),
    *each("stats", "process", "<web.0>", "1", 1, "x", None, name="web"),
    ask("stats", name="web", process="<one.0>"),
    ask("stats", name="gone", process=1),
    *each("stats", "extended", True, "yes", name="web"),
    ask("stats", extended=True),
    ask("listen", topic="watcher."),
]

LIFE = [
    *both("stop", name="web"),
    *STATE,
    ask("incr", name="web", waiting=True),
    ask("decr", name="web", waiting=True),
    *both("start", name="web"),
    ask("start", name="web", waiting=True),
    *(step for verb in ("restart", "reload") for step in both(verb, name="web")),
    ask("reload", name="web", graceful=False, waiting=True),
    ask("reload", name="web", sequential=True, waiting=True),
    ask("reload", name="web", sequential=True, graceful=False, waiting=True),
    ask("reload", name="one", waiting=True),
    *each("reload", "graceful", "no", 0, None, name="web"),
    *each("reload", "name", "gone", "w*", "", 5),
    *(ask(verb, name="idle", waiting=True) for verb in ("start", "restart", "reload")),
    *(ask(verb, name="idle", waiting=True) for verb in ("stop", "restart", "stop")),
    ask("reload", name="idle", waiting=True),
    ask("status", name="idle"),
    ask("stop", name="idle", waiting=True),
    ask("reload", waiting=True),
    *STATE,
    ask("stop", name="idle", waiting=True),
    *(step for verb in ("stop", "start") for step in (*both(verb), *STATE)),
    *(
        step
        for verb in ("stop", "start", "restart")
        for step in (ask(verb, name="w*", waiting=True), *STATE)
    ),
    *(ask(verb, name="*", waiting=True) for verb in ("stop", "start", "restart")),
    *STATE,
    *(
        ask(verb, name=name, match=match, waiting=True)
        for verb in ("stop", "start", "restart")
        for name, match in [("WEB", "simple"), ("w*", "simple"), ("we.$", "regex"), ("w", "regex")]
    ),
    *each("stop", "match", "regex", "nope", None, 5, name="("),
    *each("start", "match", "glob", "simple", "regex", "nope", name="gone"),
    *(
        ask(verb, name=name)
        for verb in ("start", "stop", "restart")
        for name in ("gone", 5, ["web"])
    ),
    *each("stop", "name", "w[ef]b", "WEB TWO", "\\D+$", waiting=True),
    ask("start", waiting=True),
    *each("start", "waiting", 1, "no", [], None, name="web"),
    ask("stop", name="\\S+b$", match="regex", waiting=True),
]  # fmt: skip

COUNT = [
    *(step for verb in ("incr", "decr") for step in both(verb, name="web")),
    *(
        step
        for verb in ("incr", "decr")
        for step in (
            *each(verb, "nb", 2, 0, -1, "x", [1], name="web", waiting=True),
            *(
                step
                for nb in ("2", None, True)
                for step in (ask(verb, name="web", nb=nb, waiting=True), *sets({"numprocesses": 3}))
            ),
            *STATE,
            ask(verb, name="web", nb="x"),
            ask(verb),
            *each(verb, "name", "gone", "", None, 5),
            *both(verb, name="one"),
        )
    ),
    ask("set", name="web", options={"numprocesses": 2}, waiting=True),
    ask("decr", name="web", nb=9, waiting=True),
    *STATE,
    ask("incr", name="web", waiting=True),
    *STATE,
]

GOOD = [
    {"numprocesses": 3}, {"numprocesses": 0}, {"numprocesses": 2}, {"warmup_delay": 0},
    {"warmup_delay": 0.01}, {"send_hup": True}, {"send_hup": False}, {"stop_signal": 15},
    {"stop_children": True}, {"graceful_timeout": 3}, {"graceful_timeout": 2.5},
    {"working_dir": "/"}, {"shell": False}, {"env": {"A": "1"}}, {"env": {}},
    {"cmd": "sleep 610"}, {"args": "611"}, {"args": ["612"]}, {"max_age": 100},
    {"max_age_variance": 10}, {"max_retry": 4}, {"copy_env": False}, {"respawn": True},
    {"retry_in": 5}, {"close_child_stdin": True}, {"close_child_stdout": False},
    {"rlimit_nofile": 512}, {"rlimit_core": None}, {"hooks.before_start": "os.path.exists"},
    {"hooks": {"after_start": "os.path.exists"}}, {"__name__": "other"},
    {"stdout_stream": {"class": "StdoutStream"}}, {"stderr_stream.class": "StdoutStream"},
    {"max_age": 0, "graceful_timeout": 4}, {},
]  # fmt: skip
BAD = [
    {"numprocesses": "3"}, {"numprocesses": -1}, {"numprocesses": 1.5}, {"numprocesses": None},
    {"warmup_delay": "1"}, {"uid": []}, {"uid": "nobody-there"},
    {"gid": 1.5}, {"send_hup": "yes"}, {"send_hup": 1}, {"stop_signal": "TERM"},
    {"stop_signal": 999}, {"stop_children": 1}, {"graceful_timeout": "x"}, {"shell": "no"},
    {"env": []}, {"env": {"A": 1}}, {"env": "A=1"}, {"cmd": 5}, {"cmd": ""},
    {"max_age": "x"}, {"max_retry": 1.5}, {"respawn": 1}, {"retry_in": "x"},
    {"close_child_stderr": "x"}, {"rlimit_nofile": "512"}, {"rlimit_nope": 1}, {"rlimit_": 1},
    {"hooks.nope": "os.path.exists"}, {"hooks.after_start": "gone.hook"}, {"hooks": "x"},
    {"hooks": {"nope": "x"}}, {"stdout_stream": {}}, {"stdout_stream": "StdoutStream"},
    {"stdout_stream": {"class": "gone.Stream"}}, {"nope": 1}, {"priority": 1}, {"autostart": True},
    {"use_sockets": True}, {"executable": "/bin/sleep"}, {"name": "x"}, {"NumProcesses": 1},
    {"numprocesses": 1, "nope": 2}, {"numprocesses": 1, "hooks.after_start": "gone.hook"},
]  # fmt: skip

SET = [
    *sets(*GOOD),
    ask("options", name="web"),
    *sets(*BAD),
    ask("options", name="web"),
    *sets({"numprocesses": 2}, {"numprocesses": 1}, {"singleton": False}, name="one"),
    ask("set", name="web"),
    ask("set", options={}),
    *each("set", "options", [], "x", None, 5, ["cmd", "sleep"], name="web"),
    *sets({"graceful_timeout": 3}, name="gone"),
    ask("set", name="web", options={"cmd": "sleep 613"}),
    ask("set", name="web", options={"numprocesses": 3}),
    ask("set", name="idle", options={"numprocesses": 2}, waiting=True),
    ask("set", name="idle", options={"cmd": "sleep 614"}, waiting=True),
    *STATE,
]


def adds(key: str, *values: Any, **properties: Any) -> list[Step]:
    """Add a watcher for each value of a property; the command itself is never among them."""
    return [
        ask("add", name=f"{key} {json.dumps(value)}", cmd="sleep 620", **{key: value}, **properties)
        for value in values
        if not isinstance(value, dict) or not {"cmd", "args", "__name__"} & value.keys()
    ]


ADD = [
    *each("add", "name", "a", "A", "web", "WEB", "", " ", None, 5, cmd="sleep 620"),
    *each("add", "cmd", "", None, 5, ["sleep", "1"], name="b"),
    ask("add"),
    ask("add", name="c"),
    ask("add", cmd="sleep 620"),
    ask("add", name="d", cmd="sleep 620", start=True, waiting=True),
    ask("add", name="e", cmd="sleep 620", waiting=True),
    ask("add", name="f", cmd="sleep 620", start=True),
    ask("add", name="with space.and.dots", cmd="sleep 620", start=True, waiting=True),
    *STATE,
    ask("add", name="g", cmd="sleep", args="620", start=True, waiting=True),
    ask("add", name="h", cmd="sleep", args=["620"], start=True, waiting=True),
    *adds("args", {}, 5, None, ""),
    *adds("start", "yes", 1, 0, None),
    *adds("options", [], "x", None, {"nope": 1}, {"numprocesses": "x"}),
    *adds("options", *GOOD, *BAD, start=True, waiting=True),
    ask("add", name="i", cmd="sleep 620", options={"cmd": "sleep 621"}),
    *adds("options", {"hooks": {"before_start": ["os.path.exists", True]}}),
    ask("add", name="k", cmd="no-such-program", options={"max_retry": 1}, start=True, waiting=True),
    ask("add", name="l", cmd="sleep 620", options={"singleton": True, "numprocesses": 2}),
    ask("options", name="e"),
    ask("list", name="with space.and.dots"),
    *both("rm", name="d"),
    ask("rm", name="e", waiting=True),
    ask("rm", name="f"),
    ask("rm", name="g", nostop=True, waiting=True),
    ask("rm", name="h", nostop=True),
    ask("rm"),
    *each("rm", "name", "gone", "w*", "", None, 5),
    ask("rm", name="WEB", waiting=True),
    ask("rm", name="idle", waiting=True),
    ask("numwatchers"),
]  # fmt: skip

SIGNAL = [
    *each("signal", "signum", 18, "18", "CONT", "SIGCONT", "cont", "sigcont", "Winch", name="web"),
    *each("signal", "signum", "foo", "", None, -1, 0, 999, 1.5, [18], "18x", "CONT+x", name="web"),
    ask("signal", name="web"),
    ask("signal", signum=18),
    *each("signal", "name", "gone", "idle", "", None, 5, signum=18),
    *each("signal", "pid", "<web.0>", "<one.0>", 1, "1", "x", None, name="web", signum=18),
    ask("signal", name="web", signum=18, childpid=1),
    *each("signal", "childpid", 1, "x", name="web", signum=18, pid="<web.0>"),
    *each("signal", "children", True, "yes", name="shelly", signum=18),
    *each("signal", "recursive", True, name="shelly", signum=18),
    *each("signal", "children", True, name="web", signum=18, pid="<web.0>"),
    *each("signal", "children", True, name="web", signum=18, pid=1),
    *each("signal", "recursive", True, name="web", signum=18, pid=1),
    ask("signal", name="web", signum="kill"),
    ask("signal", name="web", signum="RTMIN+1"),
    *both("kill", name="web"),
    *each("kill", "pid", "<web.0>", "<one.0>", 1, "1", "x", None, name="web", waiting=True),
    ask("kill", name="web", pid="x"),
    *each("kill", "signum", 9, "KILL", "foo", 999, None, name="web", waiting=True),
    ask("kill", name="web", signum="foo"),
    *each("kill", "graceful_timeout", 1, "1", "x", -1, None, name="web", waiting=True),
    *each("kill", "name", "gone", "idle", None, 5),
    *each("kill", "name", "gone", "idle", waiting=True),
    ask("kill"),
    *STATE,
]

BUSY = [
    ask("start", name="stubborn", waiting=True),
    ask("stop", name="stubborn")._replace(settles=False),
]
WHILE_BUSY = [
    ask("status", name="stubborn"),
    ask("numprocesses", name="stubborn"),
    ask("incr", name="web", waiting=True),
    ask("stop", name="web", waiting=True),
    ask("restart", name="web", waiting=True),
    ask("reload", name="web", waiting=True),
    ask("set", name="web", options={"graceful_timeout": 4}, waiting=True),
    ask("add", name="a", cmd="sleep 630", waiting=True),
    ask("rm", name="idle", waiting=True),
    ask("kill", name="web", waiting=True),
    ask("signal", name="web", signum=18),
]

CHANGED = INI.replace("numprocesses = 2", "numprocesses = 3").replace("sleep 602", "sleep 640")
FEWER = CHANGED.replace("[watcher:idle]\ncmd = sleep 603\nautostart = False\n", "")
MORE = FEWER + "[watcher:new]\ncmd = sleep 641\n"
OPTION = MORE.replace("check_delay = 0.2", "check_delay = 0.3")
CONFIG = [
    *both("reloadconfig"),
    *(
        step
        for what, text in [
            ("a count and a command", CHANGED),
            ("a watcher less", FEWER),
            ("a watcher more", MORE),
            ("a value that is none", MORE + "numprocesses = many\n"),
            ("an unknown option", MORE + "nonsense = 1\n"),
            ("no section at its head", "cmd = sleep 641\n" + MORE),
            ("as before", MORE),
        ]
        for step in (
            file(what, text),
            ask("reloadconfig", waiting=True),
            *STATE,
            ask("get", name="web", keys=["numprocesses"]),
            ask("get", name="one", keys=["cmd"]),
        )
    ),
    ask("add", name="mine", cmd="sleep 642", start=True, waiting=True),
    ask("reloadconfig", waiting=True),
    ask("status"),
]

ALONE = [
    *(raw(text) for text in (b"", b"  \n", b"[1, 2]", b"5", b'"status"', b"null", b"NaN")),
    *(
        whole(request)
        for request in ({}, {"command": None}, {"command": 5}, {"command": ["status"]})
    ),
    *(ask(verb, name="web", nb=1.5, waiting=True) for verb in ("incr", "decr")),
    *sets({"args": 5}, {"working_dir": 5}),
    ask("add", name="a", cmd="sleep 620", options={"working_dir": 5}, start=True, waiting=True),
]
"""What leaves Circus deaf or at war with itself: each is asked of a daemon of its own."""

SCENES: dict[str, tuple[list[Step], str]] = {
    "wire": (WIRE, ""),
    "read": (READ, ""),
    "life": (LIFE, ""),
    "count": (COUNT, ""),
    "set": (SET, ""),
    "add": (ADD, ""),
    "signal": (SIGNAL, ""),
    "config": (CONFIG, ""),
    **{
        f"{verb}, {how}": ([ask(verb, **properties)._replace(ends=ends), *state], "")
        for verb, ends, state in (("quit", "daemon", []), ("restart", "life", STATE))
        for how, properties in (("at once", {}), ("awaited", {"waiting": True}))
    },
    "quit, with a name": ([ask("quit", name="web", waiting=True)._replace(ends="daemon")], ""),
    "alone": ([step._replace(ends="talk") for step in ALONE], ""),
    "busy": ([*BUSY, *(step._replace(settles=False) for step in WHILE_BUSY)], STUBBORN),
}
"""Steps, and what is in the file besides, by scene."""
