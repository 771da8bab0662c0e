"""What a row of the tables of options says."""

from __future__ import annotations

import dataclasses
import difflib
import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from circus.spec.values import Kind


class Live(enum.IntEnum):
    """What ``set`` of an option does to a watcher that runs, the strongest last."""

    AT_ONCE = 1
    """It holds from now on, for the processes that run as well."""
    RESPAWN = 2
    """The processes are replaced by a graceful reload."""
    NEVER = 3
    """It is refused: the file must be changed and read again."""


@dataclass(frozen=True)
class Option:
    """One option of a section.

    :param name: as it is written; a name that ends with ``.`` or ``_`` stands for a family
    :param kind: what its value may be
    :param help: one sentence for the reference page
    :param live: what ``set`` does
    :param unit: ``seconds``, ``bytes`` or nothing
    :param field: field of the spec that holds it; None: the name itself; empty: none
    :param wire: ``add`` and ``set`` take it
    :param listed: ``options`` shows it (spec §4.17.3)
    :param shown_as: its name there
    :param elsewhere: a sentence; it may not stand in a file under this very name
    :param members: what may follow the name of a family; empty: anything
    :param any_case: the name may be written in any case
    :param unavailable: a sentence; this release refuses anything but the default
    :param obsolete: a sentence; it is accepted and has no effect
    :param default: filled in by the Section from the field of the spec, where there is one
    """

    name: str
    kind: Kind
    help: str
    live: Live = Live.NEVER
    unit: str = ""
    field: str | None = None
    wire: bool = False
    listed: bool = False
    shown_as: str = ""
    elsewhere: str = ""
    members: tuple[str, ...] = ()
    any_case: bool = False
    unavailable: str = ""
    obsolete: str = ""
    default: Any = None

    @property
    def family(self) -> bool:
        """Say whether the row stands for all options that begin with its name."""
        return self.name.endswith((".", "_"))

    @property
    def attribute(self) -> str:
        """Return the field of the spec that holds the value, or the empty text."""
        return self.name if self.field is None else self.field

    def member(self, key: str) -> str:
        """Return what follows the name of a family in an option's name."""
        member = key[len(self.name) :]
        return member.lower() if self.any_case else member

    def knows(self, key: str) -> bool:
        """Say whether an option of this family exists, where the family is a closed one."""
        return not self.members or self.member(key) in self.members


class Section:
    """A kind of section of the file and its options.

    :param pattern: its title as written in a reference, such as ``watcher:NAME``
    :param spec: the dataclass whose defaults are the options' defaults; None: there are none
    :param rows: its options
    :param free: options that are not in the table are kept, for hooks and plugins
    """

    def __init__(
        self, pattern: str, spec: type | None, rows: Sequence[Option], *, free: bool = False
    ) -> None:
        self.pattern = pattern
        self.free = free
        defaults = _defaults(spec) if spec else {}
        self.rows = tuple(
            dataclasses.replace(row, default=defaults.get(row.attribute, row.default))
            for row in rows
        )
        self._rows = {row.name: row for row in self.rows}
        self._families = tuple(row for row in self.rows if row.family)

    def __iter__(self) -> Iterator[Option]:
        return iter(self.rows)

    def __getitem__(self, name: str) -> Option:
        return self._rows[name]

    def find(self, key: str) -> Option | None:
        """Return the row of an option as written in a file, or None."""
        row = self._rows.get(key)
        if row is not None and not row.family:
            return row
        for family in self._families:
            name = key.lower() if family.any_case else key
            if name.startswith(family.name) and name != family.name:
                return family
        return None

    def names(self) -> list[str]:
        """Return the name of every option, the members of closed families included."""
        return [row.name + member for row in self.rows for member in row.members or ("",)]

    def nearest(self, key: str) -> str:
        """Return the known name that is most like an unknown one, or nothing.

        Names with a dot belong to plugins (``flapping.window``) unless they are very close.
        """
        names = [name for name in self.names() if not self._elsewhere(name)]
        lower = {name.lower(): name for name in names}
        if key.lower() in lower:
            return lower[key.lower()]
        close = difflib.get_close_matches(key.lower(), lower, 1, 0.85 if "." in key else 0.65)
        return lower[close[0]] if close else ""

    def _elsewhere(self, name: str) -> bool:
        """Say whether an option may not stand in a file."""
        row = self._rows.get(name)
        return row is not None and bool(row.elsewhere)


def _defaults(spec: type) -> dict[str, Any]:
    """Return the default of each field of a dataclass that has one."""
    found = {}
    for field in dataclasses.fields(spec):
        if field.default is not dataclasses.MISSING:
            found[field.name] = field.default
        elif field.default_factory is not dataclasses.MISSING:
            found[field.name] = field.default_factory()
    return found


def listed(name: str, kind: Kind, live: Live, text: str, **more: Any) -> Option:
    """Return a row that ``add`` and ``set`` know and ``options`` shows, unless said otherwise."""
    return Option(name, kind, text, live, **{"wire": True, "listed": True, **more})
