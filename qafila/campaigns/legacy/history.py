"""Broadcasts and contracts with their recipients: each is one campaign, finished or paused, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from qafila.businesses.models import Business
from qafila.campaigns.legacy import rules
from qafila.campaigns.legacy.owners import OWNER, Known, Owners
from qafila.campaigns.legacy.people import parts
from qafila.campaigns.legacy.report import Report, Table
from qafila.campaigns.legacy.source import Fields, Parent, Row, Source, moment, text
from qafila.campaigns.legacy.things import PHONE, Things
from qafila.campaigns.models import Campaign, Kind
from qafila.campaigns.rules.recipients import LONGEST_ADDRESS, LONGEST_GIVEN, LONGEST_MESSAGE
from qafila.contacts.actions import ensure_phones
from qafila.kit.ids import new_public_id
from qafila.kit.phones import Phone, normalise
from qafila.ledger.actions import create_batch
from qafila.ledger.models import Batch
from qafila.ledger.past import PastMessage, bring_past
from qafila.ledger.states import State, Target
from qafila.senders.models import Sender

MOST_TRIES: Final = 32_000
TIMES: Final[Fields] = {
    "created_at": ("created_at", "createdAt"),
    "started_at": ("started_at", "startedAt"),
    "completed_at": ("completed_at", "completedAt", "finished_at", "finishedAt"),
}
BROADCAST_FIELDS: Final[Fields] = {
    "id": ("id",),
    "owner": OWNER,
    "name": ("name",),
    "status": ("status",),
    "provider": ("provider",),
    "message_type": ("message_type", "messageType"),
    "template_id": ("template_id", "templateId"),
    "template_name": ("template_name", "templateName"),
    "message": ("message_text", "messageText"),
    "audience_filter": ("audience_filter", "audienceFilter"),
    "created_by": ("created_by", "createdBy"),
    "account": ("account_id", "profile_id", "whatsapp_phone_number_id"),
    **TIMES,
}
CONTRACT_FIELDS: Final[Fields] = {
    "id": ("id",),
    "owner": OWNER,
    "name": ("name", "title"),
    "status": ("status",),
    "account": ("account_id", "accountId", "profile_id", "profileId"),
    "recipients": ("recipients",),
    **TIMES,
}
RECIPIENT_FIELDS: Final[Fields] = {
    "id": ("id",),
    "parent": ("broadcast_id", "broadcastId", "contract_id", "contractId"),
    "phone": ("phone", "phone_number", "phoneNumber"),
    "message": ("message", "message_text", "text", "content"),
    "status": ("status",),
    "error": ("error_message", "errorMessage", "error"),
    "message_id": ("message_id", "messageId"),
    "tries": ("attempts", "attempt_count"),
    "created_at": ("created_at", "createdAt"),
    "sent_at": ("sent_at", "sentAt"),
}
_INSIDE: Final = {
    "phone": PHONE,
    "message": ("message", "text"),
    "status": ("status",),
    "error": ("errorMessage", "error_message", "error"),
    "sent_at": (),
    "message_id": ("messageId",),
    "tries": ("attempts",),
}


@dataclass(frozen=True, slots=True)
class Kept:
    """One kind of campaign in the source: where its rows and theirs lie, and what it becomes."""

    table: str
    fields: Fields
    children: tuple[str, ...]
    kind: Kind


BROADCASTS: Final = Kept(
    "whatsapp_broadcasts", BROADCAST_FIELDS, ("whatsapp_broadcast_recipients",), Kind.BROADCAST
)
CONTRACTS: Final = Kept(
    "contracts",
    CONTRACT_FIELDS,
    ("contract_recipients", "contract_messages", "contract_items"),
    Kind.CONTRACT,
)


class NoNumber(Exception):
    """A campaign belongs to a number here, and the business has none."""


class History:
    """Copies them."""

    def __init__(  # noqa: PLR0917 - the parts of one run
        self, source: Source, known: Known, owners: Owners, things: Things, report: Report, now: datetime
    ) -> None:
        self._source, self._known, self._owners = source, known, owners
        self._things, self._report, self._now = things, report, now

    def copy(self, kept: Kept) -> None:
        """All campaigns of one kind."""
        table = self._report.table(kept.table)
        table.is_there = self._source.has(kept.table)
        children = next((one for one in kept.children if self._source.has(one)), None)
        below = self._report.table(children or kept.children[0])
        below.is_there = children is not None
        if not table.is_there:
            return
        for row in self._source.rows(kept.table, kept.fields):
            table.found += 1
            if row["id"] is None:
                table.refuse("id_missing", "")
            elif self._known.find(kept.table, row["id"]) is not None:
                table.there += 1
            else:
                self._take(kept, table, below, row)

    def _take(self, kept: Kept, table: Table, below: Table, row: Row) -> None:
        business = self._owners.of(row["owner"])
        column = self._source.column(kept.table, kept.fields["account"])
        own = self._things.number(business, row.get("account"), column=column)
        sender = own or Sender.objects.filter(business=business, is_default=True).first()
        if sender is None:
            table.refuse("no_number", row["id"])
            return
        again = self._recipients(kept, below, row)
        people = _People(business, self._now)
        for some in parts(again()):
            people.meet(some)
        with transaction.atomic():
            campaign, batch = self._opened(kept, business, sender, row)
            rows = self._messages(again(), row, people, own)
            states = bring_past(batch=batch, rows=rows, now=self._now)
            campaign.total_count = batch.total
            campaign.save(update_fields=["total_count"])
            self._known.note(kept.table, row["id"], business, campaign.public_id)
        table.copied += 1
        if below.is_there:
            below.found += sum(states.values())
            below.copied += sum(states.values())

    def _recipients(self, kept: Kept, below: Table, row: Row) -> Callable[[], Iterator[Row]]:
        """What gives them, as often as it is asked: from a table of their own, or from a column of the campaign."""
        inside = row.get("recipients")
        if isinstance(inside, list):
            return lambda: iter([_inside(one) for one in inside])
        if below.is_there:
            name = below.name
            parent = Parent("parent", row["id"], self._source.kind(kept.table, kept.fields["id"]))
            return lambda: self._source.rows(name, RECIPIENT_FIELDS, below=parent)
        return lambda: iter(())

    def _opened(self, kept: Kept, business: Business, sender: Sender, row: Row) -> tuple[Campaign, Batch]:
        created = moment(row["created_at"]) or self._now
        template = text(row.get("template_name"), 512)
        is_template = text(row.get("message_type")).lower() == "template" and bool(template)
        content: dict[str, Any] = {"kind": "text"}
        if is_template:
            content = {"kind": "template", "name": template, "language": "en", "variable": None}
        batch = create_batch(
            business_id=business.pk, target=(Target.SENDER, sender.pk), content=content, now=created
        )
        batch.started_at, batch.finished_at = moment(row["started_at"]), moment(row["completed_at"])
        batch.save(update_fields=["started_at", "finished_at"])
        campaign = Campaign.objects.create(
            public_id=new_public_id(kept.kind.value),
            business=business,
            kind=kept.kind,
            name=text(row["name"]) or f"{kept.kind.label} {text(row['id'], 60)}",
            sender=sender,
            batch=batch,
            total_count=0,
            created_by="command:",
            created_at=created,
            import_options=_said(row) if kept.kind is Kind.BROADCAST else {},
        )
        return campaign, batch

    def _messages(
        self, rows: Iterable[Row], parent: Row, people: _People, own: Sender | None
    ) -> Iterator[PastMessage]:
        over = rules.is_over(text(parent["status"]))
        said = text(parent.get("message"), LONGEST_MESSAGE)
        created = moment(parent["created_at"]) or self._now
        number = 0
        for some in parts(rows):
            known = people.known(some)
            for row in some:
                number += 1
                yield _message(row, number, known, over=over, said=said, created=created, own=own)


class _People:
    """Contacts of the recipients, a thousand at a time, in short transactions of their own."""

    def __init__(self, business: Business, now: datetime) -> None:
        self._business, self._now = business, now

    def meet(self, rows: Iterable[Row]) -> None:
        self.known(rows)

    def known(self, rows: Iterable[Row]) -> dict[str, tuple[str, int]]:
        """Given number to its digits and contact; bad ones are left out."""
        region = self._business.default_country or None
        read = {text(row["phone"]): normalise(text(row["phone"]), region) for row in rows}
        good = {given: found.digits for given, found in read.items() if isinstance(found, Phone)}
        contacts = ensure_phones(
            business_id=self._business.pk, numbers=sorted(set(good.values())), now=self._now
        )
        return {given: (digits, contacts[digits]) for given, digits in good.items()}


def _message(
    row: Row,
    number: int,
    known: dict[str, tuple[str, int]],
    *,
    over: bool,
    said: str,
    created: datetime,
    own: Sender | None,
) -> PastMessage:
    given = text(row["phone"], LONGEST_GIVEN)
    digits, contact = known.get(text(row["phone"]), ("", None))
    sent_at, provider_id = moment(row["sent_at"]), text(row["message_id"])
    state, reason = rules.state_of(
        text(row["status"]), over=over, was_sent=sent_at is not None or bool(provider_id)
    )
    if contact is None and state is State.QUEUED:
        state, reason = State.SKIPPED, "phone.invalid_number"
    address = digits or given[:LONGEST_ADDRESS]
    went_out = state in (State.SENT, State.DELIVERED, State.READ)
    tries = row["tries"] if isinstance(row["tries"], int) else int(state is not State.QUEUED)
    return PastMessage(
        row_number=number,
        contact_id=contact,
        address=address,
        given=given if given != address else None,
        body=text(row["message"], LONGEST_MESSAGE) or said,
        state=state,
        created_at=moment(row.get("created_at")) or created,
        sender_id=own.pk if own and went_out else 0,
        tries=max(0, min(tries, MOST_TRIES)),
        reason=reason,
        provider_id=provider_id or None,
        sent_at=sent_at,
        failed_at=sent_at if not went_out else None,
        error=text(row["error"], 300) if state is State.FAILED else "",
    )


def _inside(one: Any) -> Row:
    """A recipient out of a JSON list."""
    found = one if isinstance(one, dict) else {"phone": one}
    return {
        field: next((found[name] for name in names if name in found), None)
        for field, names in _INSIDE.items()
    }


def _said(row: Row) -> dict[str, Any]:
    """What a broadcast was, for the view of the old SQL checks and for people."""
    words = ("provider", "message_type", "template_id", "template_name", "created_by")
    said: dict[str, Any] = {word: text(row[word]) for word in words if row[word] is not None}
    if row["message"] is not None:
        said["message_text"] = text(row["message"], LONGEST_MESSAGE)
    if isinstance(row["audience_filter"], dict | list):
        said["audience_filter"] = row["audience_filter"]
    return {"broadcast": said}
