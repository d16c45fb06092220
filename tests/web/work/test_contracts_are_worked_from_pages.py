"""Start, pause, copy, delete, retry and settle by plain forms, without a script; each refusal is a sentence, each act is
in the audit log, and a large number has to be typed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from qafila.businesses.actor import Actor
from qafila.businesses.models import AuditEntry, Business
from qafila.businesses.refusals import Clash
from qafila.campaigns.models import Campaign
from qafila.campaigns.queries import contract as read
from qafila.campaigns.rules.statuses import Status
from qafila.ledger import queries
from qafila.ledger.models import Batch, Message
from qafila.ledger.states import BatchState, State
from qafila.senders.direction_models import Direction
from qafila.senders.models import Sender
from qafila.web.pages.campaigns.bulk import start_one

pytestmark = pytest.mark.django_db


def status(campaign: Campaign) -> Status:
    found = read(campaign.business_id, campaign.public_id, now=timezone.now())
    assert found is not None
    return found.status


def act(client: Client, campaign: Campaign, what: str, **fields: str) -> str:
    answer = client.post(f"/campaigns/{campaign.public_id}/{what}", fields, follow=True)
    return answer.content.decode()


def last_act(business: Business) -> str:
    return AuditEntry.objects.filter(business=business).latest("pk").action


def test_start_pause_and_go_on(contract: Callable[..., Campaign], owner: Client, business: Business) -> None:
    campaign = contract(state=BatchState.DRAFT, shares={State.QUEUED: 1.0})
    assert "The contract runs." in act(owner, campaign, "start")
    assert status(campaign) is Status.IN_PROGRESS
    assert last_act(business) == "contract.started"
    assert "The contract is paused" in act(owner, campaign, "pause")
    assert status(campaign) is Status.PAUSED
    assert last_act(business) == "contract.paused"
    act(owner, campaign, "start")
    assert status(campaign) is Status.IN_PROGRESS


def test_what_is_held_for_its_texts_goes_on_only_from_the_page_that_says_why(
    contract: Callable[..., Campaign], owner: Client, owner_actor: Actor
) -> None:
    campaign = contract(state=BatchState.PAUSED, shares={State.QUEUED: 1.0})
    Batch.objects.filter(pk=campaign.batch_id).update(hold_code="cloud_api.132001")
    for _ in range(2):
        assert "several messages in a row were refused" in act(owner, campaign, "start")
        assert status(campaign) is Status.PAUSED
    with pytest.raises(Clash) as left:
        start_one(
            business=campaign.business, public_id=campaign.public_id, actor=owner_actor, now=timezone.now()
        )
    assert (left.value.code, left.value.params) == ("campaign_held_content", {"reason": "cloud_api.132001"})
    assert 'name="held" value="1"' in owner.get(f"/campaigns/{campaign.public_id}").content.decode()
    assert "The contract runs." in act(owner, campaign, "start", held="1")
    assert status(campaign) is Status.IN_PROGRESS


def test_a_possible_duplicate_asks_first(contract: Callable[..., Campaign], owner: Client) -> None:
    first = contract("First")
    campaign = contract("Second", state=BatchState.DRAFT, shares={State.QUEUED: 1.0})
    Campaign.objects.filter(pk=campaign.pk).update(possible_duplicate_of=first)
    answer = owner.post(f"/campaigns/{campaign.public_id}/start")
    assert answer.status_code == 409
    assert "First" in answer.content.decode()
    assert status(campaign) is Status.PENDING
    act(owner, campaign, "start", confirm="1")
    assert status(campaign) is Status.IN_PROGRESS


def test_a_number_without_a_provider_is_refused_in_words(
    contract: Callable[..., Campaign], owner: Client, sender: Sender
) -> None:
    campaign = contract(state=BatchState.DRAFT, shares={State.QUEUED: 1.0})
    Sender.objects.filter(pk=sender.pk).update(state="not_connected")
    assert "not connected to a provider" in act(owner, campaign, "start")
    assert status(campaign) is Status.PENDING


def test_deleting_says_what_it_does_and_wants_a_large_number_typed(
    contract: Callable[..., Campaign], owner: Client, business: Business
) -> None:
    campaign = contract("Large", 1_200, shares={State.QUEUED: 1.0})
    page = owner.get(f"/campaigns/{campaign.public_id}/delete").content.decode()
    assert "1,200 messages that are queued are cancelled" in page.replace("1200", "1,200")
    assert 'name="expected" value="1200"' in page
    assert "The number is another one by now" not in page
    for typed in ({}, {"confirmed_count": "1200"}, {"expected": "1200", "confirmed_count": "1199"}):
        assert "The number is another one by now" in act(owner, campaign, "delete", **typed)
    assert read(business.pk, campaign.public_id, now=timezone.now()) is not None
    act(owner, campaign, "delete", expected="1200", confirmed_count="1,200")
    assert read(business.pk, campaign.public_id, now=timezone.now()) is None
    assert last_act(business) == "contract.deleted"


def test_what_goes_out_while_one_types_is_no_reason_to_ask_again(
    contract: Callable[..., Campaign], owner: Client, business: Business
) -> None:
    campaign = contract("Large", 1_150, shares={State.QUEUED: 1.0})
    grew = act(owner, campaign, "delete", expected="1100", confirmed_count="1100")
    assert "The number is another one by now" in grew
    assert 'name="expected" value="1150"' in grew
    act(owner, campaign, "delete", expected="1200", confirmed_count="1200")
    assert read(business.pk, campaign.public_id, now=timezone.now()) is None


def test_delete_pressed_twice_says_that_it_is_deleted(
    contract: Callable[..., Campaign], owner: Client
) -> None:
    campaign = contract("Small", 10, shares={State.QUEUED: 1.0})
    assert "The contract was deleted." in act(owner, campaign, "delete", expected="10")
    assert "This contract was deleted." in act(owner, campaign, "delete", expected="10")
    assert owner.post("/campaigns/contract_0000000000000000000000/delete").status_code == 404


def test_a_copy_is_named_and_made(
    contract: Callable[..., Campaign], owner: Client, business: Business
) -> None:
    campaign = contract("Eid", state=BatchState.FINISHED, shares={State.READ: 1.0})
    assert "Eid (copy)" in owner.get(f"/campaigns/{campaign.public_id}/copy").content.decode()
    assert "This field is required" in act(owner, campaign, "copy", name="")
    act(owner, campaign, "copy", name="Eid once more")
    copy = Campaign.objects.get(name="Eid once more")
    assert (copy.import_state, copy.total_count) == ("waiting", campaign.total_count)


def test_only_what_may_succeed_is_tried_again(
    contract: Callable[..., Campaign], owner: Client, business: Business
) -> None:
    campaign = contract("Old", begin=timezone.now() - timedelta(hours=2))
    failed = Message.objects.filter(batch_id=campaign.batch_id, state=State.FAILED)
    hopeless = failed.filter(reason="cloud_api.131026").count()
    assert 0 < hopeless < failed.count()
    act(owner, campaign, "retry", expected=str(failed.count() - hopeless))
    assert failed.count() == hopeless
    assert last_act(business) == "contract.failed_retried"
    act(owner, campaign, "retry", reason="cloud_api.131026", expected=str(hopeless))
    assert failed.count() == 0


@pytest.mark.parametrize(
    ("verb", "state"), [("settle_sent", "sent"), ("settle_failed", "failed"), ("settle_resend", "queued")]
)
def test_all_uncertain_ones_are_settled(
    contract: Callable[..., Campaign], owner: Client, business: Business, verb: str, state: str
) -> None:
    campaign = contract()
    before = queries.counts(campaign.batch_id)
    assert before.uncertain
    act(owner, campaign, "settle", verb=verb, expected=str(before.uncertain))
    after = queries.counts(campaign.batch_id)
    assert (after.uncertain, getattr(after, state)) == (0, getattr(before, state) + before.uncertain)
    assert last_act(business) == f"messages.{'settled_' + verb.removeprefix('settle_')}"
    assert owner.post(f"/campaigns/{campaign.public_id}/settle", {"verb": "cancel"}).status_code == 400


def test_many_at_once_say_which_were_left(
    contract: Callable[..., Campaign], owner: Client, business: Business
) -> None:
    first = contract("First", state=BatchState.DRAFT, shares={State.QUEUED: 1.0})
    second = contract("Second", state=BatchState.DRAFT, shares={State.QUEUED: 1.0})
    Campaign.objects.filter(pk=second.pk).update(possible_duplicate_of=contract("Running"))
    form = {"action": "start", "id": [first.public_id, second.public_id]}
    asked = owner.post("/campaigns/", form).content.decode()
    assert "2 contracts start" in asked
    text = owner.post("/campaigns/", {**form, "expected": "2"}, follow=True).content.decode()
    assert "Done with 1 contract. 1 contract was left as it is" in text
    assert (status(first), status(second)) == (Status.IN_PROGRESS, Status.PENDING)
    everything = {"action": "pause", "all": "1", "expected": "2"}
    text = owner.post("/campaigns/?status=in_progress", everything, follow=True).content.decode()
    assert "Done with 2 contracts." in text
    assert (status(first), status(second)) == (Status.PAUSED, Status.PENDING)


def test_all_sending_pauses_and_goes_on(
    contract: Callable[..., Campaign], owner: Client, sender: Sender, business: Business
) -> None:
    contract("Waits", 50, shares={State.QUEUED: 1.0})
    page = owner.get("/").content.decode()
    assert "1 number stops sending" in page
    assert "50 queued messages wait until you resume" in page
    text = owner.post("/dashboard/pause-all", {"reason": "<b>fire</b>"}, follow=True).content.decode()
    assert "All sending is paused" in text
    assert "&lt;b&gt;fire&lt;/b&gt;" in text
    sender.refresh_from_db()
    assert sender.state == "paused"
    text = owner.post("/dashboard/resume-all", follow=True).content.decode()
    assert "1 number goes on." in text
    sender.refresh_from_db()
    assert sender.state == "ready"


def test_the_list_names_the_direction_and_the_pace_with_all_pauses(
    contract: Callable[..., Campaign], owner: Client, business: Business
) -> None:
    made = contract("Spring", 120, shares={State.SENT: 1.0})
    made.direction = Direction.objects.create(
        business=business, name="Clinics", colour="#336699", created_at=timezone.now()
    )
    made.save()
    Batch.objects.filter(pk=made.batch_id).update(started_at=timezone.now() - timedelta(minutes=40))
    page = owner.get("/campaigns/").content.decode()
    assert "<bdi>Clinics</bdi>" in page
    assert 'title="3 a minute since it began, with all its pauses"' in page
