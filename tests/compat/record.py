"""Record what Circus 0.19 answers: ``python -m tests.compat.record [FOLDER OF ITS PROGRAMS]``.

Without a folder it is taken from the environment, or from PyPI. ``--differences`` writes nothing,
but plays the same with ours and prints what is not listed, in the form of the list.
"""

from __future__ import annotations

import json
import sys

from tests.compat.contract import RECORDING, changes, listed, recorded, unlisted
from tests.compat.replay import everything
from tests.compat.stage import OURS, find_theirs, theirs


def record(words: list[str]) -> None:
    """Write the recording."""
    kind = theirs(words[0]) if words else find_theirs()
    if kind is None:
        sys.exit("cannot record: Circus 0.19 is neither here nor to be had from PyPI")
    RECORDING.write_text(json.dumps(everything(kind), indent=1) + "\n")


def differences() -> None:
    """Print what differs and is not listed."""
    old, known = recorded(), listed()
    for scene, answers in everything(OURS).items():
        for step, answer in answers.items():
            found = unlisted(step, changes(old[scene].get(step), answer), known.fields)
            name = f"{scene}: {step}"
            if found != known.steps.get(name, []):
                sys.stdout.write("\n    ".join([name, *found]) + "\n")


if __name__ == "__main__":
    if sys.argv[1:] == ["--differences"]:
        differences()
    else:
        record(sys.argv[1:])
