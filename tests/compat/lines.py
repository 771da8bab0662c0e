"""The lines that are said to both ``circusctl``, and the happenings that both publish."""

from __future__ import annotations

import os
import shlex
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.compat.stage import Stage

LINES = [
    line.strip()
    for line in """
    list
    list web
    list gone
    list web two
    list a b c
    status
    status web
    status idle
    status gone
    status a b
    numprocesses
    numprocesses web
    numprocesses gone
    numprocesses a b
    numwatchers
    numwatchers web
    options web
    options
    options gone
    get web cmd numprocesses
    get web env uid
    get web
    get web gone
    globaloptions
    globaloptions check_delay
    globaloptions gone
    listsockets
    dstats
    stats
    stats web
    stats --extended web
    stats shelly
    stats web <web.0>
    stats web 1
    stats gone
    stats a b c
    signal web CONT
    signal web 18
    signal web <web.0> cont
    signal web CONT --children
    signal web CONT --recursive
    signal web foo
    signal web
    signal gone CONT
    incr web
    decr web
    incr web --waiting
    decr web 1 --waiting
    incr web 2 --waiting
    decr web 2 --waiting
    incr one
    decr one --waiting
    incr
    incr web x
    incr gone
    set web numprocesses 3
    set web numprocesses 2 --waiting
    set web graceful_timeout 4 max_age 0
    set web stop_signal TERM
    set web env A=1
    set web nope 1
    set web cmd
    set web
    set web numprocesses x
    set gone numprocesses 1
    stop web
    stop web --waiting
    start web --waiting
    start web
    stop gone
    stop w* --waiting
    start w* --waiting --match glob
    start web --match simple
    start web --match nope
    start a b
    restart web --waiting
    restart web
    restart gone
    restart a b
    reload web --waiting
    reload web --sequential --waiting
    reload web --terminate --waiting
    reload web
    reload --waiting
    reload
    reload gone
    reload a b
    kill web
    kill web <web.0>
    kill web --signum KILL
    kill web <web.0> --signum 9
    kill web --graceful_timeout 2
    kill gone
    kill
    add new sleep 650
    add new sleep 650
    add --start newer sleep 651
    add newest
    rm new
    rm newer --waiting
    rm gone
    rm
    reloadconfig
    reloadconfig --waiting
    nope
    status --nope
    status --json
    start web --match
    --json status web
    --json status gone
    --json list
    --json incr web --waiting
    --json decr web --waiting
    --json stop gone
    --timeout x status
    --version
    ipython
    """.strip().splitlines()
]
"""What is typed after ``circusctl``; ``<web.0>`` stands for a pid."""


def words(stage: Stage, line: str) -> list[str]:
    """Return the words of a line, with pids put in."""
    found = shlex.split(line)
    if "<web.0>" in found:
        found[found.index("<web.0>")] = str(min(stage.pids("web")))
    return found


def asked(verb: str, /, **properties: object) -> Callable[[Stage], object]:
    """Make a happening of a command."""
    return lambda stage: stage.call(verb, waiting=True, **properties)


def crash(stage: Stage) -> None:
    """Kill a worker from outside, and wait until it is replaced."""
    pids = stage.pids("web")
    os.kill(pids[0], signal.SIGKILL)
    stage.until(lambda: (now := stage.pids("web")) != pids and len(now) == len(pids))


HAPPENINGS: dict[str, Callable[[Stage], object]] = {
    "stop": asked("stop", name="web"),
    "start": asked("start", name="web"),
    "start of what runs": asked("start", name="web"),
    "restart": asked("restart", name="web"),
    "reload": asked("reload", name="web"),
    "reload, sequential": asked("reload", name="web", sequential=True),
    "reload, not graceful": asked("reload", name="web", graceful=False),
    "incr": asked("incr", name="web"),
    "decr": asked("decr", name="web"),
    "crash": crash,
    "kill": lambda stage: asked("kill", name="web", pid=stage.pids("web")[0])(stage),
    "signal": asked("signal", name="web", signum=18),
    "set": asked("set", name="web", options={"graceful_timeout": 4, "max_age": 0}),
    "set that reloads": asked("set", name="one", options={"cmd": "sleep 660"}),
    "add": asked("add", name="A New", cmd="sleep 661"),
    "start of the added": asked("start", name="a new"),
    "rm": asked("rm", name="a new"),
    "set of a hook": asked("set", name="idle", options={"hooks.before_start": "os.path.exists"}),
    "start with a hook that fails": asked("start", name="idle"),
    "stop of a name in two words": asked("stop", name="web two"),
}
"""What happens, by its name; one after the other on one daemon."""
