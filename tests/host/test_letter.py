from __future__ import annotations

import os
import stat
import subprocess

import pytest

from circus.host.letter import letter, with_letter
from circus.spec.launch import LaunchPlan


@pytest.fixture(params=["memory", "file"])
def kind(request, monkeypatch, tmp_path):
    if request.param == "memory" and not hasattr(os, "memfd_create"):
        pytest.skip("no memfd_create here")
    if request.param == "file":
        monkeypatch.delattr(os, "memfd_create", raising=False)
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return request.param


def test_a_letter_is_read_from_the_standard_input(kind):
    with letter(b"for you") as file:
        said = subprocess.run(["cat"], stdin=file, stdout=subprocess.PIPE, check=True)
    assert said.stdout == b"for you"


def test_a_letter_has_no_name_and_goes_to_nobody_by_itself(kind, tmp_path):
    with letter(b"secret") as file:
        assert os.fstat(file.fileno()).st_nlink == 0
        assert stat.S_ISREG(os.fstat(file.fileno()).st_mode)
        assert not os.get_inheritable(file.fileno())
        assert list(tmp_path.iterdir()) == []


def test_a_plan_has_a_letter_if_there_is_a_message():
    plan, closing = LaunchPlan(("cat",)), []
    assert with_letter(plan, None, closing) is plan
    assert closing == []
    told = with_letter(plan, {"a": "b c"}, closing)
    [file] = closing
    with file:
        assert told.stdin == file.fileno()
        assert file.read() == b'{"a": "b c"}'
