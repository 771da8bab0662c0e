"""Child subreaper: orphans among our descendants become our children (prctl(2), Linux 3.4).

It belongs to the whole process, so it is kept in one counted place, and put back as it was found
when the last claim is given up. Only circusd asks for it: a program that embeds Circus is not asked
to take in children that it knows nothing of.
"""

from __future__ import annotations

from circus.host import orphans
from circus.host.linux.prctl import adopt_orphans, adopts_orphans

_claims = 0
_found = False


def claim() -> None:
    """Become a subreaper, or stay one; OSError where the kernel has none."""
    global _claims, _found  # noqa: PLW0603 - one flag of the whole process
    if not _claims:
        _found = adopts_orphans()
        adopt_orphans(True)
    _claims += 1
    orphans.expect()


def release() -> None:
    """Give a claim up; the last one puts back what was found."""
    global _claims  # noqa: PLW0603 - one flag of the whole process
    _claims -= 1
    if not _claims:
        adopt_orphans(_found)
