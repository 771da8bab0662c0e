"""The project's own source, read as text and as syntax trees: nothing here is imported or run."""

from __future__ import annotations

import ast
import functools
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Import:
    """One imported thing: ``module`` is dotted, ``function`` the function it hides in, or empty.

    ``typed`` says that it is imported for types only.
    """

    module: str
    line: int
    function: str
    typed: bool = False


def module_name(path: Path) -> str:
    """Return the dotted name of a file below the root."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@functools.cache
def modules() -> dict[str, Path]:
    """Return every module of circus by its dotted name."""
    return {module_name(path): path for path in sorted((ROOT / "circus").rglob("*.py"))}


def files(*patterns: str) -> list[Path]:
    """Return the files below the root that match one of the patterns, sorted."""
    found = {path for pattern in patterns for path in ROOT.glob(pattern)}
    return sorted(path for path in found if "_build" not in path.parts)


@functools.cache
def tree(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text(), str(path))


def walk(node: ast.AST, function: str = "") -> list[tuple[ast.AST, str]]:
    """Return every node below *node* with the name of the function that it stands in."""
    found = []
    for child in ast.iter_child_nodes(node):
        inside = function
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            inside = child.name
        found.append((child, function))
        found.extend(walk(child, inside))
    return found


def imports(name: str) -> list[Import]:
    """Return all that a module of circus imports, under TYPE_CHECKING and in functions too.

    ``from circus.host import reap`` counts as the module ``circus.host.reap`` where there is one,
    else as ``circus.host``.
    """
    found = []
    nodes = walk(tree(modules()[name]))
    guarded = {id(one) for node, _ in nodes if _for_types(node) for one in ast.walk(node)}
    for node, function in nodes:
        typed = id(node) in guarded
        if isinstance(node, ast.Import):
            found += [Import(alias.name, node.lineno, function, typed) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = _base(name, node)
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                target = inner if inner in modules() else base
                found.append(Import(target, node.lineno, function, typed))
    return found


def _for_types(node: ast.AST) -> bool:
    """Say whether a node is ``if TYPE_CHECKING:``."""
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def _base(name: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = modules()[name].name == "__init__.py"
    parts = name.split(".")
    kept = parts[: len(parts) - node.level + (1 if package else 0)]
    return ".".join([*kept, node.module] if node.module else kept)


def used_names(name: str) -> list[tuple[str, int]]:
    """Return what a module of circus takes from modules by attribute or by ``from``, with lines.

    ``os.kill(…)`` and ``from os import kill`` are both ``os.kill``.
    """
    found = []
    for node, _ in walk(tree(modules()[name])):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found.append((f"{node.value.id}.{node.attr}", node.lineno))
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found += [(f"{node.module}.{alias.name}", node.lineno) for alias in node.names]
    return found


def complain(found: list[str]) -> None:
    """Fail with all the places that were found, one a line."""
    assert not found, "\n".join(found)


def has_code(path: Path) -> bool:
    """Say whether a file holds a function that does something: a Protocol's method does not."""
    return any(
        isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not _is_promise(node)
        for node, _ in walk(tree(path))
    )


def _is_promise(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return all(
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        for statement in function.body
    )
