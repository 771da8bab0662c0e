from __future__ import annotations

import importlib.util
import subprocess
import sys

from circus.host.title import entitle

TITLED = """
from circus.host.title import entitle
assert entitle("shop of the corner")
print(open("/proc/self/cmdline").read().strip(chr(0)))
"""


def test_a_process_gets_its_title_where_the_package_is_installed():
    said = subprocess.run([sys.executable, "-c", TITLED], stdout=subprocess.PIPE, check=True)
    assert said.stdout == b"shop of the corner\n"


def test_without_the_package_the_title_stays(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert not entitle("circusd")
