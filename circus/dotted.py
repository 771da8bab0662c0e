"""Looking for a dotted path without importing anything: it runs nobody's code.

A module is found by its file, a name in it by reading its source. What cannot be told that way
(an extension module, ``import *``, a module's own ``__getattr__``) counts as found.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder

_ANYTHING = frozenset({"__getattr__", "globals", "exec"})
"""Names whose appearance means that a module may have attributes that its source does not show."""


def divided(dotted: str) -> tuple[list[str], list[str]]:
    """Return the parts of a dotted path before its colon, and those after it.

    Without a colon nobody but the modules themselves can tell where the names in them begin.
    """
    module, _, name = dotted.partition(":")
    return module.split("."), name.split(".") if name else []


def missing(dotted: str, directories: Sequence[str] = ()) -> str:
    """Say what keeps a dotted path from being there.

    :param dotted: ``package.module.name`` or ``package.module:name``
    :param directories: where to look besides ``sys.path``
    :returns: one sentence, or nothing when it is there as far as can be told
    """
    parts, names = divided(dotted)
    if not all(part.isidentifier() for part in (*parts, *names)) or len(parts) + len(names) < 2:  # noqa: PLR2004 - a module and a name
        return f"found {dotted!r}, expected a dotted path such as package.module.name"
    if parts[0] == "__main__":
        return ""  # the program that embeds Circus: it runs already
    reasons = [_reason(spec, parts, names) for spec in _tops(parts[0], directories) if spec]
    if not reasons:
        return f"there is no module {parts[0]!r}"
    return "" if "" in reasons else reasons[0]


def source(module: str, directories: Sequence[str] = ()) -> tuple[str, str] | None:
    """Return the source of a module and the package that it is in or is; None: there is none.

    :param module: its dotted path
    :param directories: where to look besides ``sys.path``
    """
    first, *rest = module.split(".")
    for top in _tops(first, directories) if first.isidentifier() else ():
        spec = top
        for part in rest:
            spec = _submodule(spec, part) if spec is not None else None
        text = _text(spec) if spec is not None else None
        if spec is not None and text is not None:
            inside = spec.submodule_search_locations is not None
            return text, module if inside else module.rpartition(".")[0]
    return None


def _text(spec: ModuleSpec) -> str | None:
    """Return the source of a module, or None where there is none."""
    read = getattr(spec.loader, "get_source", None)
    try:
        return read(spec.name) if read else None
    except (ImportError, OSError):
        return None


def only_in(directories: Sequence[str], dotted: str) -> bool:
    """Say whether a dotted path is found in these directories, and not on ``sys.path``."""
    parts, names = divided(dotted)
    if not parts[0].isidentifier():
        return False
    known, own = _tops(parts[0], directories)
    if own is None or (known and not _reason(known, parts, names)):
        return False
    return known is None or not _reason(own, parts, names)


def _tops(name: str, directories: Sequence[str]) -> tuple[ModuleSpec | None, ModuleSpec | None]:
    """Return the top-level module of a name on ``sys.path``, and the one in the directories."""
    importlib.invalidate_caches()
    try:
        known = importlib.util.find_spec(name)
    except ValueError:  # it was loaded without a spec
        known = None
    return known, PathFinder.find_spec(name, list(directories))


def _reason(spec: ModuleSpec, parts: Sequence[str], names: Sequence[str]) -> str:
    """Say what is missing below a top-level module, or nothing."""
    depth = 1
    while depth < len(parts):
        inner = _submodule(spec, parts[depth])
        if inner is None:
            break
        spec, depth = inner, depth + 1
    rest = [*parts[depth:], *names]
    if names and depth < len(parts):
        return f"there is no module {'.'.join(parts[: depth + 1])!r}"
    if not rest:
        return f"{spec.name!r} is a module, expected a name in it"
    return "" if _may_have(spec, rest[0]) else f"there is no {rest[0]!r} in module {spec.name!r}"


def _submodule(spec: ModuleSpec, name: str) -> ModuleSpec | None:
    """Return a module of a package."""
    if spec.submodule_search_locations is None:
        return None
    return PathFinder.find_spec(f"{spec.name}.{name}", list(spec.submodule_search_locations))


def _may_have(spec: ModuleSpec, name: str) -> bool:
    """Say whether a module may have an attribute; a broken source has none."""
    if spec.loader is None or spec.origin is None:
        return False  # a namespace package has modules only
    text = _text(spec)
    if text is None:
        return True
    try:
        bound = set(_bound(ast.parse(text)))
    except (SyntaxError, ValueError):
        return False
    return name in bound or not _ANYTHING.isdisjoint(bound)


def _bound(tree: ast.AST) -> Iterator[str]:
    """Iterate over every name that a source binds anywhere, and those that bind others."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Store) or node.id in _ANYTHING:
                yield node.id
        elif isinstance(node, ast.alias):
            yield "globals" if node.name == "*" else (node.asname or node.name.split(".")[0])
