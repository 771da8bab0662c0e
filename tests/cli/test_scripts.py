"""The completion scripts, sourced and used by the shells themselves, at a terminal."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from circus.cli import scripts
from circus.commands.words import UsageError
from tests.helpers.desk import served
from tests.helpers.fleet import FakeFleet, FakeWatcher
from tests.helpers.source import ROOT
from tests.helpers.terminal import at_terminal

READY = "ready> "
START = {
    "bash": ("bash", "--norc", "--noprofile", "-i"),
    "zsh": ("zsh", "-f", "-i"),
    "fish": ("fish", "--no-config", "-i"),
}
PREPARE = {
    "bash": "source <(circusctl --completion bash); PS1='ready''> '\n",
    "zsh": "autoload -U compinit; compinit -D -u; unsetopt zle_bracketed_paste; "
    "source <(circusctl --completion zsh); PS1='ready''> '\n",
    "fish": "circusctl --completion fish | source; "
    "function fish_prompt; echo -n 'ready''> '; end\n",
}
"""The prompt is typed in two pieces, so that it is not taken for its own echo."""


@pytest.fixture
def program(tmp_path):
    """A circusctl on a path of its own, that asks the endpoint of the test."""
    folder = tmp_path / "bin"
    folder.mkdir()
    file = folder / "circusctl"
    file.write_text(f'#!/bin/sh\nexec {sys.executable} -m circus.circusctl "$@"\n')
    file.chmod(0o755)
    return folder


@pytest.fixture(params=START)
def shell(request, tmp_path, program, monkeypatch):
    """A shell that has sourced the script, with a daemon to ask."""
    if not shutil.which(request.param):
        pytest.skip(f"{request.param} is not installed")
    monkeypatch.setenv("PATH", str(program), prepend=":")
    fleet = FakeFleet(FakeWatcher("Web", 1, 2), FakeWatcher("plugin:two words", 3))
    env = {
        "HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        "CIRCUSCTL_ENDPOINT": f"ipc://{tmp_path}/ctl",
        "COLUMNS": "120",
    }
    with (
        served(fleet, f"ipc://{tmp_path}/ctl"),
        at_terminal(*START[request.param], **env) as terminal,
    ):
        terminal.type(PREPARE[request.param])
        terminal.until(READY)
        yield terminal


@pytest.mark.parametrize(
    ("line", "added", "answer"),
    [
        ("circusctl numw", "atchers", "\n2"),
        ("circusctl list W", "eb", "\n1,2"),
        ("circusctl list plugin:", "words", "\n3"),
        ("circusctl --pret", "tify", None),
        ("circusctl start --match gl", "ob", None),
    ],
)
def test_tab_completes_the_line(shell, line, added, answer):
    shell.type(f"{line}\t")
    shell.until(added)
    if answer:
        shell.type("\r")
        shell.until(answer)


@pytest.mark.parametrize("name", scripts.SCRIPTS)
def test_a_shell_finds_nothing_wrong_with_its_script(name, tmp_path):
    if not shutil.which(name):
        pytest.skip(f"{name} is not installed")
    file = tmp_path / "script"
    file.write_text(scripts.script(name))
    subprocess.run([name, "-n", str(file)], check=True)


def test_another_shell_is_refused_with_those_that_there_are():
    with pytest.raises(UsageError, match="'csh' is none of bash, zsh, fish"):
        scripts.script("csh")
