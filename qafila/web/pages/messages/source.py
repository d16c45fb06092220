"""The rows of the message list: from the ledger, with the names that a person reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from qafila.businesses.models import Business
from qafila.campaigns.models import Campaign
from qafila.campaigns.queries.board import of_batches
from qafila.contacts import queries as contacts
from qafila.kit.phones import Phone, normalise
from qafila.ledger import finding
from qafila.ledger.answers import Answer
from qafila.ledger.finding import OUTGOING, Wanted
from qafila.ledger.queries import MessageRow
from qafila.ledger.states import State
from qafila.providers.contents_json import values_in
from qafila.senders.models import Sender
from qafila.web.lists.filters import Span
from qafila.web.lists.query import ListQuery

STATES = {state.word: state for state in (*OUTGOING, State.RECEIVED)}
REACHED = {"out": (State.SENT, State.DELIVERED, State.READ), "arrived": (State.DELIVERED, State.READ)}
ANSWERS = frozenset(answer.value for answer in Answer)
"""Of :data:`REACHED`'s filter too: how far a message came with its person; known of one contract only."""
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Line:
    """A message in a list, with the names of what it belongs to."""

    message: MessageRow
    campaign: Campaign | None
    sender: Sender | None
    person: str

    @property
    def id(self) -> int:
        """Of the message."""
        return self.message.id

    @property
    def text(self) -> str:
        """What it says; of a template without a message the values of its variables."""
        return self.message.body or " · ".join(values_in(self.message.params))


def wanted_of(business: Business, query: ListQuery) -> Wanted | None:
    """What a list's query asks of the ledger; None where nothing can match."""
    state = query.get("state")
    campaign: Campaign | None = query.get("campaign")
    sender: Sender | None = query.get("sender")
    span: Span | None = query.get("at")
    reason = query.get("reason")
    people = None
    if query.search:
        people = people_with(business, query.search)
        if not people:
            return None
    states: tuple[State, ...] = (STATES[state],) if state else ()
    answer = Answer(query.get("reached")) if query.get("reached") in ANSWERS else None
    if answer is not None and campaign is None:
        return None
    if reached := REACHED.get(query.get("reached")):
        states = tuple(one for one in reached if one in states) if states else reached
        if not states:
            return None
    return Wanted(
        business_id=business.pk,
        states=states,
        batch_id=campaign.batch_id if campaign else None,
        sender_id=sender.pk if sender else None,
        reason="" if reason == "none" else reason,
        contact_ids=people,
        since=span.start if span else None,
        until=span.end if span else None,
        answer=answer,
    )


def people_with(business: Business, text: str) -> tuple[int, ...]:
    """Row ids of the people whose phone number a text is, however it is written."""
    read = normalise(text, business.default_country or None)
    if isinstance(read, Phone):
        return contacts.with_phone(business.pk, read.e164.lstrip("+"))
    digits = "".join(c for c in text if c.isdecimal() and c.isascii())
    return contacts.with_phone(business.pk, digits) if digits else ()


class LedgerSource:
    """See ``lists.source.Source``.

    :param wanted: None for nothing.
    :param ids: only these of them (ticked rows).
    :param is_exact: count to the end even where no counter helps: what is about to be changed.
    """

    def __init__(
        self, wanted: Wanted | None, *, oldest_first: bool, ids: Sequence[str] | None, is_exact: bool
    ) -> None:
        self._wanted = wanted
        self._oldest_first = oldest_first
        self._ids = None if ids is None else ids_of(ids)
        self._is_exact = is_exact
        self.is_at_least = False

    def total(self) -> int:
        """How many; where :attr:`is_at_least` is then True, at least so many."""
        if self._wanted is None:
            return 0
        if self._ids is not None:
            return len(finding.some_rows(self._wanted, self._ids))
        found = finding.total(self._wanted)
        if not found.exact and self._is_exact:
            return sum(1 for _ in finding.all_rows(self._wanted))
        self.is_at_least = not found.exact
        return found.count

    def rows(self, offset: int, limit: int) -> Sequence[Line]:
        """A page."""
        if self._wanted is None:
            return []
        if self._ids is not None:
            return lines(
                self._wanted.business_id, finding.some_rows(self._wanted, self._ids)[offset : offset + limit]
            )
        found = finding.rows(self._wanted, offset=offset, limit=limit, oldest_first=self._oldest_first)
        return lines(self._wanted.business_id, found)

    def all_rows(self) -> Iterator[Line]:
        """All, in flat memory."""
        if self._wanted is None:
            return
        rows: Iterable[MessageRow] = (
            finding.all_rows(self._wanted)
            if self._ids is None
            else finding.some_rows(self._wanted, self._ids)
        )
        rest = iter(rows)
        while some := list(islice(rest, _CHUNK)):
            yield from lines(self._wanted.business_id, some)


def lines(business_id: int, rows: Sequence[MessageRow]) -> list[Line]:
    """The rows with the names around them; three statements."""
    campaigns = of_batches(business_id, sorted({row.batch_id for row in rows}))
    ids = {row.sender_id for row in rows} | {one.sender_id or 0 for one in campaigns.values()}
    numbers = Sender.objects.filter(business_id=business_id).in_bulk(sorted(ids - {0}))
    people = contacts.names(business_id, sorted({row.contact_id for row in rows if row.contact_id}))
    found = []
    for row in rows:
        campaign = campaigns.get(row.batch_id)
        sender_id = row.sender_id or (campaign.sender_id if campaign else None) or 0
        found.append(Line(row, campaign, numbers.get(sender_id), people.get(row.contact_id or 0, "")))
    return found


def ids_of(texts: Sequence[str]) -> list[int]:
    """Message ids as clients send them; what is no id is left out."""
    return [int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 19]
