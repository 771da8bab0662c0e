"""Python modules in folders that are not on ``sys.path``: a watcher's own hooks and streams.

What is found on ``sys.path`` is imported from there, as always. What only a watcher has, in the
PYTHONPATH of its environment or in its working directory, is loaded for the watchers with just
these folders: two watchers may each have a ``hooks.py``, and neither ``sys.path`` nor an
``import`` anywhere else gets to see it. Such a module stands in ``sys.modules`` under a name that
no other code can write (``@1.hooks``). Its own ``import`` statements, whenever they run, find on
``sys.path`` what is there, and in its folders what is not. No bytecode is written into these
folders.
"""

from __future__ import annotations

import builtins
import importlib
import importlib.util
import sys
import threading
from collections.abc import Mapping, Sequence
from importlib.machinery import PathFinder, SourceFileLoader
from types import CodeType, ModuleType
from typing import Any

from circus.dotted import divided, only_in


def fetch(dotted: str, directories: Sequence[str] = (), *, anew: bool = False) -> Any:
    """Import what a dotted path names.

    :param dotted: ``package.module.name`` or ``package.module:name``
    :param directories: where to look for what is not on ``sys.path``
    :param anew: run the code of its module again, if that was loaded before
    :raises ImportError, AttributeError: says what is not there; the module may raise anything else
    """
    folders = _of(tuple(directories)) if only_in(directories, dotted) else None
    prefix = f"{folders.name}." if folders else ""
    load = folders.load if folders else importlib.import_module
    parts, names = divided(dotted)
    known = {*sys.modules}
    module = load(prefix + parts[0])
    for depth in range(2, len(parts) + 1):
        full = prefix + ".".join(parts[:depth])
        if not names and depth == len(parts):
            names = parts[-1:]
            break
        try:
            module = load(full)
        except ModuleNotFoundError as error:
            if names or error.name != full:
                raise
            names = parts[depth - 1 :]
            break
    if anew and module.__name__ in known:
        _run_again(module)
    thing: Any = module
    for name in names:
        thing = getattr(thing, name)
    return thing


def _run_again(module: ModuleType) -> None:
    spec = module.__spec__
    if spec is None or not spec.has_location or spec.loader is None:
        return  # __main__, or a part of the interpreter
    if isinstance(spec.loader, _Source):
        spec.loader.exec_module(module)
    else:
        importlib.reload(module)


class _Folders:
    """The modules of some folders, in the order in which the folders are searched."""

    def __init__(self, name: str, directories: Sequence[str]) -> None:
        self.name = name
        self._lock = threading.RLock()
        self._builtins = {**vars(builtins), "__import__": self._import}
        package = ModuleType(name, "Modules in " + ", ".join(directories))
        package.__path__ = list(directories)
        sys.modules[name] = package

    def load(self, full: str) -> ModuleType:
        """Return one of the modules, by its name in ``sys.modules``.

        :raises ModuleNotFoundError: with that name
        """
        with self._lock:
            module = sys.modules.get(full)
            if module is None:
                parent, _, name = full.rpartition(".")
                package = self.load(parent)
                module = self._loaded(full, getattr(package, "__path__", ()))
                setattr(package, name, module)
            return module

    def _loaded(self, full: str, path: Sequence[str]) -> ModuleType:
        importlib.invalidate_caches()
        spec = PathFinder.find_spec(full, list(path))
        if spec is None:
            plain = full.partition(".")[2]
            raise ModuleNotFoundError(f"No module named {plain!r}", name=full)
        if type(spec.loader) is SourceFileLoader:
            spec.loader = _Source(full, spec.loader.path)
        module = importlib.util.module_from_spec(spec)
        module.__dict__["__builtins__"] = self._builtins
        sys.modules[full] = module
        if spec.loader is not None:
            try:
                spec.loader.exec_module(module)
            except BaseException:
                del sys.modules[full]
                raise
        return module

    def _import(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,  # noqa: A002 - as import calls it
        locals: Mapping[str, Any] | None = None,  # noqa: A002 - as import calls it
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        """Do what an ``import`` statement in one of the modules asks for."""
        if level:
            package = (globals or {}).get("__package__")
            return self._given(importlib.util.resolve_name("." * level + name, package), fromlist)
        try:
            return builtins.__import__(name, globals, locals, fromlist or (), 0)
        except ModuleNotFoundError as error:
            first = name.partition(".")[0]
            if error.name != first or PathFinder.find_spec(first, self._path()) is None:
                raise
        module = self._given(f"{self.name}.{name}", fromlist)
        return module if fromlist else self.load(f"{self.name}.{first}")

    def _path(self) -> list[str]:
        return list(sys.modules[self.name].__path__)

    def _given(self, full: str, fromlist: Sequence[str] | None) -> ModuleType:
        """Return a module, and have loaded those of its submodules that are named."""
        module = self.load(full)
        for name in fromlist or ():
            if name != "*" and not hasattr(module, name) and hasattr(module, "__path__"):
                try:
                    self.load(f"{full}.{name}")
                except ModuleNotFoundError as error:
                    if error.name != f"{full}.{name}":
                        raise
        return module


class _Source(SourceFileLoader):
    """Runs a module from its source: no bytecode, neither read nor written."""

    def get_code(self, fullname: str) -> CodeType:
        """Compile the source as it is now."""
        path = self.get_filename(fullname)
        code: CodeType = self.source_to_code(self.get_data(path), path)
        return code


_known: dict[tuple[str, ...], _Folders] = {}


def _of(directories: tuple[str, ...]) -> _Folders:
    if directories not in _known:
        _known[directories] = _Folders(f"@{len(_known) + 1}", directories)
    return _known[directories]
