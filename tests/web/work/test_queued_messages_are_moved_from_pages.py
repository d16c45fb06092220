"""Queued messages are put first, or given to another number of their package, from the list and from their own page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone

from qafila.businesses.actor import Actor
from qafila.businesses.models import AuditEntry, Business
from qafila.businesses.refusals import NotFound
from qafila.campaigns.actions import Verb, change_messages, create_contract
from qafila.campaigns.models import Campaign
from qafila.ledger.finding import Wanted
from qafila.ledger.models import Message
from qafila.ledger.states import State
from qafila.senders.models import Package, Sender
from qafila.web.lists import changing
from qafila.web.models import Change
from qafila.web.pages.messages.doing import BULK
from qafila.web.pages.messages.listing import MessageList

pytestmark = pytest.mark.django_db


@pytest.fixture
def shared(business: Business, pool: Package, owner_actor: Actor, at: datetime) -> Campaign:
    """A contract of four that two numbers share."""
    rows = [{"phoneNumber": f"7999123450{n}", "message": f"Hello {n}"} for n in range(4)]
    return create_contract(
        business=business, package=pool, name="March", recipients=rows, actor=owner_actor, now=at
    ).campaign


def rows(campaign: Campaign) -> list[Message]:
    return list(Message.objects.filter(batch_id=campaign.batch_id).order_by("pk"))


def test_many_are_given_to_a_number_that_is_chosen(shared: Campaign, second: Sender, owner: Client) -> None:
    ids = [str(row.pk) for row in rows(shared)[:3]]
    where = "/messages/?state=queued"
    assert 'value="move"' in owner.get(where).content.decode()
    assert 'value="move"' not in owner.get("/messages/?state=failed").content.decode()
    body = {"action": "move", "id": ids}
    asked = owner.post(where, body).content.decode()
    assert f'<option value="{second.public_id}">' in asked
    again = owner.post(where, {**body, "expected": "3"}).content.decode()
    assert "<select" in again, "a number has to be chosen"
    assert owner.post(where, {**body, "expected": "3", "reason": "nobody"}).status_code == 200
    assert {row.sender_id for row in rows(shared)} == {0}
    done = owner.post(where, {**body, "expected": "3", "reason": str(second.public_id)}, follow=True)
    assert "3 messages wait for that number now." in done.content.decode()
    assert [row.sender_id for row in rows(shared)] == [second.pk] * 3 + [0]
    entry = AuditEntry.objects.filter(action="messages.moved").get()
    assert (entry.detail["count"], entry.detail["to"]) == (3, str(second.public_id))


def test_a_contract_of_one_number_keeps_its_messages_and_says_why(
    shared: Campaign, second: Sender, contract: Callable[..., Campaign], owner: Client
) -> None:
    queued = Message.objects.filter(batch_id=contract().batch_id, state=State.QUEUED)
    body = {"action": "move", "id": str(queued[0].pk), "expected": "1", "reason": str(second.public_id)}
    told = owner.post("/messages/?state=queued", body, follow=True).content.decode()
    assert "A contract of one number is given to another one on its own page." in told
    assert not queued.filter(pinned_to=second.pk).exists()


def test_without_a_package_nobody_is_asked_for_a_number(
    contract: Callable[..., Campaign], owner: Client
) -> None:
    contract()
    page = owner.get("/messages/?state=queued").content.decode()
    assert 'value="next"' in page
    assert 'value="move"' not in page


def test_one_is_moved_on_its_page(shared: Campaign, second: Sender, owner: Client) -> None:
    message = rows(shared)[2]
    page = owner.get(f"/messages/{message.pk}").content.decode()
    assert 'value="next"' not in page
    assert f'<option value="{second.public_id}">' in page
    change = f"/messages/{message.pk}/change"
    told = owner.post(change, {"verb": "next"}, follow=True).content.decode()
    assert "can be moved to one of its numbers" in told
    owner.post(change, {"verb": "move", "to": str(second.public_id)})
    message.refresh_from_db()
    assert (message.sender_id, message.state) == (second.pk, State.QUEUED)
    page = owner.get(f"/messages/{message.pk}").content.decode()
    assert f'<option value="{second.public_id}">' not in page
    assert owner.post(change, {"verb": "move", "to": "nobody"}).status_code == 404


def test_one_is_put_first_on_its_page(
    contract: Callable[..., Campaign], sender: Sender, owner: Client
) -> None:
    message = Message.objects.filter(batch_id=contract().batch_id, state=State.QUEUED)[0]
    assert 'value="next"' in owner.get(f"/messages/{message.pk}").content.decode()
    change = f"/messages/{message.pk}/change"
    told = owner.post(change, {"verb": "next"}, follow=True).content.decode()
    assert "1 message goes out next" in told
    message.refresh_from_db()
    assert (message.pinned_to, message.state) == (sender.pk, State.QUEUED)
    assert 'value="next"' not in owner.get(f"/messages/{message.pk}").content.decode()
    assert AuditEntry.objects.filter(action="messages.put_first").get().detail["count"] == 1


def test_what_stays_of_several_is_said(
    shared: Campaign, second: Sender, contract: Callable[..., Campaign], owner: Client
) -> None:
    """Of a list that holds both kinds only a part can go: nobody shall believe that all of it does."""
    single = contract("Single", 2, shares={State.QUEUED: 1.0})
    where, ids = "/messages/?state=queued", [str(row.pk) for row in [*rows(single), *rows(shared)[:3]]]
    told = owner.post(where, {"action": "next", "id": ids, "expected": "5"}, follow=True).content.decode()
    assert "2 messages go out next" in told
    assert "3 messages stay in their places" in told
    body = {"action": "move", "id": ids, "expected": "5", "reason": str(second.public_id)}
    told = owner.post(where, body, follow=True).content.decode()
    assert "3 messages wait for that number now." in told
    assert "2 messages stay where they are" in told


def test_what_a_package_shares_is_not_offered_to_be_put_first(
    shared: Campaign, contract: Callable[..., Campaign], owner: Client
) -> None:
    single = contract()
    for campaign, offered in ((shared, False), (single, True)):
        where = f"/messages/?state=queued&campaign={campaign.public_id}"
        assert ('value="next"' in owner.get(where).content.decode()) is offered
    ids = [str(row.pk) for row in rows(shared)[:2]]
    body = {"action": "next", "id": ids, "expected": "2"}
    told = owner.post(f"/messages/?state=queued&campaign={shared.public_id}", body, follow=True)
    assert "Nothing was put first" in told.content.decode()


def test_a_move_by_a_job_knows_its_number_and_ends_where_it_is_gone(
    shared: Campaign, second: Sender, owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MessageList, "bulk", [replace(one, at_once=2) for one in BULK])
    body = {"action": "move", "all": "1", "expected": "4", "reason": str(second.public_id)}
    for _ in range(2):
        owner.post("/messages/?state=queued", body)
    gone, there = Change.objects.order_by("pk")
    Change.objects.filter(pk=gone.pk).update(reason="00000000-0000-0000-0000-000000000000")
    for one in (gone, there):
        assert second.pk not in {row.pinned_to for row in rows(shared)}
        changing.run(one.pk, now=timezone.now())
        one.refresh_from_db()
    assert (gone.state, gone.level, gone.changed) == ("finished", "error", 0)
    assert (there.state, there.level, there.changed) == ("finished", "success", 4)
    assert {row.pinned_to for row in rows(shared)} == {second.pk}


def test_a_stranger_moves_nothing(
    shared: Campaign, second: Sender, stranger_actor: Actor, now: datetime
) -> None:
    theirs = Wanted(stranger_actor.business.pk)
    ids = [row.pk for row in rows(shared)]
    with pytest.raises(NotFound):
        change_messages(wanted=theirs, verb=Verb.MOVE, only=ids, to=second, actor=stranger_actor, now=now)
    assert change_messages(wanted=theirs, verb=Verb.NEXT, only=ids, actor=stranger_actor, now=now) == 0
