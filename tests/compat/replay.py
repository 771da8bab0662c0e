"""Scenes are played on a stage, and what was answered is noted by the name of the step."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.compat.cases import SCENES, Step
from tests.compat.lines import HAPPENINGS, LINES, words
from tests.compat.plain import TITLE
from tests.compat.stage import OURS, SILENCE, Kind, Stage
from tests.helpers.daemon import PATIENCE

PLACE = re.compile(rb"<([a-z]+)\.([0-9])>")
"""Stands for a pid: the watcher, and which of its processes."""
NUMBERS = re.compile(r"\bd?stats\b")
"""Lines whose output is full of figures."""
DESCRIPTOR = re.compile(r"^[0-9]+(?=:socket)")
FIGURE = re.compile(r"(?<=python)[0-9.]*|[0-9]+([:.][0-9]+)*[KMGTPE]?")
VERSION = re.compile(r"^circusctl [0-9.]+$", re.MULTILINE)
OBJECT = re.compile(r"\{.*\}")
READY = "Arbiter now waiting for commands"

Answers = dict[str, Any]


@contextlib.contextmanager
def stage(kind: Kind, more: str = "") -> Iterator[Stage]:
    """Run a daemon in a folder of its own; nothing of both is left."""
    folder = Path(tempfile.mkdtemp(prefix="compat-"))
    here = Stage(kind, folder, more)
    try:
        yield here
    finally:
        here.close()
        shutil.rmtree(folder, ignore_errors=True)


def play(scene: str, kind: Kind) -> Answers:
    """Play a scene; return the answers by step: an object, or None for silence.

    It has a daemon of its own, and a new one after each step that ends the talk with the last one.
    """
    steps, more = SCENES[scene]
    found: Answers = {}
    lives: list[list[Step]] = [[]]
    for step in steps:
        lives[-1].append(step)
        if step.ends == "talk":
            lives.append([])
    for life in filter(None, lives):
        with stage(kind, more) as here:
            for step in life:
                answer = perform(here, step)
                if not step.file:
                    found[_unused(step.name, found)] = answer
                if step.ends == "daemon":
                    found["exit code"] = here.ended()
    return found


def _unused(name: str, found: Answers) -> str:
    """Return the name of a step; one that was done before gets a number."""
    number = 2
    new = name
    while new in found:
        new, number = f"{name} #{number}", number + 1
    return new


def say(line: str, here: Stage, ctl: Kind) -> dict[str, Any]:
    """Say a line to a circusctl; return exit code and output, made comparable."""
    code, out, err = here.ctl(ctl, *words(here, line))
    if NUMBERS.search(line):
        out = FIGURE.sub("N", out.replace(f" {TITLE} ", " python "))
    here.settle()
    out = DESCRIPTOR.sub("FD", VERSION.sub("circusctl VERSION", out))
    err = err.replace("circusctl.py", "circusctl")
    plain = {"exit": code, "out": here.plain.text(out), "err": here.plain.text(err)}
    if plain["out"].startswith("{"):
        plain["out"] = here.plain.value(json.loads(out))
    if "Traceback" in err:
        plain["err"] = "TRACEBACK"
    return plain


def lines(kind: Kind, ctl: Kind) -> Answers:
    """Say all lines to a circusctl; return what it said, by line.

    :param kind: whose daemon
    :param ctl: whose circusctl
    """
    found: Answers = {}
    with stage(kind) as here:
        for line in LINES:
            found[_unused(line, found)] = say(line, here, ctl)
        code, line, err = here.overhear(ctl)
        found["listen"] = {"exit": code, "line": OBJECT.sub("JSON", line), "err": err}
    return found


def events(kind: Kind) -> Answers:
    """Let everything happen; return the order of events and their fields, by happening."""
    found: Answers = {}
    with stage(kind) as here:
        here.listen()
        for name, happen in HAPPENINGS.items():
            happen(here)
            here.settle()
            heard = here.heard()
            fields = {
                topic.rpartition(".")[2]: dict.fromkeys(payload, True) for topic, payload in heard
            }
            found[f"events of {name}"] = {"order": [topic for topic, _ in heard], "fields": fields}
    return found


def everything(kind: Kind) -> dict[str, Answers]:
    """Play all there is with one Circus; return the answers by scene and step."""
    played = {scene: play(scene, kind) for scene in SCENES}
    return {**played, "circusctl": lines(kind, kind), "events": events(kind)}


def perform(here: Stage, step: Step) -> Any:
    """Do one step; return its answer, made comparable."""
    if step.file:
        here.write(step.file)
        return None
    frames = [PLACE.sub(lambda found: _pid(here, found), frame) for frame in step.frames]
    patience = PATIENCE if here.kind is OURS else SILENCE
    if step.ends:
        answers = here.hear_out(frames, patience)
        if step.ends == "life":
            here.until_logged(READY, 2)
    else:
        answers = here.ask(frames, patience if step.awaited or _is_ours(here, step) else 0)
    if step.settles and step.ends in {"", "life"}:
        here.settle()
    plain = [here.plain.value(answer) for answer in answers]
    return plain if len(plain) > 1 else plain[0] if plain else None


def _is_ours(here: Stage, step: Step) -> bool:
    """Say whether an answer is sure to come: ours owes one to every call."""
    return here.kind is OURS and len(step.frames) == 1 and b'"cast"' not in step.frames[0]


def _pid(here: Stage, found: re.Match[bytes]) -> bytes:
    pid = sorted(here.pids(found[1].decode()))[int(found[2])]
    return str(pid).encode()
