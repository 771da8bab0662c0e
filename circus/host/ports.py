"""What the daemon may ask of the operating system, and what it is told.

The shell holds one :class:`Children` and one :class:`Sessions` for each arbiter (or lone watcher).
A process ends in two steps: first it is *ended* (a zombie, whose numbers the kernel keeps from
strangers), then it is *reaped*. Whatever signals what the process left behind does so between or
right after the two.

The way of a stubborn family, as the shell walks it::

    children.signal(pid, SIGKILL); sessions.signal(pid, sessions.members([pid])[pid], SIGKILL)
    ... children.fileno() is readable: pid is in children.ended() ...
    status = children.reap(pid)
    if sessions.answers(pid) and sessions.watch(pid):   # somebody is left: look, kill, and wait
        ... sessions.fileno() is readable: pid is in sessions.gone() ...

A session's number cannot be given to a new process while anybody is left in it. So when
:meth:`Children.spawn` returns a number for which the shell still waits, nobody was left: forget it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

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


class Sessions(Protocol):
    """What a child of ours, the leader of its session, left behind."""

    def answers(self, sid: int) -> bool:
        """Say whether somebody is left in the process group that the session's leader made.

        One system call; to be asked after the leader is reaped. Zombies answer too.
        """

    def members(self, sids: Iterable[int]) -> dict[int, list[int]]:
        """Return the live members of each session, without its leader, by one pass over /proc.

        Nobody belongs to a session whose number was given to a stranger after its leader was
        reaped. Zombies are not alive.
        """

    def signal(self, sid: int, pids: Iterable[int], signum: int) -> int:
        """Signal those of *pids* that still belong to the session; return how many were reached."""

    def watch(self, sid: int) -> bool:
        """Wait for the end of a session whose leader is reaped; :meth:`gone` will tell it once.

        :returns: False when nobody is left: then there is nothing to wait for
        :raises OSError: when no descriptor is left to watch with
        """

    def fileno(self) -> int | None:
        """Return a descriptor that is readable when :meth:`gone` has something to find out.

        None where there is no such thing: then :meth:`gone` must be polled.
        """

    def gone(self) -> list[int]:
        """Return the watched sessions in which nobody is left now, each once. Never blocks.

        Members that joined since are found and watched in their turn.
        """

    def forget(self, sid: int) -> None:
        """Stop watching a session; one that is not watched is no error."""

    def close(self) -> None:
        """Give back every descriptor."""
