"""A daemon whose watchers have hooks: where they are found, and what their misdeeds cost."""

from __future__ import annotations

import os
import re
import signal

import pytest

from benchmarks import proc
from circus.circusd import run
from tests.helpers.daemon import PATIENCE, alive

WEB = "[watcher:{name}]\ncmd = sleep 600\n{more}\n"


def watcher(name="web", **options):
    """Return the section of a watcher; dots of options are written as double underscores."""
    lines = (f"{key.replace('__', '.')} = {value}" for key, value in options.items())
    return WEB.format(name=name, more="\n".join(lines))


def write(path, text):
    """Write a module."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


# --- where they are -------------------------------------------------------------------------------

SAYING = """
import os
import beside

def before_start(watcher, arbiter, hook_name, **about):
    os.write(1, f"{watcher.name} is {beside.WHO}\\n".encode())
    return True
"""


def test_each_watcher_has_the_hooks_of_its_own_working_directory(circusd, tmp_path, capsys):
    for who in ("a", "b"):
        write(tmp_path / who / "mine.py", SAYING)
        write(tmp_path / who / "beside.py", f"WHO = '{who}'\n")
    text = "".join(
        watcher(f"web-{who}", hooks__before_start="mine.before_start", working_dir=tmp_path / who)
        for who in ("a", "b")
    )
    daemon = circusd(text)
    daemon.log.until("web-a is a", "web-b is b", "web-a started", "web-b started")
    assert run(["--check", str(daemon.file)]) == 0
    assert "is fine: 2 watchers" in capsys.readouterr().out


def test_they_may_be_on_the_pythonpath_of_its_environment(circusd, tmp_path):
    write(tmp_path / "lib" / "mine.py", SAYING)
    write(tmp_path / "lib" / "beside.py", "WHO = 'found'\n")
    path = f"[env:web]\nPYTHONPATH = {tmp_path}/nowhere:{tmp_path}/lib\n"
    circusd(watcher(hooks__before_start="mine:before_start") + path).log.until("web is found")


def test_one_that_is_nowhere_is_an_error_of_the_file(tmp_path, capsys):
    write(tmp_path / "b" / "mine.py", SAYING)
    file = tmp_path / "circus.ini"
    file.write_text(watcher(hooks__before_start="mine.before_start", working_dir=tmp_path))
    assert run(["--check", str(file)]) == 1
    complaint = f"{file}:3: [watcher:web] hooks.before_start: there is no module 'mine'"
    assert complaint in capsys.readouterr().err.splitlines()


def test_a_hook_that_is_set_is_loaded_anew(circusd, tmp_path):
    words = "def after_stop(**about):\n    print('the {} words', flush=True)\n"
    source = write(tmp_path / "mine" / "words.py", words.format("first"))
    daemon = circusd(watcher(hooks__after_stop="words.after_stop", working_dir=source.parent))
    daemon.log.until("web started")
    daemon.ctl("stop", "web", "--waiting")
    daemon.log.until("the first words")
    source.write_text(words.format("second"))
    daemon.ctl("set", "web", "hooks.after_stop", "words.after_stop")
    daemon.ctl("start", "web", "--waiting")
    daemon.ctl("stop", "web", "--waiting")
    daemon.log.until("the second words")
    code, _, complaint = daemon.try_ctl("set", "web", "hooks.after_stop", "words.nothing")
    assert (code, "cannot find the hook 'words.nothing'" in complaint) == (3, True)


# --- misdeeds -------------------------------------------------------------------------------------

HANGING = """
import os, threading

def hang(watcher, **about):
    os.write(1, f"{watcher.name} hangs\\n".encode())
    threading.Event().wait()

async def hang_later(watcher, **about):
    import asyncio
    os.write(1, f"{watcher.name} hangs\\n".encode())
    await asyncio.Event().wait()
"""
OTHER = watcher("other", numprocesses=2)


@pytest.mark.parametrize("how", ["hang", "hang_later"])
def test_one_that_hangs_delays_nobody_else_and_not_the_end(circusd, tmp_path, how):
    write(tmp_path / "mine.py", HANGING)
    daemon = circusd(OTHER + watcher(hooks__before_start=f"mine.{how}", priority=-1))
    daemon.log.until("web hangs")
    events = daemon.events()
    for pid in daemon.pids("other"):
        os.kill(pid, signal.SIGKILL)
    events.until("other", "spawn", 2)
    assert daemon.ctl("restart", "other", "--waiting") == "ok"
    assert daemon.ctl("status", "web") == "starting"
    assert daemon.ctl("quit") == "ok"
    assert daemon.ended() == 0


def test_on_the_way_down_the_grace_is_its_limit(circusd, tmp_path):
    write(tmp_path / "mine.py", HANGING)
    hooks = ("before_stop", "before_signal", "after_reap", "after_stop")
    options = [{f"hooks__{hook}": "mine.hang", "graceful_timeout": 1} for hook in hooks]
    daemon = circusd("".join(map(lambda hook, more: watcher(hook, **more), hooks, options)))
    daemon.log.until(*(f"{hook} started" for hook in hooks))
    pids = [pid for hook in hooks for pid in daemon.pids(hook)]
    daemon.ctl("stop", "--waiting")
    assert not any(map(alive, pids))
    for hook in hooks:
        text = rf"Hook '{hook}' failed for '{hook}': no answer in [0-9.]+ s; it goes on in thread"
        assert re.search(text, daemon.log.so_far())
    assert daemon.ctl("start", "--waiting") == "ok"
    daemon.ctl("quit")
    assert daemon.ended() == 0


FORKING = """
import os

def forked(watcher, **about):
    if os.fork():
        os.write(1, f"the parent is {os.getpid()}\\n".encode())
    return True

async def forked_later(watcher, **about):
    return forked(watcher)
"""


@pytest.mark.parametrize("how", ["forked", "forked_later"])
def test_one_that_forks_and_comes_back_twice_makes_no_second_daemon(circusd, tmp_path, how):
    write(tmp_path / "mine.py", FORKING)
    daemon = circusd(OTHER + watcher(hooks__before_start=f"mine.{how}"))
    daemon.log.until(
        f"the parent is {daemon.process.pid}",
        "a hook forked and its child came back: the child ends here",
        "web started",
        "other started",
    )
    ours = {daemon.process.pid, *daemon.pids("web"), *daemon.pids("other")}
    assert [pid for pid in proc.family(daemon.process.pid) if pid not in ours and alive(pid)] == []


LEAKING = """
import os, threading, subprocess, sys

kept = []

def leak(**about):
    for _ in range(3):
        kept.append(open(__file__))
    wait = threading.Event().wait
    kept.append(threading.Thread(target=wait, name="left behind", daemon=False))
    kept[-1].start()
    kept.append(subprocess.Popen([sys.executable, "-I", "-S", "-c", "raise SystemExit(7)"]))
    return True

def look(**about):
    os.write(1, f"its child ended with {kept[-1].wait()}\\n".encode())
    return True
"""


def test_what_one_leaks_is_left_to_it_and_does_not_keep_the_daemon(circusd, tmp_path):
    write(tmp_path / "mine.py", LEAKING)
    hooks = {"hooks__before_start": "mine.leak", "hooks__before_stop": "mine.look"}
    daemon = circusd(watcher(**hooks))
    daemon.log.until("web started")
    (pid,) = daemon.pids("web")
    assert not [one for one in os.listdir(f"/proc/{pid}/fd") if leads_to(pid, one, "mine.py")]
    daemon.ctl("stop", "web", "--waiting")
    daemon.log.until("its child ended with 7")
    daemon.ctl("quit")
    daemon.log.until("circusd ends, and with it the threads 'left behind'")
    assert daemon.ended() == 0


def leads_to(pid, fd, name):
    return os.readlink(f"/proc/{pid}/fd/{fd}").endswith(name)


def test_threads_that_are_not_ended_in_time_are_bounded(circusd, tmp_path):
    write(tmp_path / "mine.py", HANGING)
    daemon = circusd(watcher(hooks__before_start="mine.hang", hook_timeout=0.01))
    for _ in range(12):
        daemon.ctl("start", "web", "--waiting")
    daemon.log.until("cannot call it: 10 threads of hooks that did not answer are busy still")
    threads = len(os.listdir(f"/proc/{daemon.process.pid}/task"))
    assert threads < 10 + 12
    assert daemon.ctl("status", "web") == "stopped (before_start said no)"
    daemon.ctl("quit")
    assert daemon.ended(PATIENCE) == 0
