"""One message's story says what happened and why; it is cancelled, tried again or settled by a plain form; many are
changed by the list's own query, never by what a client claims."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone, translation

from qafila.businesses.models import AuditEntry
from qafila.campaigns.actions import several
from qafila.campaigns.models import Campaign
from qafila.campaigns.rules.statuses import Status
from qafila.ledger import queries
from qafila.ledger.models import Attempt, Message
from qafila.ledger.states import BatchState, State
from qafila.senders.models import Sender
from qafila.web.lists import changing
from qafila.web.models import Change
from qafila.web.pages.messages.doing import BULK
from qafila.web.pages.messages.listing import MessageList
from qafila.web.ui.states import look_of

pytestmark = pytest.mark.django_db


def one(campaign: Campaign, state: State, **given: object) -> Message:
    found = Message.objects.filter(batch_id=campaign.batch_id, state=state, **given).first()
    assert found is not None
    return found


def story(client: Client, message: Message) -> str:
    return client.get(f"/messages/{message.pk}").content.decode()


def change(client: Client, message: Message, verb: str) -> str:
    text = client.post(f"/messages/{message.pk}/change", {"verb": verb}, follow=True).content.decode()
    message.refresh_from_db()
    return text


def test_a_story_tells_each_attempt(contract: Callable[..., Campaign], owner: Client) -> None:
    message = one(contract(), State.FAILED, reason="cloud_api.131016")
    Attempt.objects.filter(message_id=message.pk).update(
        outcome="temporary", code="131016", detail="Service overloaded", worker_id=7, provider_id="wamid.seen"
    )
    text = story(owner, message)
    for said in ("Did not work this time", "131016", "Service overloaded", "#7", "wamid.seen", "q."):
        assert said in text, said
    assert f".{message.attempt}</bdi>" in text


@pytest.mark.parametrize("typed", ["00201586676042", "٠١٥٨٦٦٧٦٠٤٢"])
def test_a_number_is_shown_as_it_is_called_whatever_was_typed(
    contract: Callable[..., Campaign], owner: Client, typed: str
) -> None:
    message = one(contract(), State.DELIVERED)
    Message.objects.filter(pk=message.pk).update(address="201586676042", given=typed)
    in_list = owner.get("/messages/", {"state": "delivered"}).content.decode()
    assert "+20 15 86676042" in in_list
    assert typed not in in_list
    text = story(owner, message)
    assert "+20 15 86676042" in text
    assert f"<bdi>{typed}</bdi>" in text, "what was typed is in the story"
    Message.objects.filter(pk=message.pk).update(contact_id=None, given="0020 15 x")
    assert "0020 15 x" in owner.get("/messages/", {"state": "delivered"}).content.decode()


def test_why_not_yet_and_why_skipped(
    contract: Callable[..., Campaign], owner: Client, sender: Sender, person: Callable[[str], Client]
) -> None:
    campaign = contract()
    queued = one(campaign, State.QUEUED)
    assert "No worker is running" in story(owner, queued)
    Sender.objects.filter(pk=sender.pk).update(state="paused")
    assert "The number is paused" in story(owner, queued)
    skipped = one(campaign, State.SKIPPED, reason="opted_out")
    assert "Why skipped:" in story(owner, skipped)
    assert "This person has unsubscribed" in story(owner, skipped)
    assert 'name="verb"' in story(owner, queued)
    assert 'name="verb"' not in story(person("agent"), queued)


def test_a_single_one_is_cancelled_retried_settled(contract: Callable[..., Campaign], owner: Client) -> None:
    campaign = contract()
    queued, failed = one(campaign, State.QUEUED), one(campaign, State.FAILED, reason="cloud_api.131016")
    hopeless, uncertain = (
        one(campaign, State.FAILED, reason="cloud_api.131026"),
        one(campaign, State.UNCERTAIN),
    )
    assert "1 message was cancelled." in change(owner, queued, "cancel")
    assert queued.state == State.CANCELLED
    assert "Nothing was changed" in change(owner, queued, "cancel")
    assert 'value="retry"' in story(owner, failed)
    assert 'value="retry"' not in story(owner, hopeless)
    change(owner, failed, "retry")
    assert failed.state == State.QUEUED
    change(owner, uncertain, "settle_sent")
    assert uncertain.state == State.SENT
    assert AuditEntry.objects.filter(action__startswith="messages.").count() == 3
    assert owner.post(f"/messages/{queued.pk}/change", {"verb": "explode"}).status_code == 400


def test_all_that_match_are_changed_and_nothing_else(
    contract: Callable[..., Campaign], owner: Client
) -> None:
    campaign, other = contract("One"), contract("Other", state=BatchState.PAUSED)
    before = queries.counts(other.batch_id)
    queued = queries.counts(campaign.batch_id).queued
    address = f"/messages/?campaign={campaign.public_id}&state=queued"
    asked = owner.post(address, {"action": "cancel", "all": "1"}).content.decode()
    assert f"{queued} messages leave the queue for good" in asked
    owner.post(address, {"action": "cancel", "all": "1", "expected": str(queued)})
    assert queries.counts(campaign.batch_id).queued == 0
    assert queries.counts(other.batch_id) == before


def test_what_is_queued_after_the_count_is_left_alone(
    contract: Callable[..., Campaign], owner: Client
) -> None:
    campaign = contract()
    late = one(campaign, State.QUEUED)
    Message.objects.filter(pk=late.pk).update(created_at=timezone.now() + timedelta(hours=1))
    address = f"/messages/?campaign={campaign.public_id}&state=queued"
    count = queries.counts(campaign.batch_id).queued
    owner.post(address, {"action": "cancel", "all": "1", "expected": str(count)})
    late.refresh_from_db()
    assert late.state == State.QUEUED
    assert queries.counts(campaign.batch_id).queued == 1


def test_ids_of_another_tab_are_left_alone(contract: Callable[..., Campaign], owner: Client) -> None:
    campaign = contract()
    read = one(campaign, State.READ)
    form = {"action": "cancel", "id": [str(read.pk)], "expected": "1"}
    owner.post(f"/messages/?campaign={campaign.public_id}&state=queued", form)
    read.refresh_from_db()
    assert read.state == State.READ


def test_very_many_are_done_by_a_job_that_tells_how_far_it_is(
    contract: Callable[..., Campaign], owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MessageList, "bulk", [replace(one, at_once=5) for one in BULK])
    monkeypatch.setattr(several, "CHUNK", 4)
    campaign = contract()
    failed = queries.counts(campaign.batch_id).failed
    assert failed > 5
    address = f"/messages/?campaign={campaign.public_id}&state=failed"
    answer = owner.post(address, {"action": "retry", "all": "1", "expected": str(failed)})
    change = Change.objects.get()
    assert answer["Location"] == f"/changes/{change.public_id}"
    page = owner.get(answer["Location"]).content.decode()
    assert f'max="{failed}"' in page
    assert address.replace("&", "&amp;") in page, "there is no way back to the list"
    assert queries.counts(campaign.batch_id).failed == failed
    looks = iter([False, True])
    changing.run(change.pk, now=timezone.now(), is_stopping=lambda: next(looks))
    change.refresh_from_db()
    assert (change.state, change.done, change.changed) == ("running", 4, 4)
    assert queries.counts(campaign.batch_id).failed == failed - 4
    assert f'value="4" max="{failed}"' in owner.get(address).content.decode(), "the list does not show it"
    changing.run(change.pk, now=timezone.now())
    change.refresh_from_db()
    assert (change.state, change.done, change.changed) == ("finished", failed, failed)
    assert queries.counts(campaign.batch_id).failed == 0
    assert f"{failed} messages are queued again." in owner.get(answer["Location"]).content.decode()
    entry = AuditEntry.objects.get(action="messages.retried")
    assert (entry.detail["count"], entry.actor_kind) == (failed, "user")


def test_a_file_says_states_in_the_words_of_the_page(
    contract: Callable[..., Campaign], owner: Client
) -> None:
    campaign = contract()
    owner.cookies[settings.LANGUAGE_COOKIE_NAME] = "ru"
    for address, state, raw in (
        (f"/messages/?campaign={campaign.public_id}&format=csv", State.QUEUED, '"queued"'),
        ("/campaigns/?format=csv", Status.IN_PROGRESS, '"IN_PROGRESS"'),
    ):
        text = b"".join(owner.get(address)).decode()
        with translation.override("ru"):
            assert f'"{look_of(state).word}"' in text
        assert raw not in text
