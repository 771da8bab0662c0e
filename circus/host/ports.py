"""What the daemon may ask of the operating system, and what it is told.

The shell holds one :class:`Children` for each arbiter (or lone watcher), and one
:class:`circus.host.kin.Kin`, which knows how far each child's watcher reaches: one :class:`Reach`
for each value of ``contain``. A process ends in two steps: first it is *ended* (a zombie, whose
numbers the kernel keeps from strangers), then it is *reaped*. Whatever signals what the process
left behind does so between or right after the two.

The way of a stubborn family, as the shell walks it::

    pid = kin.spawn(plan, "session", "web")
    children.signal(pid, SIGKILL); kin.signal(pid, kin.members([pid])[pid], SIGKILL)
    ... children.fileno() is readable: pid is in children.ended() ...
    status = children.reap(pid)
    if kin.answers(pid) and kin.watch(pid):   # somebody is left: look, kill, and wait
        ... kin.fileno(pid) is readable: pid is in kin.gone() ...
    else:
        kin.forget(pid)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from circus.spec.launch import LaunchPlan


class Children(Protocol):
    """Our own child processes: never anybody else's."""

    def spawn(self, plan: LaunchPlan) -> int:
        """Launch a process in a session of its own and watch it.

        :returns: its pid
        :raises LaunchError: with the failed step and the kernel's number
        """

    def fileno(self) -> int | None:
        """Return a descriptor that is readable when :meth:`ended` has something new to tell.

        It stays quiet about children that were told and are not reaped yet, so a hook may hold
        them. None where there is no such thing: then :meth:`ended` must be polled.
        """

    def ended(self) -> list[int]:
        """Return the pids of our children that ended and are not reaped yet. Never blocks."""

    def reap(self, pid: int) -> int:
        """Reap an ended child; it is not ours any more.

        :returns: its exit status, or minus the number of the signal that killed it
        :raises ChildProcessError: when somebody else reaped it: its status is lost
        :raises BlockingIOError: when it has not ended
        """

    def owns(self, pid: int) -> bool:
        """Say whether the number is that of a child that we launched and did not reap."""

    def signal(self, pid: int, signum: int) -> bool:
        """Send a signal to one unreaped child of ours; the pid cannot be somebody else's.

        :returns: False when it is not ours (any more), or gone
        :raises PermissionError: it took another identity
        """

    def close(self) -> None:
        """Give back every descriptor; children that run go on, unwatched."""


class Reach(Protocol):
    """How far a stop reaches among what descends from a child of ours: its *family*.

    A family goes by the pid of its child, from :meth:`spawn` until :meth:`forget` or until
    :meth:`gone` has told it.
    """

    @property
    def name(self) -> str:
        """What it guarantees, for people: ``session``, ``tree by cgroup`` and the like."""

    @property
    def strangers(self) -> Sequence[tuple[str, list[int]]]:
        """What an earlier circusd left, and is not ours: a group's folder, and who is in it."""

    def spawn(self, plan: LaunchPlan, label: str, launch: Callable[[LaunchPlan], int]) -> int:
        """Launch a process in such a way that its family can be found.

        :param label: the watcher's name, for people who look at the machine
        :param launch: launches a plan and returns a pid
        :returns: its pid
        :raises LaunchError: with the failed step and the kernel's number
        """

    def answers(self, pid: int) -> bool:
        """Say whether somebody may be left of a family whose child is reaped; cheap.

        A no is certain as far as what the child's own process group is concerned.
        """

    def members(self, pids: Iterable[int]) -> dict[int, list[int]]:
        """Return the live members of each family, without its child, by one pass for all.

        Never a stranger, whatever became of the child's number. Zombies are not alive.
        """

    def signal(self, pid: int, pids: Iterable[int], signum: int) -> int:
        """Signal those of *pids* that still belong to the family.

        :returns: how many of them there are, those that may not be signalled included
        """

    def watch(self, pid: int) -> bool:
        """Wait for the end of a family whose child is reaped; :meth:`gone` will tell it once.

        :returns: False when nobody is left: then there is nothing to wait for
        :raises OSError: when no descriptor is left to watch with
        """

    def fileno(self) -> int | None:
        """Return a descriptor that is readable when :meth:`gone` has something to find out.

        None where there is no such thing: then :meth:`gone` must be polled.
        """

    def gone(self) -> list[int]:
        """Return the watched families of which nobody is left now, each once. Never blocks.

        Members that joined since are found and watched in their turn.
        """

    def forget(self, pid: int) -> None:
        """Give back what belongs to a family; one that is not known is no error."""

    def close(self) -> None:
        """Give back everything."""
