"""What has to exist before anything is measured: the compiled child and the peers from PyPI."""

from __future__ import annotations

import compileall
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent


def cache() -> Path:
    """Return the folder that keeps what is made here from one run to the next."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    folder = Path(base) / "circus-benchmarks"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def child() -> str:
    """Return the path of the compiled child; compiles it when its source is newer."""
    source, program = HERE / "child.c", cache() / "circus-benchmark-child"
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            sys.exit("cannot compile benchmarks/child.c: no C compiler found")
        subprocess.run([compiler, "-O2", "-o", program, source], check=True)
    return str(program)


def from_pypi(requirement: str) -> Path:
    """Return the bin folder of an environment with one package in it; makes it the first time.

    :param requirement: such as ``circus==0.19.0``
    """
    version = "{}.{}".format(*sys.version_info)
    folder = cache() / f"{requirement}-python{version}"
    done = folder / "complete"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        # supervisor still imports pkg_resources, which newer setuptools no longer have
        words = [str(folder / "bin" / "pip"), "install", "--quiet", requirement, "setuptools<80"]
        subprocess.run(words, check=True)
        done.touch()
    return folder / "bin"


def ours() -> Path:
    """Return the folder in which Python finds our code; compiles it, as pip does with others'."""
    compileall.compile_dir(ROOT / "circus", quiet=1)
    return ROOT


def from_path(program: str) -> bool:
    """Say whether a program is installed on this machine."""
    return shutil.which(program) is not None
