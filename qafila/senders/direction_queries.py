"""Reads: directions, and which number serves them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import QuerySet

from qafila.businesses.models import Business
from qafila.kit.ids import parse_uuid
from qafila.kit.phones import Phone, normalise
from qafila.senders.direction_models import Direction
from qafila.senders.models import Sender
from qafila.senders.queries import effective, for_business
from qafila.senders.rules.resolution import Choice, Line, Number, Purpose, Step
from qafila.senders.rules.resolution import resolve as choose


@dataclass(frozen=True, slots=True)
class Resolution:
    """What serves a direction.

    :ivar sender: the number in the list; None where nothing serves, or only its phone is known.
    :ivar phone: ``+…``, or "" for none.
    :ivar source: ``direction``, ``fallback``, ``default``, ``legacy`` or ``none``.
    :ivar steps: the explanation: wording codes with parameters, in order.
    """

    sender: Sender | None
    phone: str
    source: str
    steps: Sequence[Step]

    @property
    def fell_back(self) -> bool:
        """Whether a number that was chosen for the direction does not serve it now."""
        return self.source != "direction" and any(
            code in ("route_own", "route_gone") for code, _ in self.steps
        )

    @property
    def routing(self) -> list[list[object]]:
        """The steps as a campaign keeps them."""
        return [[code, params] for code, params in self.steps]


def directions_of(business_id: int) -> QuerySet[Direction]:
    """The directions of a business with their numbers, by name."""
    return (
        Direction.objects.filter(business_id=business_id)
        .select_related("sender__provider_account", "fallback_sender")
        .order_by("name", "pk")
    )


def direction(business_id: int, public_id: uuid.UUID | str) -> Direction | None:
    """One direction; None also for another business's, and for a text that is no id."""
    parsed = parse_uuid(public_id)
    return directions_of(business_id).filter(public_id=parsed).first() if parsed else None


def direction_named(business_id: int, name: str) -> Direction | None:
    """The direction of that name, in any case, or of that id."""
    found = directions_of(business_id).filter(name__iexact=name.strip()).first()
    return found or direction(business_id, name)


def any_direction(business_id: int) -> bool:
    """Whether a business has directions."""
    return Direction.objects.filter(business_id=business_id).exists()


class Chosen(NamedTuple):
    """A direction that chose a number."""

    public_id: uuid.UUID
    name: str


def chosen_by(business_id: int) -> dict[int, list[Chosen]]:
    """Row of a number to the directions that chose it, by name."""
    rows = Direction.objects.filter(business_id=business_id, sender_id__isnull=False).order_by("name", "pk")
    found: dict[int, list[Chosen]] = {}
    for sender_id, public_id, name in rows.values_list("sender_id", "public_id", "name"):
        found.setdefault(sender_id, []).append(Chosen(public_id, name))
    return found


def direction_names(business_id: int) -> dict[int, list[str]]:
    """Row of a number to the names of the directions that chose it."""
    return {pk: [one.name for one in chosen] for pk, chosen in chosen_by(business_id).items()}


def resolve(
    direction: Direction | None,
    business: Business,
    *,
    purpose: Purpose = Purpose.SENDING,
    now: datetime,
) -> Resolution:
    """Which number serves a direction (None: what serves without one), and why (``rules.resolution``)."""
    return resolve_all([direction], business, purpose=purpose, now=now)[0]


def resolve_all(
    directions: Iterable[Direction | None],
    business: Business,
    *,
    purpose: Purpose = Purpose.SENDING,
    now: datetime,
) -> list[Resolution]:
    """The same for many of one business, in their order, with two statements."""
    known = {sender.pk: sender for sender in for_business(business.pk)}
    default = next((sender for sender in known.values() if sender.is_default), None)
    old_phone = _international(business)
    legacy = next((sender for sender in known.values() if old_phone and sender.phone == old_phone), None)
    found = []
    for one in directions:
        choice = choose(
            line=_line(one, known) if one is not None else None,
            default=_number(default),
            legacy_phone=old_phone,
            legacy=_number(legacy),
            purpose=purpose,
            now=now,
        )
        found.append(_resolution(choice, known))
    return found


def _international(business: Business) -> str:
    """The old single number; as it stands there where it cannot be read."""
    old = business.whatsapp_phone_number
    number = normalise(old, business.default_country or None) if old else None
    return number.e164 if isinstance(number, Phone) else old


def _resolution(choice: Choice, known: dict[int, Sender]) -> Resolution:
    sender = known[choice.number.id] if choice.number else None
    return Resolution(sender, choice.phone, choice.source, choice.steps)


def _line(one: Direction, known: dict[int, Sender]) -> Line:
    own = known.get(one.sender_id) if one.sender_id else None
    fallback = known.get(one.fallback_sender_id) if one.fallback_sender_id else None
    return Line(one.name, _number(own), one.gone_phone, _number(fallback))


def _number(sender: Sender | None) -> Number | None:
    if sender is None:
        return None
    return Number(
        id=sender.pk,
        label=sender.name,
        phone=sender.phone,
        state=effective(sender).state,
        is_active=sender.is_active,
        rest_until=sender.rest_until,
    )
