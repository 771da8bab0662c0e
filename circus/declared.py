"""What a plugin's class declares as its own, read from its source: nobody's code is run.

A class says so with ``own_options = ("name", "other")``, a literal, and what its bases declare
counts too. Classes are followed through imports as they stand in the source; where that leads
nowhere (an extension module, a base that is computed) nothing is declared there.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Collection, Iterator

from circus.dotted import source
from circus.spec import plugins

OWN = "own_options"
DEPTH = 16
"""How many imports and bases are followed."""


def declared(use: str) -> Collection[str]:
    """Return the options that the class at a dotted path and its bases declare as their own.

    :param use: ``package.module.Class`` or ``package.module:Class``
    """
    return frozenset(_declared(use.replace(":", "."), DEPTH))


def _declared(use: str, depth: int) -> Iterator[str]:
    yield from plugins.declared(use)
    module, _, name = use.rpartition(".")
    found = source(module, [os.getcwd()]) if module and depth else None
    if found is None or plugins.declared(use):
        return
    text, package = found
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return
    there = _imports(tree, package)
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            there[node.name] = f"{module}.{node.name}"
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            yield from _literal(node)
            for base in node.bases:
                yield from _declared(_path(base, there), depth - 1)
            return
    if there.get(name, use) != use:
        yield from _declared(there[name], depth - 1)


def _literal(node: ast.ClassDef) -> Iterator[str]:
    """Iterate over the words of ``own_options`` in the body of a class."""
    for line in node.body:
        targets = line.targets if isinstance(line, ast.Assign) else [getattr(line, "target", None)]
        value = getattr(line, "value", None)
        if any(isinstance(one, ast.Name) and one.id == OWN for one in targets):
            for item in getattr(value, "elts", ()):
                if isinstance(item, ast.Constant) and isinstance(item.value, str):
                    yield item.value


def _imports(tree: ast.Module, package: str) -> dict[str, str]:
    """Return the dotted path behind each name that a module imports at its top."""
    there = {}
    for node in tree.body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                there[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: -(node.level - 1) or None] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                there[alias.asname or alias.name] = f"{base}.{alias.name}"
    return there


def _path(base: ast.expr, there: dict[str, str]) -> str:
    """Return the dotted path of a base class, or nothing where it is computed."""
    if isinstance(base, ast.Name):
        return there.get(base.id, "")
    if isinstance(base, ast.Attribute):
        above = _path(base.value, there)
        return f"{above}.{base.attr}" if above else ""
    return ""
