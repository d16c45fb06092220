"""What the rooms above add to a message for customers: this room knows neither contracts nor texts.

``@facts("batch.finished")`` gives ids, counts and states, for every endpoint. ``@contents("message.received")`` gives texts and
numbers, only for endpoints whose owner asked for them; they are read anew at each try and kept nowhere here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from qafila.events.kinds import KINDS
from qafila.events.registry import EventValue


@dataclass(frozen=True, slots=True)
class Facts:
    """What is added.

    :ivar subject: (kind, public id) as customers know the thing; None: as the event names it.
    :ivar data: JSON; no texts, no full phone numbers, no secrets.
    """

    subject: tuple[str, str] | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


FactsOf = Callable[[EventValue], Facts]
ContentsOf = Callable[[int, Mapping[str, Any]], Mapping[str, Any]]
"""(row id of the business, the payload's ``data``) → what the payload's ``contents`` holds."""

_facts: dict[str, FactsOf] = {}
_contents: dict[str, ContentsOf] = {}


def facts(kind: str) -> Callable[[FactsOf], FactsOf]:
    """Registers who completes a kind of event; one for each. An unknown kind raises ``ValueError``."""
    if kind not in KINDS:
        raise ValueError(f"There is no kind of event {kind!r}. Add it to events/kinds.py.")

    def register(function: FactsOf) -> FactsOf:
        _facts[kind] = function
        return function

    return register


def contents(name: str) -> Callable[[ContentsOf], ContentsOf]:
    """Registers who reads the contents of a public type; one for each."""

    def register(function: ContentsOf) -> ContentsOf:
        _contents[name] = function
        return function

    return register


def facts_of(event: EventValue) -> Facts:
    """What is added to an event; nothing where nobody registered."""
    function = _facts.get(event.kind)
    return function(event) if function else Facts()


def contents_of(name: str, *, business_id: int, data: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The contents of a public type; None where it has none."""
    function = _contents.get(name)
    return function(business_id, data) if function else None
