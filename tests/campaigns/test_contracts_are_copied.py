"""A copy has the rows of the contract, those that went out too, and starts from nothing; a kill in the middle loses none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from qafila.businesses.refusals import Clash, NotFound, Refused
from qafila.campaigns import actions, copying, queries
from qafila.campaigns.copying import Copying, rows_of
from qafila.campaigns.importing import Import
from qafila.campaigns.models import Campaign
from qafila.campaigns.rules.statuses import Status
from qafila.ledger.models import Batch, Message
from qafila.ledger.states import BatchState, State

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


@pytest.fixture
def source(business, phone_linked_sender, owner_actor) -> Campaign:
    rows = [
        {"phoneNumber": "01000000001", "message": "first", "name": "Amal"},
        {"phoneNumber": "01000000002", "message": "second"},
        {"phoneNumber": "01000000002", "message": "second"},
        {"phoneNumber": "nonsense", "message": "third"},
        {"phoneNumber": "+20 100 000 0005", "message": "fifth"},
    ]
    made = actions.create_contract(
        business=business, sender=phone_linked_sender, name="Eid", recipients=rows, actor=owner_actor, now=NOW
    ).campaign
    Message.objects.filter(batch_id=made.batch_id, row_number=1).update(
        state=State.READ, due_at=None, attempt=1, claimed_at=NOW, sent_at=NOW, provider_id="wamid.1"
    )
    Message.objects.filter(batch_id=made.batch_id, row_number=2).update(
        state=State.SKIPPED, due_at=None, reason="opted_out", failed_at=NOW
    )
    return made


def copied(campaign: Campaign, *, steps: int = 99) -> Campaign:
    with rows_of(campaign.pk) as run:
        assert isinstance(run, Copying)
        if run.begin(now=NOW):
            while steps and run.step(now=NOW):
                steps -= 1
    campaign.refresh_from_db()
    return campaign


def rows(campaign: Campaign) -> list[tuple[object, ...]]:
    found = Message.objects.filter(batch_id=campaign.batch_id).order_by("row_number")
    return [(m.row_number, m.address, m.given, m.body, State(m.state), m.reason) for m in found]


@pytest.mark.parametrize("interrupted", [False, True])
def test_every_row_comes_along(source, business, owner_actor, monkeypatch, interrupted: bool) -> None:
    monkeypatch.setattr(copying, "CHUNK", 2)
    copy = actions.copy_contract(
        business=business, public_id=source.public_id, name="Eid again", actor=owner_actor, now=NOW
    )
    assert queries.contract(business.pk, copy.public_id, now=NOW).status is Status.PENDING
    if interrupted:
        copied(copy, steps=1)
        assert copy.import_rows == 2
    copied(copy)
    assert copy.import_state == "finished"
    assert [row[:4] for row in rows(copy)] == [row[:4] for row in rows(source)]
    assert [row[4:] for row in rows(copy)] == [
        (State.QUEUED, None),
        (State.QUEUED, None),
        (State.SKIPPED, "duplicate"),
        (State.SKIPPED, "phone.has_letters"),
        (State.QUEUED, None),
    ]
    shown = queries.contract(business.pk, copy.public_id, now=NOW)
    assert (shown.status, shown.counts.total, shown.counts.queued, shown.counts.skipped) == (
        Status.PENDING,
        5,
        3,
        2,
    )
    assert copy.batch.state == BatchState.DRAFT
    assert Batch.objects.get(pk=copy.batch_id).sealed


def test_a_copy_within_a_day_wants_a_confirmed_start(source, business, owner_actor) -> None:
    copy = actions.copy_contract(
        business=business, public_id=source.public_id, name="Again", actor=owner_actor, now=NOW
    )
    with pytest.raises(Clash) as refused:
        actions.start_contract(business=business, public_id=copy.public_id, actor=owner_actor, now=NOW)
    assert refused.value.code == "possible_duplicate"
    later = actions.copy_contract(
        business=business,
        public_id=source.public_id,
        name="Next week",
        actor=owner_actor,
        now=NOW + timedelta(days=7),
    )
    assert later.possible_duplicate_of is None


def test_refusals(source, business, owner_actor, stranger_actor) -> None:
    given = {"public_id": source.public_id, "now": NOW}
    with pytest.raises(NotFound):
        actions.copy_contract(business=business, name="x", actor=stranger_actor, **given)
    with pytest.raises(Refused):
        actions.copy_contract(business=business, name=" ", actor=owner_actor, **given)
    first = actions.copy_contract(business=business, name="x", actor=owner_actor, **given)
    with pytest.raises(Clash) as refused:
        actions.copy_contract(
            business=business, public_id=first.public_id, name="y", actor=owner_actor, now=NOW
        )
    assert refused.value.code == "not_complete"


def test_a_file_is_still_read_as_a_file(uploaded) -> None:
    with rows_of(uploaded("phone,message\n+201000000001,hi\n").pk) as run:
        assert isinstance(run, Import)
