"""A new contract from a file."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from tests.web.pages import Row
from tests.web.world import Place, World

PEOPLE = "Name;Phone;Message\nAnna;+79991234567;Hi\nBoris;12;Hi\n"
NOTHING_YET = "a draft is nothing yet; the contract that it becomes is audited"


def make(world: World) -> None:
    """A checked draft, and a number for tests, in each business."""
    from qafila.campaigns import incoming
    from qafila.campaigns.actions import draft_start, drafts
    from qafila.campaigns.models import TestNumber
    from qafila.senders.models import Sender

    for place in (world.here, world.there):
        Sender.objects.filter(pk=place.sender.pk).update(state="ready", default_template=None)
        raw = PEOPLE.encode()
        draft = drafts.create_draft(
            business=place.business,
            file=incoming.store(iter([raw])),
            file_name=f"{place.business.name}.csv",
            file_size=len(raw),
            actor=place.actor,
            now=world.now,
        )
        drafts.begin_check(draft, now=world.now)
        place.more["draft"] = draft.public_id
        if not TestNumber.objects.filter(business=place.business).exists():
            draft_start.save_test_number(
                business=place.business, phone="+201012345678", name="Me", actor=place.actor, now=world.now
            )


def sendable(world: World) -> None:
    """The same, with everybody's window open."""
    from qafila.contacts.actions import ensure_phones
    from qafila.ledger.models import Window

    make(world)
    for place in (world.here, world.there):
        numbers = ["201012345678", "79991234567"]
        found = ensure_phones(business_id=place.business.pk, numbers=numbers, names={}, now=world.now)
        for contact in found.values():
            Window.objects.update_or_create(
                sender_id=place.sender.pk,
                contact_id=contact,
                defaults={"business_id": place.business.pk, "last_inbound_at": world.now},
            )
        from qafila.campaigns.actions import drafts

        given: dict[str, Any] = {"business": place.business, "actor": place.actor, "now": world.now}
        changed = drafts.configure_draft(
            public_id=place.more["draft"], sender=place.sender, duplicates="number", **given
        )
        drafts.begin_check(changed, now=world.now)


def addable(world: World) -> None:
    """A checked draft whose rows are for the contract, in each business."""
    from qafila.campaigns import incoming
    from qafila.campaigns.actions import draft_adding, drafts

    sendable(world)
    for place in (world.here, world.there):
        given: dict[str, Any] = {"business": place.business, "actor": place.actor, "now": world.now}
        raw = PEOPLE.encode()
        made = draft_adding.create_draft_for(
            contract_id=place.campaign.public_id,
            file=incoming.store(iter([raw])),
            file_name="more.csv",
            file_size=len(raw),
            **given,
        )
        drafts.begin_check(made, now=world.now)
        place.more["draft"] = made.public_id


def draft(place: Place) -> Mapping[str, Any]:
    return {"public_id": place.more.get("draft", "draft_0000000000000000000000")}


def upload(place: Place) -> Mapping[str, Any]:
    return {"file": SimpleUploadedFile("people.csv", io.BytesIO(PEOPLE.encode()).read())}


def foreign_package(place: Place) -> Mapping[str, Any]:
    return {"phone": "1", "message": "2", "sender": f"package:{place.more['package'].public_id}"}


def foreign_direction(place: Place) -> Mapping[str, Any]:
    return {"sender": f"direction:{place.more['direction'].public_id}"}


ROWS = {
    "new_contract:choose": Row(post=upload, audit="draft.created"),
    "new_contract:sample": Row(),
    "new_contract:map": Row(
        draft,
        post=lambda place: {"phone": "1", "message": "2"},
        no_audit=NOTHING_YET,
        foreign=foreign_package,
        before=make,
    ),
    "new_contract:keep": Row(
        draft,
        post=lambda place: {"title": "x"},
        no_audit=NOTHING_YET,
        foreign=foreign_direction,
        answers=(405,),
        before=make,
    ),
    "new_contract:check": Row(draft, post=lambda place: {}, no_audit=NOTHING_YET, before=make),
    "new_contract:progress": Row(draft, before=make),
    "new_contract:mend": Row(
        draft, post=lambda place: {"cell:3:1": "+79991234568"}, no_audit=NOTHING_YET, before=make
    ),
    "new_contract:rule": Row(
        draft, post=lambda place: {"duplicates": "number"}, no_audit=NOTHING_YET, before=make
    ),
    "new_contract:rejected": Row(draft, before=make),
    "new_contract:own-sample": Row(draft, before=make),
    "new_contract:send": Row(draft, before=make),
    "new_contract:start": Row(
        draft, post=lambda place: {"title": "x"}, audit="contract.created", before=sendable
    ),
    "new_contract:add": Row(draft, post=lambda place: {}, audit="contract.rows_added", before=addable),
    "new_contract:when": Row(
        draft, post=lambda place: {"when": "now", "title": "x"}, no_audit=NOTHING_YET, before=make
    ),
    "new_contract:undo": Row(
        draft,
        post=lambda place: {},
        no_audit="refused here: nothing was started; see tests/campaigns",
        before=make,
    ),
    "new_contract:test": Row(
        draft, post=lambda place: {"number": "+201012345678"}, audit="contract.created", before=sendable
    ),
    "new_contract:test-number": Row(
        draft, post=lambda place: {"phone": "+201012345679"}, audit="test_number.saved", before=make
    ),
    "new_contract:remove-test-number": Row(
        draft, post=lambda place: {"phone": "+201012345678"}, audit="test_number.removed", before=make
    ),
    "new_contract:delete": Row(draft, post=lambda place: {}, audit="draft.deleted", before=make),
}
