"""What a process of circusd's own is told in private: a letter in its standard input.

circusd puts it there (:mod:`circus.host.letter`), so that neither the command line nor the
environment shows it.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any


def read_letter() -> dict[str, Any]:
    """Return the JSON object in the standard input, which is /dev/null from then on.

    :raises ValueError: what was read is no JSON object
    """
    found = json.loads(sys.stdin.buffer.read())
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, sys.stdin.fileno())
    os.close(null)
    if not isinstance(found, dict):
        raise ValueError("cannot read the options: expected a JSON object")  # noqa: TRY004 - the letter is wrong, not its reader
    return found
