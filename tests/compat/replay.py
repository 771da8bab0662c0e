"""Scenes are played on a stage, and what was answered is noted by the name of the step."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from tests.compat.cases import SCENES, Step
from tests.compat.stage import OURS, SILENCE, Kind, Stage
from tests.helpers.daemon import PATIENCE

PLACE = re.compile(rb"<([a-z]+)\.([0-9])>")
"""Stands for a pid: the watcher, and which of its processes."""
READY = "Arbiter now waiting for commands"

Answers = dict[str, Any]


def play(scene: str, kind: Kind) -> Answers:
    """Play a scene on a new daemon; return the answers by step: an object, or None for silence."""
    steps, more = SCENES[scene]
    folder = Path(tempfile.mkdtemp(prefix="compat-"))
    stage = Stage(kind, folder, more)
    found: Answers = {}
    try:
        for step in steps:
            name = step.name
            while name in found:
                name += " again"
            found[name] = perform(stage, step)
            if step.ends == "daemon":
                found["exit code"] = stage.ended()
    finally:
        stage.close()
        shutil.rmtree(folder, ignore_errors=True)
    return {name: answer for name, answer in found.items() if not name.startswith("file: ")}


def perform(stage: Stage, step: Step) -> Any:
    """Do one step; return its answer, made comparable."""
    if step.file:
        stage.write(step.file)
        return None
    frames = [PLACE.sub(lambda found: _pid(stage, found), frame) for frame in step.frames]
    patience = PATIENCE if stage.kind is OURS else SILENCE
    if step.ends:
        answers = stage.hear_out(frames, patience)
        if step.ends == "life":
            stage.until_logged(READY, 2)
            stage.settle()
    else:
        answers = stage.ask(frames, patience if step.awaited else 0)
        if step.settles:
            stage.settle()
    plain = [stage.plain.value(answer) for answer in answers]
    return plain if len(plain) > 1 else plain[0] if plain else None


def _pid(stage: Stage, found: re.Match[bytes]) -> bytes:
    pid = sorted(stage.pids(found[1].decode()))[int(found[2])]
    return str(pid).encode()
