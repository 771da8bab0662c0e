"""How Sphinx builds these pages: ``tox -e docs``."""

from __future__ import annotations

import ast
from pathlib import Path

_INIT = (Path(__file__).parents[1] / "circus" / "__init__.py").read_text()

project = "Circus"
author = "the Circus developers"
release = ast.literal_eval(_INIT.partition("__version__ = ")[2].splitlines()[0])
version = release
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"Circus {release}"
nitpicky = True
