"""How a parameter of the model is written down: value, meaning, where it comes from, and how the sweep moves it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any

ASSUMED = "assumption"
"""The source of what nobody published: chosen by us, and therefore swept."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number of the model.

    :ivar group: the part of the model it belongs to (``people``, ``whatsapp`` …).
    :ivar source: who published it, or :data:`ASSUMED`.
    :ivar kinds: the kinds of number it matters for; the sweep of a kind moves only these.
    :ivar alone: whether the sweep moves it alone, to half and to double. All are moved together in its joint points.
    """

    group: str
    name: str
    value: float
    meaning: str
    source: str
    kinds: tuple[str, ...]
    alone: bool

    @property
    def path(self) -> str:
        """``people.unwanted``"""
        return f"{self.group}.{self.name}"

    @property
    def written(self) -> str:
        """The value as a person writes it."""
        return f"{self.value:,.6f}".rstrip("0").rstrip(".")


def number(
    value: float,
    meaning: str,
    source: str = ASSUMED,
    *,
    kinds: tuple[str, ...] = ("phone", "official"),
    alone: bool = True,
) -> Any:
    """A field of a group of parameters."""
    return field(
        default=value, metadata={"meaning": meaning, "source": source, "kinds": kinds, "alone": alone}
    )


def described(group: str, values: Any) -> Iterator[Parameter]:
    """The parameters of one group, in the order in which they are written."""
    for entry in fields(values):
        if entry.metadata:
            yield Parameter(group, entry.name, getattr(values, entry.name), **entry.metadata)
