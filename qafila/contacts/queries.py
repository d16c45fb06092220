"""Reads: contacts, and who does not want to be written to."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from qafila.contacts.models import Contact, Identity, OptOut
from qafila.kit.ids import parse_uuid


def is_opted_out(*, business_id: int, contact_id: int) -> bool:
    """Whether this person said no and has not taken it back."""
    return OptOut.objects.filter(business_id=business_id, contact_id=contact_id, ended_at=None).exists()


def opted_out_among(business_id: int, contact_ids: Collection[int]) -> set[int]:
    """Which of these contacts said no. Made for tens of thousands at once."""
    found = OptOut.objects.filter(business_id=business_id, contact_id__in=list(contact_ids), ended_at=None)
    return set(found.values_list("contact_id", flat=True))


def with_phone(business_id: int, digits: str) -> tuple[int, ...]:
    """Row ids of the contact with this number (E.164 digits), of those merged into it, and of the one it was merged into."""
    found = Identity.objects.filter(business_id=business_id, kind="phone", value=digits).first()
    if found is None:
        return ()
    into = Contact.objects.filter(pk=found.contact_id).values_list("merged_into_id", flat=True).first()
    whole = into or found.contact_id
    merged = Contact.objects.filter(merged_into_id=whole).values_list("pk", flat=True)
    return tuple(sorted({found.contact_id, whole, *merged}))


def contacts_of_phones(business_id: int, numbers: Collection[str]) -> dict[str, int]:
    """Row ids of the contacts that these numbers (E.164 digits) belong to; numbers that nobody has are left out."""
    found = Identity.objects.filter(business_id=business_id, kind="phone", value__in=list(numbers))
    return dict(found.values_list("value", "contact_id"))


def names(business_id: int, contact_ids: Collection[int]) -> dict[int, str]:
    """The names of contacts that have one."""
    found = Contact.objects.filter(business_id=business_id, pk__in=list(contact_ids)).exclude(name="")
    return dict(found.values_list("pk", "name"))


def phones(business_id: int, contact_ids: Collection[int]) -> dict[int, str]:
    """The number of each contact that has one, as E.164 digits; of several the one learned last."""
    found = Identity.objects.filter(business_id=business_id, contact__in=contact_ids, kind="phone")
    return dict(found.order_by("pk").values_list("contact", "value"))


def by_public_id(business_id: int, public_id: uuid.UUID | str) -> Contact | None:
    """The contact with that id in a business; None also for another business's."""
    parsed = parse_uuid(public_id)
    return Contact.objects.filter(business_id=business_id, public_id=parsed).first() if parsed else None
