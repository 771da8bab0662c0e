"""What a stream says when it cannot write."""

from __future__ import annotations


def told(error: OSError, written: int) -> OSError:
    """Say on an error how much of the chunk was written before, and return it.

    :param written: bytes of the chunk's data, from its beginning
    """
    vars(error)["written"] = written
    return error


def written(error: BaseException) -> int:
    """Return how many bytes of its chunk a call had written when it raised this; often none.

    Who calls again gives the rest of the data only.
    """
    return int(getattr(error, "written", 0))
