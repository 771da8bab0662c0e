from __future__ import annotations

import ast

import pytest

from circus.spec.options.shipped import ALSO, SHIPPED, shipped
from circus.spec.options.watcher import WATCHER
from tests.helpers.source import modules


@pytest.mark.parametrize("use", [*SHIPPED, *ALSO])
def test_the_class_of_a_plugin_is_where_its_path_says(use):
    module, _, name = use.rpartition(".")
    assert shipped(use) is not None
    tree = ast.parse(modules()[module].read_text())
    classes = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    imported = {
        alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert name in classes | imported


@pytest.mark.parametrize("plugin", SHIPPED.values(), ids=lambda plugin: plugin.use)
def test_what_a_plugin_requires_and_needs_is_said_whole(plugin):
    assert set(plugin.required) <= set(plugin.section.names())
    assert bool(plugin.needs) == bool(plugin.extra)
    assert plugin.about.endswith(".")


def test_a_plugin_of_somebody_else_is_not_known():
    assert shipped("my.Plugin") is None


def test_only_flapping_means_an_option_for_itself_that_a_watcher_has_too():
    shared = {
        (use.rpartition(".")[2], name)
        for use, plugin in SHIPPED.items()
        for name in plugin.section.names()
        if WATCHER.find(name) is not None and not WATCHER[name].obsolete
    }
    assert shared == {("Flapping", "max_retry")}
