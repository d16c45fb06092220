"""Reads: tickets of a business, of a person, of a direction."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Collection

from django.db.models import Q, QuerySet

from qafila.contacts.models import Contact
from qafila.inbox.models import Ticket, TicketMessage
from qafila.kit.ids import parse_uuid
from qafila.senders.direction_models import Direction


class View(enum.StrEnum):
    """Which tickets to show."""

    OPEN = "open"
    CLOSED = "closed"
    ALL = "all"


class Line(enum.Enum):
    """What a list is about in place of one direction."""

    ANY = enum.auto()
    """Every direction, and none."""
    NONE = enum.auto()
    """No direction: it never had one, or that was deleted."""


def with_all(business_id: int) -> QuerySet[Ticket]:
    """The tickets of a business, each with its person, its direction (None where that was deleted) and what it was merged into."""
    return Ticket.objects.filter(business_id=business_id).select_related(
        "contact", "direction", "merged_into"
    )


def viewed(
    business_id: int,
    view: View,
    *,
    direction: Direction | Line = Line.ANY,
    contact: Contact | None = None,
    after: Ticket | None = None,
) -> QuerySet[Ticket]:
    """Tickets of a view, the newest first.

    :param contact: only of this person, under any row they were merged from or into.
    :param after: only what comes behind this one.
    """
    found = with_all(business_id)
    if view is not View.ALL:
        found = found.filter(closed_at__isnull=view is View.OPEN)
    if isinstance(direction, Direction):
        found = found.filter(direction=direction)
    elif direction is Line.NONE:
        found = found.exclude(direction__in=Direction.objects.filter(business_id=business_id))
    if contact is not None:
        found = found.filter(contact__in=_rows_of_person(business_id, contact))
    if after is not None:
        found = found.filter(pk__lt=after.pk)
    return found.order_by("-pk")


def ticket(business_id: int, public_id: uuid.UUID | str) -> Ticket | None:
    """One ticket; None also for another business's, and for a text that is no id."""
    parsed = parse_uuid(public_id)
    return with_all(business_id).filter(public_id=parsed).first() if parsed else None


def open_tickets(
    business_id: int, contact_ids: Collection[int], direction_id: int | None
) -> QuerySet[Ticket]:
    """The open tickets of a person's rows, and of those merged into them, in a direction (None: in none); at most one a row."""
    whose = Q(contact__in=contact_ids) | Q(contact__merged_into__in=contact_ids)
    same = Q(direction=None) if direction_id is None else Q(direction=direction_id)
    return with_all(business_id).filter(whose, same, closed_at=None).order_by("pk")


def open_count(business_id: int) -> int:
    """How many tickets of a business are open."""
    return Ticket.objects.filter(business_id=business_id, closed_at=None).count()


def message_ids(ticket: Ticket, *, limit: int) -> list[int]:
    """The last messages of the person in a ticket, oldest first."""
    found = TicketMessage.objects.filter(ticket=ticket, business_id=ticket.business_id)
    return sorted(found.order_by("-message_id").values_list("message_id", flat=True)[:limit])


def _rows_of_person(business_id: int, contact: Contact) -> set[int]:
    whole = contact.merged_into_id or contact.pk
    merged = Contact.objects.filter(business_id=business_id, merged_into=whole)
    return {whole, contact.pk, *merged.values_list("pk", flat=True)}
