"""Which messages a list asks for, and how many there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from qafila.ledger.answers import Answer
from qafila.ledger.states import State


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which messages of a business. Everything given must hold.

    :ivar states: any of these; empty: every outgoing one. ``(State.RECEIVED,)`` lists what people wrote.
    :ivar sender_id: sent by this sender, or waiting for it alone.
    :ivar reason: a wording code; "" for none.
    :ivar contact_ids: to or from these people.
    :ivar since: by the moment that counts for the state (:func:`finding._moment`): begun, ended, or put into the books.
    :ivar until: the first moment that does not count any more.
    :ivar answer: those after which people did that; known of one batch only (without one: none).
    """

    business_id: int
    states: tuple[State, ...] = ()
    batch_id: int | None = None
    sender_id: int | None = None
    reason: str | None = None
    contact_ids: tuple[int, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Total:
    """How many; where ``exact`` is False, at least so many."""

    count: int
    exact: bool = True
