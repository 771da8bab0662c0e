"""Options that mean nothing any more: they are accepted, and said to have no effect."""

from __future__ import annotations

from circus.spec.options.row import Live, Option, listed
from circus.spec.values import Seconds, Text

OBSOLETE = (
    listed("retry_in", Seconds(), Live.NEVER, "Once the pause between two tries.",
            obsolete="the option has no effect; the one of the Flapping plugin is"
            " flapping.retry_in", field="", listed=False),
    Option("check_flapping", Text(), "Once switched the Flapping plugin on.", field="",
           obsolete="the option has no effect; use the Flapping plugin"),
    Option("use_papa", Text(), "Once gave the processes to papa.", field="",
           obsolete="papa is gone: the option has no effect"),
)  # fmt: skip
