from __future__ import annotations

import sys

import pytest

from circus.dotted import missing

SOURCE = """
import os as system
from json import dumps

CONSTANT = 1

if CONSTANT:
    def inner(): ...

class Class:
    def method(self): ...

async def later(): ...

raise RuntimeError("nobody may import this")
"""


@pytest.fixture
def folder(tmp_path):
    files = {
        "mine_one.py": SOURCE,
        "mine_star.py": "from json import *\n",
        "mine_magic.py": "def __getattr__(name): ...\n",
        "mine_broken.py": "def (",
        "mine_pack/__init__.py": "raise RuntimeError('nor this')\nhere = 1\n",
        "mine_pack/inner.py": "def hook(): ...\n",
        "mine_space/inner.py": "def hook(): ...\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return str(tmp_path)


@pytest.mark.parametrize(
    "dotted",
    [
        "mine_one.system",
        "mine_one.dumps",
        "mine_one.CONSTANT",
        "mine_one.inner",
        "mine_one.Class",
        "mine_one.Class.method",
        "mine_one:later",
        "mine_one:Class.method",
        "mine_star.anything",
        "mine_magic.anything",
        "mine_pack.here",
        "mine_pack.inner.hook",
        "mine_pack.inner:hook",
        "mine_space.inner.hook",
        "os.path.join",
        "math.sqrt",
        "sys.exit",
        "circus.exc.CircusError",
        "__main__.whatever",
    ],
)
def test_what_is_there_is_found(folder, dotted):
    assert missing(dotted, [folder]) == ""


@pytest.mark.parametrize(
    ("dotted", "reason"),
    [
        ("no_such_thing.at.all", "there is no module 'no_such_thing'"),
        ("mine_one.nope", "there is no 'nope' in module 'mine_one'"),
        ("mine_one:nope", "there is no 'nope' in module 'mine_one'"),
        ("mine_pack.nope.hook", "there is no 'nope' in module 'mine_pack'"),
        ("mine_pack.nope:hook", "there is no module 'mine_pack.nope'"),
        ("mine_pack.inner.nope", "there is no 'nope' in module 'mine_pack.inner'"),
        ("mine_space.nope", "there is no 'nope' in module 'mine_space'"),
        ("mine_broken.x", "there is no 'x' in module 'mine_broken'"),
        ("mine_pack.inner", "'mine_pack.inner' is a module, expected a name in it"),
        ("hook", "found 'hook', expected a dotted path such as package.module.name"),
        ("a..b", "found 'a..b', expected a dotted path such as package.module.name"),
        ("a b.c", "found 'a b.c', expected a dotted path such as package.module.name"),
        ("", "found '', expected a dotted path such as package.module.name"),
    ],
)
def test_what_is_missing_is_named(folder, dotted, reason):
    assert missing(dotted, [folder]) == reason


def test_nothing_is_imported(folder):
    assert missing("mine_one.inner", [folder]) == ""
    assert missing("mine_pack.inner.hook", [folder]) == ""
    assert not [name for name in sys.modules if name.startswith("mine_")]


def test_without_the_folder_the_module_is_not_found(folder):
    assert missing("mine_one.inner") == "there is no module 'mine_one'"
