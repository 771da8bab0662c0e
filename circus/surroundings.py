"""The environment of one watcher's processes, with the files that it is read from.

A watcher's ``env`` is a plain dict, made once, that hooks and programs may change; what it holds at
a launch is what the process is given. With an ``env_file`` that file is read at each launch, below
what is configured, and whatever was changed in ``env`` meanwhile is changed there too. A virtualenv
is looked at when the watcher is made, and whenever one of these options changes.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from circus.exc import MessageError
from circus.spec.dotenv import DotenvError, parse
from circus.spec.environment import Virtualenv, carried, child_env, underlay
from circus.spec.finding import Severity
from circus.spec.model import WatcherSpec

LARGEST = 2**20
"""Bytes of an ``env_file``; a kernel takes less than this as the environment of a process."""
MADE_OF = ("env", "copy_env", "copy_path", "virtualenv", "virtualenv_py_ver")
"""The fields of a spec that the environment is made of; the file lies beside it."""


class Surroundings:
    """Makes the environment of a watcher's processes.

    :param spec: the watcher
    :param environ: circusd's own environment, as it is now
    :param sys_path: circusd's own ``sys.path``
    :param alone: ``env`` is the whole environment, whatever is to be copied (spec §4.10)
    :raises ValueError: the virtualenv cannot be used
    """

    def __init__(
        self,
        spec: WatcherSpec,
        environ: Mapping[str, str],
        sys_path: Sequence[str],
        alone: bool = False,
    ) -> None:
        if alone:
            spec = replace(spec, copy_env=False, copy_path=False, virtualenv=None)
        self.alone = alone
        self._spec = spec
        self._file = env_file(spec)
        self._virtualenv = virtualenv(spec)
        below = underlay(spec, environ, sys_path)
        self._below = {} if self._file is None else below
        self.made = child_env(spec, below, {}, self._virtualenv)
        """The environment without the file."""

    def at_launch(self, env: Mapping[str, str]) -> Mapping[str, str]:
        """Return what a process that is launched now is given.

        :param env: what was made, perhaps changed since
        :raises ValueError: the file cannot be used: names it, and the line
        """
        if self._file is None:
            return env
        whole = child_env(self._spec, self._below, read(self._file), self._virtualenv)
        return carried(self.made, env, whole)


class Dressed(Protocol):
    """What has surroundings: a watcher."""

    spec: WatcherSpec
    env: dict[str, str]
    surroundings: Surroundings


def redress(
    watcher: Dressed, spec: WatcherSpec, whole: bool
) -> tuple[Surroundings, dict[str, str]]:
    """Return the surroundings and the environment of a watcher whose spec changes.

    :param whole: ``env`` was set: from now on it is the whole environment
    :raises MessageError: the virtualenv cannot be used
    """
    old, before = watcher.spec, watcher.surroundings
    same = all(getattr(spec, one) == getattr(old, one) for one in MADE_OF)
    if not whole and same and env_file(spec) == env_file(old):
        return before, watcher.env
    try:
        new = Surroundings(spec, os.environ, sys.path, whole or (before.alone and same))
    except ValueError as error:
        raise MessageError(str(error)) from error
    return new, dict(new.made) if whole else carried(before.made, watcher.env, new.made)


# --- files ----------------------------------------------------------------------------------------


def look(spec: WatcherSpec) -> Iterator[tuple[Severity, str, str]]:
    """Iterate over (severity, option, sentence) for what is wrong with the files of a watcher.

    A file that is missing is a doubt only: it is read at each launch, and may be there by then.
    """
    try:
        virtualenv(spec)
    except ValueError as error:
        yield Severity.ERROR, "virtualenv", str(error)
    path = env_file(spec)
    if path is not None:
        try:
            read(path)
        except ValueError as error:
            yield Severity.WARNING, "env_file", f"{error}; it is read again at each launch"


def env_file(spec: WatcherSpec) -> str | None:
    """Return the path of a watcher's ``env_file``: relative to its directory."""
    if spec.env_file is None:
        return None
    return os.path.join(spec.working_dir or "", spec.env_file)


def read(path: str) -> dict[str, str]:
    """Return the variables of an ``env_file``.

    Only a regular file is read, so that no pipe and no terminal can hold the daemon up.

    :raises ValueError: names the file, and the line where it is about one
    """
    try:
        return parse(_text(path))
    except OSError as error:
        raise ValueError(f"cannot read the env_file {path}: {error.strerror}") from error
    except DotenvError as error:
        message = f"cannot read the env_file {path}:{error.line}: {error.reason}"
        raise ValueError(message) from None  # the cause would show nothing more


def _text(path: str) -> str:
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        with open(fd, "rb", closefd=False) as file:
            data = file.read(LARGEST + 1)
    finally:
        os.close(fd)
    if len(data) > LARGEST:
        raise OSError(errno.EFBIG, f"it has more than {LARGEST} bytes")
    return data.decode("utf-8", "surrogateescape")


def virtualenv(spec: WatcherSpec) -> Virtualenv | None:
    """Return what a watcher's virtualenv offers, or None without one.

    :raises ValueError: it has no packages for that version of Python
    """
    if spec.virtualenv is None:
        return None
    home = os.path.abspath(spec.virtualenv)
    version = spec.virtualenv_py_ver or f"{sys.version_info[0]}.{sys.version_info[1]}"
    places = [
        os.path.join(home, "lib", f"{kind}{version}", "site-packages")
        for kind in ("python", "pypy")
    ]
    packages = next(filter(os.path.isdir, places), None)
    if packages is None:
        raise ValueError(f"cannot use the virtualenv {spec.virtualenv!r}: there is no {places[0]}")
    programs = os.path.join(home, "bin")
    try:
        linked = tuple(_linked(packages))
    except OSError as error:
        reason = f"cannot read {error.filename}: {error.strerror}"
        raise ValueError(f"cannot use the virtualenv {spec.virtualenv!r}: {reason}") from error
    return Virtualenv(programs if os.path.isdir(programs) else None, packages, linked)


def _linked(packages: str) -> Iterator[str]:
    """Iterate over the places that ``.pth`` files name (:mod:`site`); nothing is executed."""
    for name in sorted(os.listdir(packages)):
        if not name.endswith(".pth") or name.startswith("."):
            continue
        with open(os.path.join(packages, name), encoding="utf-8", errors="surrogateescape") as file:
            for line in map(str.strip, file):
                place = os.path.join(packages, line)
                code = line.startswith(("#", "import ", "import\t"))
                if line and not code and os.path.exists(place):
                    yield os.path.normpath(place)
