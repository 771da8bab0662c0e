"""The plan: goal and crowd compared. Pure functions over counts; they store nothing."""

from __future__ import annotations

from dataclasses import dataclass

from circus.core.goal import Rollout


@dataclass(frozen=True, slots=True)
class Sight:
    """What the plan looks at: counts of a crowd.

    :param wanted: how many are to run
    :param current: how many fill a place in the goal's generation
    :param pending: how many of these do not serve yet
    :param older: how many fill a place and are to be replaced
    :param leaving: how many are on their way out
    :param holding: how many on their way out, or surviving, keep their place until they are gone
    :param taken: how many places those take that cannot be killed
    :param waiting: how many places wait before they are tried again
    :param mourned: how many places are filled again once their reap hooks have answered
    :param rollout: how the older ones give way
    :param alone: no two may be alive side by side
    """

    wanted: int
    current: int = 0
    pending: int = 0
    older: int = 0
    leaving: int = 0
    holding: int = 0
    taken: int = 0
    waiting: int = 0
    mourned: int = 0
    rollout: Rollout = Rollout.SURGE
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done: members to add, older ones and current ones to let go, oldest first.

    *release*: so many of the held places are not needed any more.
    """

    add: int = 0
    drop_older: int = 0
    drop_current: int = 0
    release: int = 0


def plan(see: Sight) -> Plan:
    """Name the next step from a crowd to its goal.

    Replacing surges (all new, then the older ones go) or rolls (one older one goes, then its
    replacement comes). In either case no spawn makes more than twice the wanted number alive, those
    aside that cannot be killed, and none makes a second of a singleton.
    """
    surplus = see.current + see.holding - see.wanted
    too_many = max(0, see.older - see.wanted)
    if surplus > 0:
        release = min(surplus, see.holding)
        return Plan(drop_current=surplus - release, drop_older=too_many, release=release)
    alive = see.current + see.older + see.leaving
    if see.older and see.rollout is Rollout.ROLLING:
        return _roll(see)
    missing = see.wanted - see.current - see.holding - see.waiting - see.mourned
    most = see.wanted - see.taken if see.alone else 2 * see.wanted
    add = max(0, min(missing, most - alive))
    complete = see.current - see.pending + see.holding >= see.wanted
    return Plan(add=add, drop_older=see.older if complete else too_many)


def _roll(see: Sight) -> Plan:
    filled = see.current + see.older + see.leaving + see.taken + see.mourned
    if see.current + see.older > see.wanted:
        return Plan(drop_older=min(see.older, see.current + see.older - see.wanted))
    if filled + see.waiting < see.wanted:
        return Plan(add=see.wanted - filled - see.waiting)
    settled = not (see.pending or see.leaving or see.waiting or see.mourned)
    return Plan(drop_older=1 if settled else 0)
