"""The hooks of a watcher without the watcher, in a loop of a test's own."""

from __future__ import annotations

import asyncio

from circus.hooks import Hooks
from circus.loop import Tasks
from circus.spec.model import HookSpec
from tests.helpers.launching import PATIENCE


def failure(name, error, abandoned=False):
    """Return the event of a hook that failed."""
    return "hook_failure", {"name": name, "error": error, "abandoned": abandoned}


class Owner:
    """A watcher, as its hooks see it."""

    name = "web"
    arbiter = "the arbiter"

    def __init__(self):
        self.heard = []

    def notify_event(self, topic, msg):
        self.heard.append((topic, dict(msg)))


class Desk:
    """The hooks of one watcher in the running loop."""

    def __init__(self, **targets):
        self.owner = Owner()
        self.tasks = Tasks(asyncio.get_running_loop())
        specs = {
            name: HookSpec(*target) if isinstance(target, tuple) else HookSpec(target)
            for name, target in targets.items()
        }
        self.hooks = Hooks(self.owner, specs)

    def ask(self, name, limit=0.0, **about):
        answer = asyncio.get_running_loop().create_future()
        self.hooks.ask(
            self.tasks, name, about, limit, lambda verdict: answer.set_result(verdict.yes)
        )
        return asyncio.wait_for(answer, PATIENCE)


def play(scene):
    """Run a scene, an async function, and hold that no hooks' thread is left waiting."""
    asyncio.run(scene())


def returns(value):
    return lambda **_: value


def raises(error):
    def hook(**_):
        raise error

    return hook


async def verdicts(name, target):
    """Return what a hook comes to, called in place and called off the loop, and the events."""
    desk = Desk(**{name: target})
    in_place = desk.hooks.call(name, {}).yes
    off_the_loop = await desk.ask(name)
    desk.hooks.close()
    assert desk.owner.heard[0] == desk.owner.heard[1]
    return {in_place, off_the_loop}, desk.owner.heard[0]
