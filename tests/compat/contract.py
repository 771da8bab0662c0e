"""What was recorded of Circus 0.19, how an answer of ours differs from it, and why it may.

``circus-0.19.json`` is written by :mod:`tests.compat.record`. ``differences.txt`` is written by
people: a reason on a line with ``==``, and below it what differs for that reason. A line with
``field`` allows more fields in the answers of a verb; any other line is a scene and a step, and
what differs stands below it, indented.
"""

from __future__ import annotations

import fnmatch
import json
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
RECORDING = HERE / "circus-0.19.json"
DIFFERENCES = HERE / "differences.txt"
USUAL = {"status": "ok", "time": "FLOAT", "id": "asked"}
"""Fields that every good answer has."""
ABSENT = object()


class Field(NamedTuple):
    """A field that ours has and theirs has not.

    :param verb: in whose answers
    :param path: where, as a shell pattern
    """

    verb: str
    path: str


class Differences(NamedTuple):
    """The list of differences.

    :param fields: more fields, which may be anywhere
    :param steps: what differs, by scene and step
    :param reasons: the reason of each, by scene and step
    """

    fields: list[Field]
    steps: dict[str, list[str]]
    reasons: dict[str, str]


def recorded() -> dict[str, dict[str, Any]]:
    """Return the recording: answers by scene and step."""
    return json.loads(RECORDING.read_text())


def listed(text: str | None = None) -> Differences:
    """Read the list of differences."""
    found = Differences([], {}, {})
    reason = name = ""
    for line in (DIFFERENCES.read_text() if text is None else text).splitlines():
        if line.startswith("=="):
            reason = line.strip("= ")
        elif line.startswith("field "):
            found.fields.append(Field(*line.split()[1:]))
        elif line.startswith("    "):
            found.steps[name].append(line.strip())
        elif line and not line.startswith("#"):
            name = line
            if name in found.steps:
                raise ValueError(f"listed twice: {name}")
            found.steps[name], found.reasons[name] = [], reason
    return found


def changes(theirs: Any, ours: Any) -> list[str]:
    """Say how our answer differs from theirs: nothing, our whole answer, or field by field."""
    if theirs == ours:
        return []
    if not isinstance(theirs, dict) or not isinstance(ours, dict) or "errno" in {*theirs, *ours}:
        return [whole(ours)]
    return _fields(theirs, ours, "")


def _fields(theirs: dict[str, Any], ours: dict[str, Any], path: str) -> list[str]:
    found = []
    for name in [*theirs, *(name for name in ours if name not in theirs)]:
        here, old, new = f"{path}{name}", theirs.get(name, ABSENT), ours.get(name, ABSENT)
        if isinstance(old, dict) and isinstance(new, dict):
            found += _fields(old, new, f"{here}.")
        elif isinstance(old, str) and isinstance(new, str) and "\n" in old:
            found += [f"{here}: {line}" for line in _lines(old, new)]
        elif old != new:
            found.append(f"{here}: {_shown(old)} -> {_shown(new)}")
    return found


def _lines(old: str, new: str) -> list[str]:
    """Return the lines of a text that went and came, without those that stayed."""
    here, there = old.splitlines(), new.splitlines()
    gone = [f"- {line}".rstrip() for line in here if line not in there]
    return gone + [f"+ {line}".rstrip() for line in there if line not in here]


def _shown(value: Any) -> str:
    return "nothing" if value is ABSENT else json.dumps(value)


def whole(answer: Any) -> str:
    """Return an answer as one line."""
    if answer is None:
        return "no answer"
    if isinstance(answer, dict) and "errno" in answer:
        about = "" if answer["id"] == USUAL["id"] else f" (id {json.dumps(answer['id'])})"
        trace = " (traceback)" if answer["tb"] else ""
        return f"error {answer['errno']}: {json.dumps(answer['reason'])}{about}{trace}"
    if isinstance(answer, dict):
        answer = {name: value for name, value in answer.items() if USUAL.get(name, ABSENT) != value}
        return f"ok {json.dumps(answer)}" if answer else "ok"
    return json.dumps(answer)


def verb_of(step: str) -> str:
    """Return the verb of a step, for which its name begins with it."""
    return step.split(maxsplit=1)[0]


def unlisted(step: str, found: list[str], fields: list[Field]) -> list[str]:
    """Return what is left of the changes when the listed fields are taken out."""
    patterns = [field.path for field in fields if field.verb == verb_of(step)]
    return [line for line in found if not any(_is_more(line, pattern) for pattern in patterns)]


def _is_more(line: str, pattern: str) -> bool:
    path, _, change = line.partition(": ")
    return change.startswith("nothing -> ") and fnmatch.fnmatchcase(path, pattern)
