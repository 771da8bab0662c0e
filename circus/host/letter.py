"""A letter to one process: what it is told in private, as its standard input.

A file in memory where the system has such (memfd_create(2)), else one without a name in the
directory for temporary files. It is reached through its descriptor only, which the child gets and
nobody else: neither the command line, nor the environment, nor the file system shows it.
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Mapping

    from circus.spec.launch import LaunchPlan


def with_letter(
    plan: LaunchPlan, message: Mapping[str, Any] | None, closing: list[Any]
) -> LaunchPlan:
    """Return a plan whose process finds a message in its standard input, as JSON.

    :param message: what it is told; None: nothing
    :param closing: what is closed after the launch; the file is put there
    """
    if message is None:
        return plan
    file = letter(json.dumps(message).encode())
    closing.append(file)
    return replace(plan, stdin=file.fileno())


def letter(text: bytes) -> BinaryIO:
    """Return a file that holds a text and stands at its beginning. The caller closes it."""
    if hasattr(os, "memfd_create"):
        file: BinaryIO = os.fdopen(os.memfd_create("letter", os.MFD_CLOEXEC), "w+b")
    else:
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    file.write(text)
    file.seek(0)
    return file
