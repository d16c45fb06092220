"""What became of each table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

MOST_EXAMPLES = 3


@dataclass(slots=True)
class Table:
    """One table of the source.

    :ivar is_there: whether the source has it.
    :ivar found: rows read; they add up: ``copied + there + refused``.
    :ivar there: copied by an earlier run, or known here already.
    :ivar reasons: a code for each refusal, with how often. :ivar examples: ids of some of them, by code.
    :ivar paused: profiles that stay out of work, by who had paused them (``rules.Pause``), and the names of some of them.
    """

    name: str
    is_there: bool = True
    found: int = 0
    copied: int = 0
    there: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    paused: Counter[str] = field(default_factory=Counter)
    paused_names: dict[str, list[str]] = field(default_factory=dict)

    @property
    def refused(self) -> int:
        """Rows that could not be taken."""
        return sum(self.reasons.values())

    def refuse(self, code: str, legacy_id: object) -> None:
        """Notes a row that cannot be taken, and why."""
        self.reasons[code] += 1
        listed = self.examples.setdefault(code, [])
        if len(listed) < MOST_EXAMPLES:
            listed.append(str(legacy_id))

    def note_paused(self, by: str, name: str) -> None:
        """Notes a profile that was paused there, and is here."""
        self.paused[by] += 1
        listed = self.paused_names.setdefault(by, [])
        if len(listed) < MOST_EXAMPLES:
            listed.append(name)


@dataclass(slots=True)
class Report:
    """All tables in the order in which they were read, and which businesses took something.

    :ivar businesses: public id to name.
    """

    tables: list[Table] = field(default_factory=list)
    businesses: dict[str, str] = field(default_factory=dict)

    def table(self, name: str) -> Table:
        """The one of that name; begun where it is new."""
        for one in self.tables:
            if one.name == name:
                return one
        made = Table(name)
        self.tables.append(made)
        return made

    def __iter__(self) -> Iterator[Table]:
        return iter(self.tables)
