"""Who cannot be killed is named in every answer, and is in the way of nobody but himself."""

from __future__ import annotations

import contextlib
import os
import sys

import pytest

from circus.core import members
from circus.exc import StopError
from circus.watcher import Watcher
from tests.helpers import floor
from tests.helpers.daemon import gone, running

FREEZER = "/sys/fs/cgroup/freezer"
"""Control groups of version 1 can freeze a process so that not even SIGKILL is heard."""

IMPATIENT = (
    sys.executable,
    "-c",
    """
import sys
from circus.core import members
members.SURVIVES = 0.2
sys.argv = sys.argv[3:]
from circus.circusd import main
main()
""",
)
"""Runs a circusd that soon takes somebody for a survivor."""

STUCK = """
[watcher:stuck]
cmd = sleep 600
graceful_timeout = 0.1
[watcher:fine]
cmd = sleep 600
"""


@pytest.fixture
def freeze():
    """Return a function that freezes a process, and one that lets all of them live on."""
    folder = f"{FREEZER}/circus-test-{os.getpid()}"
    try:
        os.mkdir(folder)
    except OSError as error:
        pytest.skip(f"no process can be frozen here: {error.strerror}")

    def write(name, text):
        with open(f"{folder}/{name}", "w") as file:
            file.write(text)

    def stop(pid):
        write("cgroup.procs", str(pid))
        write("freezer.state", "FROZEN")
        state = ""
        while "FROZEN" not in state:
            with open(f"{folder}/freezer.state") as file:
                state = file.read()

    yield stop, lambda: write("freezer.state", "THAWED")
    write("freezer.state", "THAWED")
    with open(f"{folder}/cgroup.procs") as file:
        assert gone(map(int, file.read().split()))
    os.rmdir(folder)


@pytest.fixture
def daemon(tmp_path, freeze):
    """A circusd; who is frozen lives again before it is ended."""
    with running(tmp_path, STUCK, around=IMPATIENT) as made:
        made.log.until("stuck started", "fine started")
        try:
            yield made
        finally:
            freeze[1]()


def test_a_frozen_process_is_named_by_stop_and_by_start_and_replaced_once_it_is_gone(
    daemon, freeze
):
    events = daemon.events()
    (pid,) = daemon.pids("stuck")
    stop, live = freeze
    stop(pid)
    problem = f"error: cannot stop all of 'stuck': SIGKILL does not end {pid}"
    assert daemon.try_ctl("stop", "stuck", "--waiting") == (3, "", problem)
    daemon.log.until(f"cannot kill process {pid} of 'stuck': it does not end")
    assert daemon.ctl("status", "stuck") == f"stopped (cannot kill {pid})"
    assert daemon.call("status", name="stuck")["survivors"] == [pid]
    assert daemon.try_ctl("stop", "--waiting") == (3, "", problem)
    assert daemon.try_ctl("start", "stuck", "--waiting")[0] == 3
    assert (daemon.ctl("status", "stuck"), daemon.pids("stuck")) == (
        f"active (cannot kill {pid})",
        [pid],
    )
    live()
    heard = [one for one in events.until("stuck", "spawn") if one.watcher == "stuck"]
    reap, spawn = (one for one in heard if one.name in ("reap", "spawn"))
    assert (reap.pid, reap.fields["asked"]) == (pid, True)
    assert daemon.pids("stuck") == [spawn.pid]
    assert daemon.ctl("stop", "--waiting") == "ok"


def test_a_frozen_process_does_not_keep_the_daemon_from_ending(daemon, freeze):
    (pid,) = daemon.pids("stuck")
    freeze[0](pid)
    code, _, problem = daemon.try_ctl("quit", "--waiting")
    assert (code, problem) == (3, f"error: cannot stop all of 'stuck': SIGKILL does not end {pid}")
    assert daemon.ended() == 0
    assert daemon.log.so_far().count("stopped") == 2


class Guarded(Watcher):
    """A watcher whose processes may not be killed by us."""

    def send_signal(self, pid, signum):
        if signum == 9:
            raise PermissionError(1, "Operation not permitted")
        return super().send_signal(pid, signum)


def test_a_process_that_may_not_be_killed_is_named_and_its_place_is_not_used(monkeypatch, caplog):
    monkeypatch.setattr(members, "SURVIVES", 0.1)

    async def scene(here):
        talk, options = floor.slow(graceful_timeout=0.1, numprocesses=2)
        web = here.watcher(kind=Guarded, **options)
        await web.start()
        await talk.until(2)
        first, second = web.processes
        with pytest.raises(StopError, match=f"SIGKILL does not end {first}, {second}"):
            await web.stop()
        assert sorted(web.explain()["survivors"]) == sorted([first, second])
        with pytest.raises(StopError):
            await web.start()
        assert len(web) == 2
        os.kill(first, 9)
        assert (await here.ears.until("spawn", 3))["wid"] == 1
        os.kill(second, 9)
        assert (await here.ears.until("spawn", 4))["wid"] == 2
        for pid in web.processes:
            os.kill(pid, 9)
        with contextlib.suppress(StopError):
            await web.stop()

    floor.play(scene)
    assert "cannot signal process" in caplog.text
