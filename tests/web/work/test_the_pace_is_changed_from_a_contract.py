"""A contract's page says how fast each of its numbers may send now, what limits it and why; who may manage numbers changes it
there, with the forms of the number's own page, and comes back to the contract."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.campaigns.models import Campaign
from qafila.ledger.models import Batch
from qafila.ledger.states import BatchState, State
from qafila.senders.actions import create_sender, packages, set_use_limits
from qafila.senders.models import Sender, SenderState

pytestmark = pytest.mark.django_db
Contract = Callable[..., Campaign]


@pytest.fixture
def slow(contract: Contract, phone_linked_sender: Sender) -> Campaign:
    """A contract over a phone-linked number."""
    return contract("Slow", 40, of=phone_linked_sender, shares={State.QUEUED: 1.0})


def pace_of(client: Client, campaign: Campaign) -> str:
    return client.get(f"/campaigns/{campaign.public_id}/pace").content.decode()


def forms_of(client: Client, campaign: Campaign, sender: Sender) -> str:
    return client.get(f"/campaigns/{campaign.public_id}/pace/{sender.public_id}").content.decode()


def posted(client: Client, page: str, what: str, sender: Sender, **fields: str) -> str:
    """Sends a form of the page as it stands there; where that leads to."""
    verb = f"/senders/{sender.public_id}/{what}"
    form = re.search(rf'<form[^>]+action="{verb}(?:#\w+)?".*?</form>', page, re.DOTALL)
    assert form is not None, what
    hidden = dict(re.findall(r'<input type="hidden" name="(back)" value="([^"]*)"', form[0]))
    return client.post(verb, {**hidden, **fields})["Location"]


def test_the_page_shows_it_by_itself_and_behind_a_plain_link(slow: Campaign, owner: Client) -> None:
    page = f"/campaigns/{slow.public_id}"
    shown = owner.get(page).content.decode()
    assert f'hx-get="{page}/pace"' in shown
    assert f'<a data-needless href="{page}/pace">' in shown
    whole = pace_of(owner, slow)
    part = owner.get(f"{page}/pace", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert part.strip() in whole
    assert f'href="{page}#pace"' in whole, "the way back"
    assert "counts for the number as a whole: for all contracts that it sends" in whole
    assert str(slow.sender and slow.sender.phone[-4:]) in part


def test_it_says_what_limits_a_number_and_why(
    slow: Campaign, owner: Client, phone_linked_sender: Sender, owner_actor: Actor
) -> None:
    shown = pace_of(owner, slow)
    assert "Its pace, an hour" in shown
    assert re.search(r"Last 24 hours</dt>\s*<dd><span class=\"q-use\">", shown), "its use of the day's limit"
    now = timezone.now()
    closed = [[] for _day in range(7)]
    Sender.objects.filter(pk=phone_linked_sender.pk).update(hours=[*closed[:6], [["09:00", "09:01"]]])
    assert "Sends campaigns today" in pace_of(owner, slow)
    Sender.objects.filter(pk=phone_linked_sender.pk).update(
        hours=None, state=SenderState.RESTING, rest_until=now + timedelta(hours=2), state_reason="by_hand"
    )
    assert "Comes back by itself:" in pace_of(owner, slow)
    phone_linked_sender.refresh_from_db()
    set_use_limits(sender=phone_linked_sender, on=False, actor=owner_actor, now=now)
    off = pace_of(owner, slow)
    assert "Own pace off" in off
    assert re.search(r"Its pace, an hour</dt><dd><span class=\"text-secondary\">no limit", off)


def test_each_form_changes_the_number_and_leads_back(
    slow: Campaign, owner: Client, phone_linked_sender: Sender
) -> None:
    back = f"/campaigns/{slow.public_id}#pace"
    shown = forms_of(owner, slow, phone_linked_sender)
    assert (
        posted(owner, shown, "hours", phone_linked_sender, when="some", from_0_0="09:00", until_0_0="13:00")
        == back
    )
    assert posted(owner, shown, "rest", phone_linked_sender, hours="4") == back
    given = {"name": "Named anew", "in_use_since": "2026-01-05", "throughput": ""}
    assert posted(owner, shown, "change", phone_linked_sender, **given) == back
    assert posted(owner, shown, "own-pace", phone_linked_sender) == back
    phone_linked_sender.refresh_from_db()
    assert phone_linked_sender.hours is not None
    assert (phone_linked_sender.state, phone_linked_sender.name) == (SenderState.RESTING, "Named anew")
    assert phone_linked_sender.use_limits is False
    again = forms_of(owner, slow, phone_linked_sender)
    assert posted(owner, again, "own-pace", phone_linked_sender, on="1") == back
    assert posted(owner, again, "resume", phone_linked_sender) == back
    phone_linked_sender.refresh_from_db()
    assert (phone_linked_sender.use_limits, phone_linked_sender.state) == (True, SenderState.READY)


def test_hours_that_cannot_be_read_are_shown_again_and_still_lead_back(
    slow: Campaign, owner: Client, phone_linked_sender: Sender
) -> None:
    verb, back = f"/senders/{phone_linked_sender.public_id}/hours", f"/campaigns/{slow.public_id}#pace"
    answer = owner.post(verb, {"when": "some", "from_0_0": "09:00", "back": back})
    assert answer.status_code == 422
    shown = answer.content.decode()
    good = {"when": "some", "from_0_0": "09:00", "until_0_0": "10:00"}
    assert posted(owner, shown, "hours", phone_linked_sender, **good) == back
    away = owner.post(verb, {**good, "back": "https://evil.example/"})["Location"]
    assert away == f"/senders/{phone_linked_sender.public_id}"


def test_every_number_of_a_package_is_there_with_a_way_to_change_it(
    slow: Campaign, owner: Client, business: Business, phone_linked_sender: Sender, owner_actor: Actor
) -> None:
    ours = {"business": business, "actor": owner_actor, "now": timezone.now()}
    package = packages.create_package(name="Pool", **ours)
    Campaign.objects.filter(pk=slow.pk).update(sender=None, package=package)
    assert "The package has no number now." in pace_of(owner, slow)
    account = phone_linked_sender.provider_account
    second = create_sender(name="Second", phone="+201000000055", provider_account=account, ref="55", **ours)
    for each in (second, phone_linked_sender):
        packages.add_member(package=package, sender=each, actor=owner_actor, now=ours["now"])
    shown = pace_of(owner, slow)
    for each in (second, phone_linked_sender):
        assert f'href="/campaigns/{slow.public_id}/pace/{each.public_id}"' in shown
        assert f"/senders/{each.public_id}/hours" in forms_of(owner, slow, each)


def test_who_may_not_manage_numbers_only_reads(
    slow: Campaign, person: Callable[[str], Client], phone_linked_sender: Sender
) -> None:
    for role in ("agent", "read_only"):
        reader = person(role)
        shown = pace_of(reader, slow)
        assert "Its pace, an hour" in shown
        assert f"pace/{phone_linked_sender.public_id}" not in shown
        assert "counts for the number" not in shown
        forms = reader.get(f"/campaigns/{slow.public_id}/pace/{phone_linked_sender.public_id}")
        assert forms.status_code == 403
    assert "Only an owner of the business can change this." in forms_of(
        person("admin"), slow, phone_linked_sender
    )


def test_only_its_own_numbers_and_only_while_it_may_send(
    slow: Campaign, owner: Client, sender: Sender, phone_linked_sender: Sender
) -> None:
    other = owner.get(f"/campaigns/{slow.public_id}/pace/{sender.public_id}")
    assert other.status_code == 404
    Batch.objects.filter(pk=slow.batch_id).update(state=BatchState.FINISHED)
    assert f"{slow.public_id}/pace" not in owner.get(f"/campaigns/{slow.public_id}").content.decode()
    assert "The contract is over: nothing sends it." in pace_of(owner, slow), (
        "a page that was open looks again"
    )
    gone = owner.get(f"/campaigns/{slow.public_id}/pace/{phone_linked_sender.public_id}")
    assert gone.status_code == 404
