from __future__ import annotations

import sys

import pytest

from circus.declared import declared
from circus.plugins.flapping import Flapping

SOURCES = {
    "plain_plugin.py": (
        "import circus.plugins.flapping as flapping\n"
        "from circus.plugins.flapping import Flapping as Base\n"
        "raise RuntimeError('nobody runs this')\n"
        "class Plain:\n    own_options = ('max_age', 'uid')\n"
        "class Typed(Plain):\n    own_options: tuple[str, ...] = ['gid']\n"
        "class Derived(Base):\n    own_options = ('gid',)\n"
        "class ByModule(flapping.Flapping):\n    pass\n"
        "class Silent:\n    other = 1\n"
        "class Odd(base(), metaclass=M):\n    own_options = ('a', 1, *more)\n"
        "class Round(Round2): ...\nclass Round2(Round): ...\n"
    ),
    "plugin_package/__init__.py": "from .inner import Inside\nfrom .inner.deep import Deep as D\n",
    "plugin_package/inner/__init__.py": "from .deep import Deep\nclass Inside(Deep):\n    pass\n",
    "plugin_package/inner/deep.py": (
        "import plain_plugin\nfrom ..side import Side\n"
        "class Deep(plain_plugin.Plain, Side):\n    own_options = ('deep',)\n"
    ),
    "plugin_package/side.py": "class Side:\n    own_options = ('side',)\n",
    "broken_plugin.py": "class Broken(:\n",
}


@pytest.fixture(autouse=True)
def sources(tmp_path, monkeypatch):
    for name, text in SOURCES.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("use", "names"),
    [
        ("plain_plugin.Plain", {"max_age", "uid"}),
        ("plain_plugin:Plain", {"max_age", "uid"}),
        ("plain_plugin.Typed", {"max_age", "uid", "gid"}),
        ("plain_plugin.Derived", {"attempts", "window", "retry_in", "max_retry", "gid"}),
        ("plain_plugin.ByModule", {"attempts", "window", "retry_in", "max_retry"}),
        ("plain_plugin.Silent", set()),
        ("plain_plugin.Odd", {"a"}),
        ("plain_plugin.Round", set()),
        ("plugin_package.Inside", {"deep", "side", "max_age", "uid"}),
        ("plugin_package.D", {"deep", "side", "max_age", "uid"}),
        ("circus.plugins.flapping.Flapping", {"attempts", "window", "retry_in", "max_retry"}),
        ("plain_plugin.Nobody", set()),
        ("nowhere.at.all.Plugin", set()),
        ("broken_plugin.Broken", set()),
        ("time.Plugin", set()),
        ("Plugin", set()),
        ("", set()),
    ],
)
def test_what_a_class_and_its_bases_declare_is_read_without_running_it(use, names):
    assert set(declared(use)) == names
    assert "plain_plugin" not in sys.modules


def test_a_class_of_ours_has_the_attribute_that_is_read():
    assert Flapping.own_options == ()
