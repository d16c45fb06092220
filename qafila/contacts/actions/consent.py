"""A person's no and yes. A no wins over everything from the moment it is committed."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import connection, transaction

from qafila.businesses.refusals import Refused
from qafila.contacts.models import Contact, OptOut
from qafila.events.actions import emit
from qafila.kit.statements import statement

SOURCES: Final = frozenset({"message", "provider", "person", "import", "api"})
_MOST_WORDS: Final = 100


def opt_out(*, business_id: int, contact_id: int, source: str, words: str = "", now: datetime) -> bool:
    """Nothing but a reply goes to this person any more. False when it was so already, or the business has no such contact.

    :param source: ``message`` (a STOP word), ``provider``, ``person``, ``import`` or ``api``.
    :param words: what they wrote, as proof; cut to 100 characters.
    :raises Refused: ``opt_out_source_unknown``.
    """
    _refuse_unknown(source)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                statement("qafila.contacts", "opt_out"),
                {
                    "business": business_id,
                    "contact": contact_id,
                    "source": source,
                    "words": words.strip()[:_MOST_WORDS],
                    "now": now,
                },
            )
            row = cursor.fetchone()
        if row is not None:
            emit(
                "contact.opted_out",
                business_id=business_id,
                subject=("contact", row[0]),
                data={"contact_id": contact_id, "source": source},
                now=now,
            )
    return row is not None


def opt_in(*, business_id: int, contact_id: int, source: str, now: datetime) -> bool:
    """The person wants to be written to again; the old no stays in the books. False when there was none.

    :param source: who says so, as in :func:`opt_out`.
    """
    _refuse_unknown(source)
    with transaction.atomic():
        changed = OptOut.objects.filter(business_id=business_id, contact_id=contact_id, ended_at=None).update(
            ended_at=now
        )
        if changed:
            public_id = Contact.objects.values_list("public_id", flat=True).get(pk=contact_id)
            emit(
                "contact.opted_in",
                business_id=business_id,
                subject=("contact", str(public_id)),
                data={"contact_id": contact_id, "source": source},
                now=now,
            )
    return changed > 0


def _refuse_unknown(source: str) -> None:
    if source not in SOURCES:
        known = ", ".join(sorted(SOURCES))
        raise Refused(
            "opt_out_source_unknown",
            f"A consent cannot come from {source!r}. Choose one of {known}.",
            given=source,
        )
