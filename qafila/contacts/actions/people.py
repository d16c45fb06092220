"""People and the identities they are known by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from qafila.businesses.refusals import NotFound
from qafila.contacts.models import Identity
from qafila.kit.statements import statement

PHONE: Final = "phone"
_LONGEST_PHONE = 15
_LONGEST_NAME = 200
_LONGEST_VALUE = 128
_ROUNDS = 5


def ensure_phones(
    *, business_id: int, numbers: Sequence[str], names: Mapping[str, str] | None = None, now: datetime
) -> dict[str, int]:
    """The contact of each number; makes those that are not known yet.

    Fast for 10,000 at once. Safe beside others with the same numbers. New ones stay locked until the transaction ends:
    call it in a short one of its own, a chunk of a file at a time.

    :param numbers: E.164 digits without ``+``, as ``kit.phones`` gives them; ``ValueError`` for anything else.
    :param names: number to name, for **new** contacts only.
    :returns: number to contact id, each number once; a merged contact's number leads to the one who stayed.
    """
    for number in numbers:
        if not (number.isascii() and number.isdigit() and len(number) <= _LONGEST_PHONE and number[0] != "0"):
            raise ValueError("A contact's number is given as E.164 digits without a plus.")
    return ensure_identities(business_id=business_id, kind=PHONE, values=numbers, names=names, now=now)


def ensure_identities(
    *,
    business_id: int,
    kind: str,
    values: Sequence[str],
    names: Mapping[str, str] | None = None,
    now: datetime,
) -> dict[str, int]:
    """The same for identities of any kind (``phone``, ``bsuid``, ``lid``): value to contact id."""
    wanted = sorted(set(values))
    if any(not value or len(value) > _LONGEST_VALUE for value in wanted):
        raise ValueError(f"An identity has 1 to {_LONGEST_VALUE} characters.")
    names = names or {}
    found: dict[str, int] = {}
    with transaction.atomic():
        for _ in range(_ROUNDS):
            found |= _known(business_id, kind, [value for value in wanted if value not in found])
            missing = [value for value in wanted if value not in found]
            if not missing:
                return found
            # What somebody else wrote meanwhile is not in the answer; the next round sees it.
            found |= _add(business_id, kind, missing, names, now)
    if missing := [value for value in wanted if value not in found]:
        raise RuntimeError(f"{len(missing)} contacts were erased as fast as they were made.")
    return found


def _known(business_id: int, kind: str, values: Sequence[str]) -> dict[str, int]:
    if not values:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            statement("qafila.contacts", "known_identities"),
            {"business": business_id, "kind": kind, "values": list(values)},
        )
        rows = cursor.fetchall()
    merged = {contact for _, contact, into in rows if into is not None}
    survivors = _survivors(business_id, merged)
    return {value: survivors.get(contact, contact) for value, contact, _ in rows}


def _survivors(business_id: int, ids: Iterable[int]) -> dict[int, int]:
    merged = list(ids)
    if not merged:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(statement("qafila.contacts", "survivors"), {"business": business_id, "ids": merged})
        return dict(cursor.fetchall())


def _add(
    business_id: int, kind: str, values: Sequence[str], names: Mapping[str, str], now: datetime
) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            statement("qafila.contacts", "add_identities"),
            {
                "business": business_id,
                "kind": kind,
                "values": list(values),
                "names": [names.get(value, "").strip()[:_LONGEST_NAME] for value in values],
                "now": now,
            },
        )
        return dict(cursor.fetchall())


def learn_alias(*, business_id: int, contact_id: int, kind: str, value: str) -> int:
    """Notes another identity of a contact. Whose it is: the contact's, or of another one who had it before (nothing is
    moved then; the caller may propose to merge the two).

    :raises NotFound: the business has no such contact.
    """
    if not value or len(value) > _LONGEST_VALUE:
        raise ValueError(f"An identity has 1 to {_LONGEST_VALUE} characters.")
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                statement("qafila.contacts", "learn_alias"),
                {"business": business_id, "contact": contact_id, "kind": kind, "value": value},
            )
        owner = (
            Identity.objects.filter(business_id=business_id, kind=kind, value=value)
            .values_list("contact_id", flat=True)
            .first()
        )
    if owner is None:
        raise NotFound("contact")
    return owner


def take_username(*, business_id: int, contact_id: int, kind: str = "username", value: str) -> int:
    """Notes a name that is somebody's own only for now: whoever showed up with it last has it, and has no other.

    :returns: the contact, as :func:`learn_alias` does.
    """
    if not value or len(value) > _LONGEST_VALUE:
        raise ValueError(f"An identity has 1 to {_LONGEST_VALUE} characters.")
    mine = Identity.objects.filter(business_id=business_id, contact_id=contact_id, kind=kind)
    if list(mine.values_list("value", flat=True)) == [value]:
        return contact_id
    with transaction.atomic():
        mine.exclude(value=value).delete()
        Identity.objects.update_or_create(
            business_id=business_id, kind=kind, value=value, defaults={"contact_id": contact_id}
        )
    return contact_id
