"""What children write, from their pipes to the streams.

::

    child ─pipe→ Output ─whole lines→ Channel ─backlog→ │ ─entry→ stream
                 (the loop reads)     └ Ring, News      │ (a Writer's thread calls)

:class:`Output` reads the pipes in the loop, in turns of a few milliseconds, and cuts what it read
at whole lines. A :class:`Channel` is stdout or stderr of one watcher: it keeps the last of it for
who wants to look, and puts the rest into a backlog, from which a thread writes to the stream. So a
disk that is slow or stuck, or a stream of a user that sleeps, never holds up the loop, nor the
output of another watcher.

Everything that waits is bounded. Where too much waits of one process, its pipe is not read until
half of it is written (``on_full = block``: the pipe fills up, then the process waits in its own
write), or what is too much is lost, counted and told (``on_full = drop``).

What a child wrote before it died is never lost: its pipe is read to its end, whenever that can be.
A grandchild that holds the pipe may go on writing, until the watcher stops. A stop waits for the
output some seconds (:data:`circus.core.carrying.CARRY`); what is not written by then is given up,
counted and told.
"""

from circus.output.channel import Channel
from circus.output.direct import Direct
from circus.output.pipes import Output
from circus.output.ring import Page, Ring

__all__ = ["Channel", "Direct", "Output", "Page", "Ring"]
