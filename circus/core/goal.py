"""The goal of one watcher: the only thing that commands move."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Rollout(Enum):
    """How an older generation gives way to a newer one."""

    SURGE = "spawn all of the new, then stop the old"
    ROLLING = "stop one, replace it, then the next"


@dataclass
class Goal:
    """What a watcher is to become.

    :param up: whether processes are to run
    :param count: how many
    :param generation: members of an older one are to be replaced
    :param cycle: a watcher that rose in an older cycle goes down once before it is up again
    :param rollout: how a generation is replaced
    """

    up: bool = False
    count: int = 1
    generation: int = 0
    cycle: int = 0
    rollout: Rollout = Rollout.SURGE


SUPERSEDES = {
    "start": frozenset({"stop", "restart", "reload", "rm"}),
    "stop": frozenset({"start", "restart", "reload"}),
    "restart": frozenset({"start", "stop", "reload"}),
    "reload": frozenset({"start", "stop", "restart"}),
    "rm": frozenset({"start", "stop", "restart", "reload", "set", "incr", "decr", "kill"}),
    "quit": frozenset({"start", "restart", "reload", "set", "incr", "decr"}),
}
"""A verb → the verbs whose waiting requests it takes over on the same watcher."""
