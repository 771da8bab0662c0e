import os

import pytest

from circus.host.descriptors import Descriptors
from circus.host.linux import proc
from circus.host.spawn import Launcher
from tests.helpers.launching import SLEEPER, reading, shell

if not os.path.exists("/proc/self/stat"):
    pytest.skip("no /proc here", allow_module_level=True)


def test_everybody_has_a_parent():
    assert proc.parents()[os.getpid()] == os.getppid()


def test_a_zombie_is_not_alive():
    pid = os.posix_spawn("/bin/sh", ["sh", "-c", "exit 0"], {})
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert not proc.alive(pid)
    assert pid in proc.parents()
    os.waitpid(pid, 0)
    assert not proc.alive(pid)
    assert pid not in proc.parents()


def test_a_name_with_brackets_and_blanks_does_not_confuse(tmp_path):
    program = tmp_path / "a) Z 1 (b"
    program.symlink_to("/bin/sh")
    launcher = Launcher(Descriptors())
    with reading() as (part, text):
        text_of_child = f"echo; exec >&-; {SLEEPER.removeprefix('exec ')}; :"
        pid = launcher.launch(shell(text_of_child, executable=str(program), **part))
        text()
        assert proc.alive(pid)
        assert proc.parents()[pid] == os.getpid()
        os.killpg(pid, 9)
        os.waitpid(pid, 0)
    launcher.close()


def test_a_process_that_goes_while_it_is_looked_at_is_nobody(monkeypatch):
    def gone(*_):
        raise ProcessLookupError

    with monkeypatch.context() as patch:
        patch.setattr(proc.os, "read", gone)
        assert not proc.alive(os.getpid())
