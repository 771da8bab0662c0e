"""What happens next: the machines that decide. Pure.

**Goal and crowd.** Every watcher has a *goal* (up or down, how many processes, which generation,
how to roll out) and a *crowd* (its members, each in a phase of :mod:`circus.core.lifecycle`).
Commands only move the goal. The machine compares the two and names the next *effects*: spawn,
signal, kill, ask a hook, announce, reply. A shell performs the effects and feeds back *events*:
spawned, exited, a hook answered, a command asked. When goal and crowd agree, nothing is said.

**Time is an argument.** Nothing here reads a clock. ``feed(events, now)`` takes the monotonic time
in seconds, ``deadline()`` says when the machine wants to be looked at again although nothing
happened: infinity when nothing is due. The same history always ends the same way.

**A request is a ticket.** A command that moves a goal carries a ticket number. The machine answers
each ticket exactly once: when its goal is met, when the watcher gave up, or when a newer command
took over. There is no lock and no "busy": a newer goal wins.

**One way in, one way out.** All events of a loop turn are absorbed first; then the machine looks
again and again until nothing changes; the effects come out in the order they must be performed.

Who may change what: ``goal`` is written by commands and by the machine itself when it gives up;
phases are written only through the two tables; the crowd's counters only by the crowd.
"""
