"""Accounts, numbers, directions, packages, profiles: small tables, one row after the other."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.db import transaction

from qafila.businesses.models import Business
from qafila.businesses.refusals import Refused
from qafila.campaigns.legacy.owners import ACCOUNTS, OWNER, Known, Owners
from qafila.campaigns.legacy.report import Report, Table
from qafila.campaigns.legacy.rules import IMPORTED_AUTO_PAUSE, Pause, pause_of
from qafila.campaigns.legacy.source import Fields, Row, Source, text
from qafila.kit.ids import parse_uuid
from qafila.kit.phones import BadPhone, normalise
from qafila.senders import actions
from qafila.senders.actions.listing import MAIN
from qafila.senders.actions.packages import add_member, create_package
from qafila.senders.direction_models import Direction
from qafila.senders.models import Package, PackageMember, Sender, SenderState

NUMBERS: Final = "whatsapp_phone_numbers"
PROFILES: Final = "profiles"
PHONE: Final = ("phone_number", "phone", "phoneNumber", "whatsapp_phone_number", "number")

ACCOUNT_FIELDS: Final[Fields] = {
    "id": ("id",),
    "name": ("name", "business_name", "company_name", "title"),
    "phone": ("whatsapp_phone_number", "whatsappPhoneNumber"),
}
NUMBER_FIELDS: Final[Fields] = {
    "id": ("id",),
    "owner": OWNER,
    "phone": PHONE,
    "label": ("label", "name"),
    "is_default": ("is_default", "isDefault"),
    "is_active": ("is_active", "isActive"),
}
DIRECTION_FIELDS: Final[Fields] = {
    "id": ("id",),
    "owner": OWNER,
    "name": ("name", "title"),
    "number": ("whatsapp_phone_number_id", "whatsappPhoneNumberId"),
}
PACKAGE_FIELDS: Final[Fields] = {
    "id": ("id",),
    "owner": OWNER,
    "name": ("name", "title"),
    "auto_pause": ("auto_pause_on_failures", "autoPauseOnFailures"),
}
PROFILE_FIELDS: Final[Fields] = {
    "id": ("id",),
    "owner": OWNER,
    "package": ("package_id", "packageId"),
    "name": ("name", "title"),
    "phone": PHONE,
    "status": ("status",),
    "pause_reason": ("pause_reason", "pauseReason", "paused_reason"),
    "is_active": ("is_active", "isActive"),
}


class Things:
    """Copies them; what a run before copied is known by its id."""

    def __init__(self, source: Source, known: Known, owners: Owners, report: Report, now: datetime) -> None:
        self._source, self._known, self._owners, self._report, self._now = source, known, owners, report, now
        self._refused: set[tuple[str, str]] = set()

    def copy(self) -> None:
        """All of them, in the order in which they name one another."""
        for name, fields, take in (
            (ACCOUNTS, ACCOUNT_FIELDS, self._account),
            (NUMBERS, NUMBER_FIELDS, self._number),
            ("account_directions", DIRECTION_FIELDS, self._direction),
            ("packages", PACKAGE_FIELDS, self._package),
            (PROFILES, PROFILE_FIELDS, self._profile),
        ):
            table = self._report.table(name)
            table.is_there = self._source.has(name)
            if not table.is_there:
                continue
            for row in self._source.rows(name, fields):
                self._take(table, row, take)
            if name == NUMBERS:
                self._old_numbers()
        if not self._source.has(NUMBERS):
            self._old_numbers()

    def number(self, business: Business, legacy_id: object, *, column: str | None) -> Sender | None:
        """The number that a number or a profile of the source became.

        :param column: in which the id stands there: it says whose id that is. An ``account…`` may be either; None where
            it could mean two different ones.
        """
        if legacy_id is None or column is None:
            return None
        tables: tuple[str, ...] = (NUMBERS,)
        if column.startswith("profile"):
            tables = (PROFILES,)
        elif column.startswith("account"):
            tables = (NUMBERS, PROFILES)
        meant: set[Sender | None] = set()
        for table in tables:
            row = self._known.find(table, legacy_id)
            if row is None:
                meant |= {None} if (table, str(legacy_id)) in self._refused else set()
                continue
            sender = Sender.objects.filter(business=business, public_id=row.public_id).first()
            meant |= {sender} if sender is not None else set()
        return meant.pop() if len(meant) == 1 else None

    def _take(self, table: Table, row: Row, take: Any) -> None:
        table.found += 1
        if row["id"] is None:
            table.refuse("id_missing", "")
            return
        if table.name != ACCOUNTS and self._known.find(table.name, row["id"]) is not None:
            table.there += 1
            return
        try:
            with transaction.atomic():
                is_new = take(row)
        except Refused as refusal:
            table.refuse(refusal.code, row["id"])
            self._refused.add((table.name, str(row["id"])))
            return
        table.copied += is_new
        table.there += not is_new

    def _account(self, row: Row) -> bool:
        is_new = self._known.find(ACCOUNTS, row["id"]) is None
        business = self._owners.of(row["id"], name=text(row["name"]))
        old = text(row["phone"], 32)
        if old and not business.whatsapp_phone_number:
            business.whatsapp_phone_number = old
            business.save(update_fields=["whatsapp_phone_number"])
        return is_new

    def _number(self, row: Row) -> bool:
        business = self._owners.of(row["owner"])
        sender, is_new = self._listed(business, row["phone"], text(row["label"]))
        if is_new:
            sender = self._keep_id(sender, row["id"])
            actor = self._owners.actor(business)
            if row["is_default"]:
                actions.change_number(sender=sender, is_default=True, actor=actor, now=self._now)
            if row["is_active"] is False:
                actions.change_number(sender=sender, is_active=False, actor=actor, now=self._now)
        self._known.note(NUMBERS, row["id"], business, sender.public_id)
        return is_new

    def _direction(self, row: Row) -> bool:
        business = self._owners.of(row["owner"])
        column = self._source.column("account_directions", DIRECTION_FIELDS["number"])
        made = actions.create_direction(
            business=business,
            name=self._free_name(business, text(row["name"]) or f"Direction {row['id']}"),
            sender=self.number(business, row["number"], column=column),
            actor=self._owners.actor(business),
            now=self._now,
        )
        wanted = parse_uuid(str(row["id"]))
        if wanted is not None and not Direction.objects.filter(public_id=wanted).exists():
            made.public_id = wanted
            made.save(update_fields=["public_id"])
        self._known.note("account_directions", row["id"], business, made.public_id)
        return True

    def _package(self, row: Row) -> bool:
        business = self._owners.of(row["owner"])
        actor = self._owners.actor(business)
        name = text(row["name"]) or f"Package {row['id']}"
        made = create_package(business=business, name=name, actor=actor, now=self._now)
        wanted = parse_uuid(str(row["id"]))
        if wanted is not None and not Package.objects.filter(public_id=wanted).exists():
            made.public_id = wanted
        made.auto_pause_on_failures = row["auto_pause"] is True
        made.save(update_fields=["public_id", "auto_pause_on_failures"])
        self._known.note("packages", row["id"], business, made.public_id)
        return True

    def _profile(self, row: Row) -> bool:
        pool = self._pool(row["package"])
        is_the_pools = pool is not None and row["owner"] is None and self._owners.into is None
        business = pool.business if pool is not None and is_the_pools else self._owners.of(row["owner"])
        sender, is_new = self._listed(business, row["phone"], text(row["name"]))
        if is_new:
            sender = self._keep_id(sender, row["id"])
        if (
            pool is not None
            and pool.business_id == business.pk
            and not PackageMember.objects.filter(package=pool, sender=sender).exists()
        ):
            add_member(package=pool, sender=sender, actor=self._owners.actor(business), now=self._now)
        self._keep_pause(sender, row)
        self._known.note(PROFILES, row["id"], business, sender.public_id)
        return is_new

    def _keep_pause(self, sender: Sender, row: Row) -> None:
        """What was out of work there is so here, too, as soon as it is connected. A number that works here already is left
        alone."""
        told = text(row["pause_reason"], 500)
        by = pause_of(text(row["status"]), told, is_active=row["is_active"])
        if by is Pause.NOBODY or sender.state != SenderState.NOT_CONNECTED:
            return
        if by is Pause.AUTO:
            rows = Sender.objects.filter(pk=sender.pk, state=SenderState.NOT_CONNECTED)
            rows.update(paused_by=by.value, state_reason=IMPORTED_AUTO_PAUSE, updated_at=self._now)
        else:
            actor = self._owners.actor(sender.business)
            actions.change_number(sender=sender, is_active=False, actor=actor, now=self._now)
        self._report.table(PROFILES).note_paused(by.value, sender.name)

    def _pool(self, legacy_id: object) -> Package | None:
        row = self._known.find("packages", legacy_id) if legacy_id is not None else None
        if row is None:
            return None
        return (
            Package.objects.select_related("business")
            .filter(public_id=row.public_id, deleted_at=None)
            .first()
        )

    def _listed(self, business: Business, phone: object, label: str) -> tuple[Sender, bool]:
        """The number in the list, and whether it was added now.

        :raises Refused: it is no number.
        """
        number = normalise(text(phone), business.default_country or None)
        if isinstance(number, BadPhone):
            raise Refused(number.wording, "This is no valid phone number.")
        found = Sender.objects.filter(business=business, phone=number.e164).first()
        if found is not None:
            return found, False
        actor = self._owners.actor(business)
        made = actions.add_number(
            business=business, phone=number.e164, label=label, actor=actor, now=self._now
        )
        return made, True

    def _keep_id(self, sender: Sender, legacy_id: object) -> Sender:
        """Old clients go on with the id they know, where it has our form and nobody has it yet."""
        wanted = parse_uuid(str(legacy_id))
        if wanted is not None and not Sender.objects.filter(public_id=wanted).exists():
            Sender.objects.filter(pk=sender.pk).update(public_id=wanted)
            sender.public_id = wanted
        return sender

    def _free_name(self, business: Business, name: str) -> str:
        taken = Direction.objects.filter(business=business)
        free, count = name, 1
        while taken.filter(name__iexact=free).exists():
            count += 1
            free = f"{name[:190]} ({count})"
        return free

    def _old_numbers(self) -> None:
        """The old single number of each account stands in the list too; as the default where the list was empty."""
        for business in Business.objects.filter(public_id__in=list(self._report.businesses)).exclude(
            whatsapp_phone_number=""
        ):
            actor = self._owners.actor(business)
            if not Sender.objects.filter(business=business).exists():
                actions.adopt_old_number(business=business, actor=actor, now=self._now)
                continue
            number = normalise(business.whatsapp_phone_number, business.default_country or None)
            if (
                isinstance(number, BadPhone)
                or Sender.objects.filter(business=business, phone=number.e164).exists()
            ):
                continue
            actions.add_number(business=business, phone=number.e164, label=MAIN, actor=actor, now=self._now)
