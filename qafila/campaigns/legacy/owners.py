"""Whose things they are: the accounts of the source and the businesses here."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from qafila.businesses.actions import create_business, ensure_first_business, record_audit
from qafila.businesses.actor import Actor, command_actor
from qafila.businesses.models import Business, LegacyId, Membership, Role
from qafila.campaigns.legacy.report import Report
from qafila.campaigns.legacy.source import Source
from qafila.kit.ids import parse_uuid

ACCOUNTS = "user_accounts"
OWNER = (
    "user_account_id",
    "business_id",
    "user_id",
    "owner_id",
    "tenant_id",
    "userAccountId",
    "businessId",
    "userId",
)
OWNED = (
    "whatsapp_phone_numbers",
    "account_directions",
    "packages",
    "profiles",
    "leads",
    "whatsapp_broadcasts",
    "contracts",
)


class Known:
    """What was copied before: by table and id there."""

    def __init__(self, source_name: str, now: datetime) -> None:
        self.source_name = source_name
        self._now = now

    def find(self, table: str, legacy_id: object) -> LegacyId | None:
        """What this became here; None when it was not copied yet."""
        return LegacyId.objects.filter(
            source=self.source_name, table=table, legacy_id=str(legacy_id)[:128]
        ).first()

    def note(self, table: str, legacy_id: object, business: Business, public_id: object) -> None:
        """Remembers it, in the transaction that makes it."""
        LegacyId.objects.create(
            source=self.source_name,
            table=table,
            legacy_id=str(legacy_id)[:128],
            business=business,
            public_id=str(public_id),
            copied_at=self._now,
        )


class Owners:
    """Account there to business here.

    One account there, or none: everything is the first business's. Several: each becomes a business of its own, whose
    owners are those of the first one. ``into`` takes everything into one, also of an account that an earlier run took
    elsewhere; what that run copied stays where it is.

    :ivar into: that one, or None.
    """

    def __init__(
        self, source: Source, known: Known, report: Report, *, into: Business | None, now: datetime
    ) -> None:
        self._known, self._report, self._now = known, report, now
        self.into = into
        self._first = into or ensure_first_business(now=now)
        everybody = source.distinct(ACCOUNTS, ("id",))
        for table in OWNED:
            everybody |= source.distinct(table, OWNER)
        self._one = self._first if into is not None or len(everybody) <= 1 else None
        self._found: dict[str, Business] = {}

    def of(self, account_id: object, *, name: str = "") -> Business:
        """The business of an account; made where it is to have its own and has none yet.

        :param account_id: None: of whoever is first.
        """
        if account_id is None:
            return self._noted(self._first)
        key = str(account_id)
        if key not in self._found:
            self._found[key] = self._known_or_made(key, name)
        return self._noted(self._found[key])

    def actor(self, business: Business) -> Actor:
        """In whose name things are made there."""
        return command_actor(business)

    def _known_or_made(self, key: str, name: str) -> Business:
        row = self._known.find(ACCOUNTS, key)
        if row is not None:
            return self.into or row.business
        with transaction.atomic():
            business = self._one or self._own(key, name)
            self._known.note(ACCOUNTS, key, business, business.public_id)
        return business

    def _own(self, key: str, name: str) -> Business:
        public_id = parse_uuid(key)
        here = Business.objects.filter(public_id=public_id).first() if public_id else None
        if here is not None:
            return here
        made = create_business(
            name=name or f"Account {key}"[:200],
            language=self._first.language,
            timezone=self._first.timezone,
            default_country=self._first.default_country,
            now=self._now,
        )
        if public_id is not None:
            made.public_id = public_id
            made.save(update_fields=["public_id"])
        for membership in Membership.objects.filter(business=self._first, role=Role.OWNER):
            Membership.objects.create(
                business=made, user_id=membership.user_id, role=Role.OWNER, created_at=self._now
            )
        record_audit(
            actor=command_actor(made),
            action="business.created",
            subject_kind="business",
            subject_id=str(made.public_id),
            detail={"legacy": key},
            now=self._now,
        )
        return made

    def _noted(self, business: Business) -> Business:
        self._report.businesses[str(business.public_id)] = business.name
        return business
