"""The verb ``reloadconfig`` (spec §4.7, §5.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circus.commands import render
from circus.commands.declare import Later, command, flag, old_class

if TYPE_CHECKING:
    from circus.commands.declare import Answer
    from circus.commands.ports import Fleet


@command(
    "reloadconfig",
    "Reload the configuration file",
    flag("plan", "say what would be done, and do nothing"),
    waits=True,
    show=render.plan,
    lenient=True,
)
def reloadconfig(fleet: Fleet, plan: bool) -> Answer | Later:
    """Read the configuration file again and put into effect what has changed.

    A file with a mistake is refused with all that is wrong, and nothing changes. Of each watcher
    the mildest act is done: ``keep`` it, ``rescale`` it, ``apply live`` what needs no new process,
    ``reload`` it gracefully, ``rebuild`` it (stop, then start), ``add`` or ``remove`` it. What was
    added or changed at run time stays. Sockets are known by their addresses: ``keep``, ``apply
    live``, ``move``, ``rebind`` (refused while processes have it open), ``add``, ``remove``.
    ``needs_restart`` names the options of ``[circus]`` that
    only a restart puts into effect.

    With ``waiting`` the answer, and with ``plan`` its ``plan``, holds ``watchers`` (``name``,
    ``act``, ``why``), ``sockets`` (the same), ``circus`` and ``needs_restart``.
    """
    if plan:
        return {"plan": fleet.plan_config()}
    return Later(fleet.reload_from_config(), dict)


__getattr__ = old_class("ReloadConfig", reloadconfig)
