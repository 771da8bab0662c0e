from __future__ import annotations

import importlib.util
import sys
import types

from circus.host.title import entitle


def test_a_process_gets_its_title_where_the_package_is_installed(monkeypatch):
    given = []
    package = types.ModuleType("setproctitle")
    package.setproctitle = given.append
    package.__spec__ = importlib.util.spec_from_loader("setproctitle", None)
    monkeypatch.setitem(sys.modules, "setproctitle", package)
    assert entitle("circusd")
    assert given == ["circusd"]


def test_without_the_package_the_title_stays(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert not entitle("circusd")
