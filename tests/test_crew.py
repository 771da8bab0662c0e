from __future__ import annotations

import asyncio
import os
import signal
import threading

from circus.crew import Crew
from circus.host.kin import Kin
from circus.host.leftovers import PolledSessions
from tests.helpers.floor import alive, lone
from tests.helpers.launching import shell


def test_a_crew_gives_everything_back():
    async def scene():
        crew = Crew(asyncio.get_running_loop())
        crew.deaths.start(1.0)
        crew.close()

    lone(scene)


def test_children_run_on_when_their_crew_is_closed():
    async def scene():
        crew = Crew(asyncio.get_running_loop())
        crew.deaths.start(1.0)
        pid = crew.children.spawn(shell("exec sleep 600"))
        crew.close()
        assert alive(pid)
        pids.append(pid)

    pids = []
    asyncio.run(scene())
    os.kill(pids[0], signal.SIGKILL)
    assert os.waitpid(pids[0], 0) == (pids[0], signal.SIGKILL)


def test_a_reach_that_this_machine_does_not_have_is_told_with_the_reason(caplog):
    async def scene():
        crew = Crew(asyncio.get_running_loop())
        crew.kin = Kin(crew.children, {"tree": [refused, lambda: PolledSessions(bool)]})
        assert crew.guarantee("tree", "web") == "session"
        crew.close()

    def refused():
        raise OSError("a test says so")

    lone(scene)
    (said,) = caplog.messages
    assert said.startswith("'web': contain = tree is not possible here (a test says so): a stop ")


def test_slow_work_is_done_off_the_loop_one_after_the_other():
    async def scene():
        crew = Crew(asyncio.get_running_loop())
        seen = []

        def work(number):
            seen.append((number, threading.current_thread()))
            return number

        found = await asyncio.gather(*[crew.in_thread(work, number) for number in range(5)])
        assert found == [0, 1, 2, 3, 4]
        assert [number for number, _ in seen] == [0, 1, 2, 3, 4]
        (thread,) = {thread for _, thread in seen}
        assert thread is not threading.main_thread()
        crew.close()

    lone(scene)
