"""On what terms a process runs: its groups, its umask, and its standing with the kernel."""

from __future__ import annotations

from circus.spec.lists import Cpus, Groups, OrNothing
from circus.spec.options.row import Live, listed
from circus.spec.values import Flag, Mode, Whole

TERMS = (
    listed(
        "groups",
        OrNothing(Groups()),
        Live.RESPAWN,
        "The supplementary groups; unset: those of the user, if `uid` or `gid` is set.",
        listed=False,
    ),
    listed(
        "umask",
        OrNothing(Mode()),
        Live.RESPAWN,
        "The umask; unset: circusd's.",
        listed=False,
    ),
    listed(
        "nice",
        OrNothing(Whole(-20, 19)),
        Live.RESPAWN,
        "The niceness itself, not a step from circusd's; unset: circusd's.",
        listed=False,
    ),
    listed(
        "oom_score_adj",
        OrNothing(Whole(-1000, 1000)),
        Live.RESPAWN,
        "How much sooner than others the process is killed when memory runs out; unset: circusd's.",
        listed=False,
    ),
    listed(
        "cpu_affinity",
        OrNothing(Cpus()),
        Live.RESPAWN,
        "The only CPUs to run on; unset: circusd's.",
        listed=False,
    ),
    listed(
        "no_new_privs",
        Flag(),
        Live.RESPAWN,
        "Nothing that runs here can gain privileges, as by a setuid bit.",
        listed=False,
    ),
)
