"""Leads become contacts: many at once, each person known by the number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Final

from qafila.businesses.models import Business
from qafila.campaigns.legacy.owners import OWNER, Owners
from qafila.campaigns.legacy.report import Report, Table
from qafila.campaigns.legacy.source import AT_ONCE, Fields, Row, Source, text
from qafila.campaigns.legacy.things import PHONE
from qafila.contacts.actions import ensure_phones
from qafila.contacts.actions.consent import opt_out
from qafila.contacts.models import Identity
from qafila.kit.phones import BadPhone, normalise

LEADS: Final = "leads"
FIELDS: Final[Fields] = {
    "id": ("id",),
    "owner": OWNER,
    "phone": (*PHONE, "whatsapp", "mobile", "tel"),
    "name": ("name", "full_name", "fullName", "client_name", "first_name"),
    "opted_out": ("opted_out", "optedOut", "unsubscribed", "is_unsubscribed", "do_not_contact", "opt_out"),
}


def copy_leads(source: Source, owners: Owners, report: Report, *, now: datetime) -> None:
    """Copies them a thousand at a time; who is known stays as they are known, a no stays a no."""
    table = report.table(LEADS)
    table.is_there = source.has(LEADS)
    if not table.is_there:
        return
    for some in parts(source.rows(LEADS, FIELDS)):
        by_owner: dict[str | None, list[Row]] = {}
        for row in some:
            by_owner.setdefault(None if row["owner"] is None else str(row["owner"]), []).append(row)
        for owner, rows in by_owner.items():
            _take(table, owners.of(owner), rows, now)


def _take(table: Table, business: Business, rows: Iterable[Row], now: datetime) -> None:
    names: dict[str, str] = {}
    against: set[str] = set()
    for row in rows:
        table.found += 1
        number = normalise(text(row["phone"]), business.default_country or None)
        if isinstance(number, BadPhone):
            table.refuse(number.wording, row["id"])
            continue
        if number.digits in names:
            table.there += 1
        names.setdefault(number.digits, text(row["name"]))
        if row["opted_out"] is True:
            against.add(number.digits)
    known = set(
        Identity.objects.filter(business=business, kind="phone", value__in=list(names)).values_list(
            "value", flat=True
        )
    )
    found = ensure_phones(business_id=business.pk, numbers=sorted(names), names=names, now=now)
    for digits in sorted(against):
        opt_out(business_id=business.pk, contact_id=found[digits], source="import", now=now)
    table.there += len(known)
    table.copied += len(names.keys() - known)


def parts(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """The rows, some at a time."""
    walking = iter(rows)
    while part := list(islice(walking, AT_ONCE)):
        yield part
