from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from circus import folders
from circus.dotted import missing, only_in
from circus.folders import fetch

SOURCES = {
    "a/tools.py": "WHO = 'a'\ndef who(): return WHO\n",
    "b/tools.py": "WHO = 'b'\ndef who(): return WHO\n",
    "a/later.py": "def late():\n    import tools\n    return tools.who()\n",
    "a/ring.py": "import gnir\ndef turn(): return gnir.WORD\n",
    "a/gnir.py": "import ring\nWORD = 'round'\n",
    "a/broken.py": "import no_such_thing_at_all\n",
    "a/wrong.py": "raise SystemExit('not today')\n",
    "a/json.py": "def dumps(*_): return 'mine'\n",
    "a/typed.py": (
        "from __future__ import annotations\nfrom dataclasses import dataclass\n"
        "@dataclass\nclass Pair:\n    left: int\n    right: int = 2\n"
    ),
    "a/pack/__init__.py": "from . import inner\nfrom .inner import word\nimport tools\n",
    "a/pack/inner.py": "from ..pack import deep\nimport pack.deep as same\nword = deep.WORD\n",
    "a/pack/deep.py": "import tools, os.path\nWORD = tools.WHO + 'deep'\nclass Box:\n    lid = 1\n",
    "a/star.py": "from pack import *\nfrom pack import inner, deep\n",
    "a/space/leaf.py": "def hook(): return 'leaf'\n",
}


@pytest.fixture
def places(tmp_path, monkeypatch):
    """The folders ``a`` and ``b``, on no ``sys.path``; what is loaded from them is forgotten."""
    for name, text in SOURCES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(folders, "_known", {})
    before = {*sys.modules}
    yield tmp_path
    for name in {*sys.modules} - before:
        if name.startswith("@"):
            del sys.modules[name]


@pytest.mark.parametrize(
    ("dotted", "found"),
    [
        ("tools.WHO", "a"),
        ("tools:WHO", "a"),
        ("pack.word", "adeep"),
        ("pack.deep.WORD", "adeep"),
        ("pack.deep:WORD", "adeep"),
        ("pack.deep.Box.lid", 1),
        ("pack.deep:Box.lid", 1),
        ("star.word", "adeep"),
        ("json.dumps.__module__", "json"),
        ("os.sep", "/"),
    ],
)
def test_a_dotted_path_is_found_as_missing_says(places, dotted, found):
    path = [str(places / "a")]
    assert missing(dotted, path) == ""
    assert fetch(dotted, path) == found


@pytest.mark.parametrize(
    ("dotted", "result"), [("later.late", "a"), ("ring.turn", "round"), ("space.leaf.hook", "leaf")]
)
def test_a_module_finds_those_beside_it_whenever_it_imports_them(places, dotted, result):
    assert fetch(dotted, [str(places / "a")])() == result


def test_a_function_may_import_in_any_thread(places):
    late, seen = fetch("later.late", [str(places / "a")]), []
    threads = [threading.Thread(target=lambda: seen.append(late())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == ["a"] * 4


def test_each_folder_has_its_own_and_nobody_else_sees_them(places):
    path = list(sys.path)
    assert fetch("tools.who", [str(places / "a")])() == "a"
    assert fetch("tools.who", [str(places / "b")])() == "b"
    assert sys.path == path
    assert not {"tools", "pack"} & {*sys.modules}
    with pytest.raises(ModuleNotFoundError, match="'tools'"):
        fetch("tools.who")


def test_the_same_folders_have_the_same_module(places):
    one, other = (fetch("tools.who", [str(places / "a")]) for _ in range(2))
    assert one is other


def test_the_first_folder_that_has_it_wins(places):
    both = [str(places / "b"), str(places / "a")]
    assert fetch("tools.who", both)() == "b"
    assert fetch("later.late", both)() == "b"


def test_what_is_on_sys_path_wins_unless_it_lacks_the_name(places, monkeypatch):
    monkeypatch.syspath_prepend(places / "b")
    path = [str(places / "a")]
    assert fetch("tools.who", path)() == "b"
    (places / "a" / "tools.py").write_text("def only_here(): return 'here'\n")
    assert fetch("tools.only_here", path)() == "here"
    sys.modules.pop("tools", None)


def test_a_dataclass_finds_its_module(places):
    pair = fetch("typed.Pair", [str(places / "a")])
    assert pair(1).right == 2
    assert sys.modules[pair.__module__].Pair is pair


def test_no_bytecode_is_written_beside_the_sources(places):
    fetch("pack.word", [str(places / "a")])
    assert not [*Path(places).rglob("__pycache__")]


def test_anew_runs_the_code_of_the_module_again(places):
    path = [str(places / "a")]
    before = fetch("tools.who", path)
    (places / "a" / "tools.py").write_text("WHO = 'new'\ndef who(): return WHO + '!'\n")
    assert fetch("tools.who", path)() == "a"
    assert fetch("tools.who", path, anew=True)() == "new!"
    assert before() == "new"


def test_anew_loads_one_on_sys_path_again_as_well(places, monkeypatch):
    monkeypatch.syspath_prepend(places / "b")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert fetch("tools.who", anew=True)() == "b"
    (places / "b" / "tools.py").write_text("WHO = 'other'\ndef who(): return WHO\n")
    assert fetch("tools.who", anew=True)() == "other"
    assert fetch("sys.exit", anew=True) is sys.exit
    sys.modules.pop("tools", None)


@pytest.mark.parametrize(
    ("dotted", "error", "reason"),
    [
        ("no_such.hook", ModuleNotFoundError, "No module named 'no_such'"),
        ("tools.nothing", AttributeError, "has no attribute 'nothing'"),
        ("tools:nothing", AttributeError, "has no attribute 'nothing'"),
        ("pack.nothing:hook", ModuleNotFoundError, "No module named 'pack.nothing'"),
        ("tools.who.more", AttributeError, "more"),
        ("broken.hook", ModuleNotFoundError, "No module named 'no_such_thing_at_all'"),
        ("wrong.hook", SystemExit, "not today"),
        ("", ValueError, "Empty module name"),
    ],
)
def test_what_is_wrong_is_told(places, dotted, error, reason):
    (places / "a" / "broken.py").write_text("import no_such_thing_at_all\nhook = 1\n")
    (places / "a" / "wrong.py").write_text("raise SystemExit('not today')\nhook = 1\n")
    with pytest.raises(error, match=reason):
        fetch(dotted, [str(places / "a")])


def test_a_module_whose_code_failed_is_loaded_from_the_start_the_next_time(places):
    path = [str(places / "a")]
    (places / "a" / "wrong.py").write_text("raise ValueError('now')\nhook = 1\n")
    with pytest.raises(ValueError, match="now"):
        fetch("wrong.hook", path)
    (places / "a" / "wrong.py").write_text("hook = 1\n")
    assert fetch("wrong.hook", path) == 1


@pytest.mark.parametrize("dotted", ["", "a b.c", "os.sep", "sys.exit", "no_such.hook"])
def test_what_is_not_in_the_folders_alone_is_left_to_the_usual_import(places, dotted):
    assert not only_in([str(places / "a")], dotted)
