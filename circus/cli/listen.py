"""``circusctl listen``: print events as they come (spec §4.16)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from circus.consumer import CircusConsumer

if TYPE_CHECKING:
    from collections.abc import Sequence


def run(topics: Sequence[str], **where: Any) -> None:
    """Print ``topic: json`` for each event, until Ctrl-C.

    :param topics: the beginnings of the topics that are wanted; none means all
    :param where: further arguments of CircusConsumer
    """
    with CircusConsumer(topics or [""], **where) as consumer:
        for topic, message in consumer:
            sys.stdout.write(f"{_text(topic)}: {_text(message)}\n")
            sys.stdout.flush()


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
