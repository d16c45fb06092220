"""Deciding for all that failed or is uncertain in a contract: the dialog says how many, no more than it said are changed, and
very many are changed in the background."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from qafila.businesses.models import AuditEntry
from qafila.campaigns.models import Campaign
from qafila.ledger import queries
from qafila.ledger.models import BatchSender, Message
from qafila.ledger.states import State
from qafila.web.lists import changing
from qafila.web.models import Change
from qafila.web.pages.messages import bulk

pytestmark = pytest.mark.django_db
HOPELESS = "cloud_api.131026"


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def dialog(page: str, name: str) -> str:
    found = re.search(f'<dialog id="{name}".*?</dialog>', page)
    assert found is not None, name
    return found[0]


def more_uncertain(campaign: Campaign, how_many: int) -> None:
    """Messages that are sent just now and whose outcome is lost; the counters with them."""
    sent = Message.objects.filter(batch_id=campaign.batch_id, state=State.SENT)
    ids, now = list(sent.values_list("pk", flat=True)[:how_many]), timezone.now()
    Message.objects.filter(pk__in=ids).update(state=State.UNCERTAIN, claimed_at=now, uncertain_at=now)
    row = BatchSender.objects.get(batch_id=campaign.batch_id, sender_id=campaign.sender_id)
    BatchSender.objects.filter(batch_id=row.batch_id, sender_id=row.sender_id).update(
        sent=row.sent - how_many, uncertain=row.uncertain + how_many
    )


def test_each_dialog_says_how_many_and_sends_it_along(
    contract: Callable[..., Campaign], owner: Client
) -> None:
    campaign = contract()
    count = queries.counts(campaign.batch_id).uncertain
    page = text_of(owner.get(f"/campaigns/{campaign.public_id}"))
    for name in ("settle-sent", "settle-failed", "settle-resend"):
        asked = dialog(page, name)
        assert f"<p>{count} messages " in asked
        assert f'name="expected" value="{count}"' in asked
        assert f'href="#{name}" data-dialog="{name}"' in page
    asked = dialog(page, "retry-all")
    expected = re.search(r'name="expected" value="(\d+)"', asked)
    assert expected is not None
    assert f"<p>{expected[1]} messages are queued again" in asked
    assert f"Try {expected[1]} again" in page


def test_what_became_uncertain_after_the_page_is_not_decided_with_it(
    contract: Callable[..., Campaign], owner: Client
) -> None:
    campaign = contract()
    place = f"/campaigns/{campaign.public_id}"
    shown = queries.counts(campaign.batch_id).uncertain
    more_uncertain(campaign, 3)
    before, acts = queries.counts(campaign.batch_id), AuditEntry.objects.count()
    for verb in ("settle_resend", "settle_sent", "settle_failed"):
        for fields in ({"expected": str(shown)}, {"expected": ""}, {}):
            answer = owner.post(f"{place}/settle", {"verb": verb, **fields}, follow=True)
            assert f"By now {shown + 3} messages are uncertain. Look once more." in text_of(answer)
    assert (queries.counts(campaign.batch_id), AuditEntry.objects.count()) == (before, acts)
    answer = owner.post(f"{place}/settle", {"verb": "settle_resend", "expected": str(shown + 3)}, follow=True)
    assert f"{shown + 3} messages are queued again." in text_of(answer)


def test_what_failed_after_the_page_is_not_tried_again_with_it(
    contract: Callable[..., Campaign], owner: Client
) -> None:
    campaign = contract()
    before = queries.counts(campaign.batch_id)
    for fields in ({"expected": "1"}, {}):
        answer = owner.post(f"/campaigns/{campaign.public_id}/retry", fields, follow=True)
        assert "The number is another one by now" in text_of(answer)
    assert queries.counts(campaign.batch_id) == before


def test_a_number_above_a_thousand_is_typed_as_it_was_shown(
    contract: Callable[..., Campaign], owner: Client
) -> None:
    campaign = contract("Large", 1_200, shares={State.UNCERTAIN: 1.0})
    place = f"/campaigns/{campaign.public_id}"
    assert 'data-must-equal="1200"' in dialog(text_of(owner.get(place)), "settle-sent")
    form = {"verb": "settle_sent", "expected": "1200"}
    owner.post(f"{place}/settle", form)
    owner.post(f"{place}/settle", {**form, "confirmed_count": "1100"})
    assert queries.counts(campaign.batch_id).uncertain == 1_200
    owner.post(f"{place}/settle", {**form, "confirmed_count": "1200"})
    assert queries.counts(campaign.batch_id).sent == 1_200


def test_a_page_that_refreshes_itself_asks_with_the_number_of_then(
    contract: Callable[..., Campaign], owner: Client
) -> None:
    campaign = contract()
    place = f"/campaigns/{campaign.public_id}"
    count = queries.counts(campaign.batch_id).uncertain
    part = re.search(r'hx-get="([^"]+/part[^"]*)"', text_of(owner.get(place)))
    assert part is not None
    address = part[1].replace("&amp;", "&")
    assert 'data-dialog="settle-resend"' in text_of(owner.get(address))
    more_uncertain(campaign, 2)
    shown = text_of(owner.get(address))
    assert f'href="{place}?uncertain={count + 2}#settle-resend">' in shown
    assert 'data-dialog="settle-' not in shown
    assert 'data-dialog="retry-all"' in shown, "that number is still the same"
    anew = text_of(owner.get(f"{place}?uncertain={count + 2}"))
    assert f'name="expected" value="{count + 2}"' in dialog(anew, "settle-resend")


@pytest.mark.parametrize("verb", ["settle_resend", "settle_failed"])
def test_very_many_are_settled_in_the_background(
    contract: Callable[..., Campaign], owner: Client, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    campaign = contract()
    count = queries.counts(campaign.batch_id).uncertain
    assert count > 2
    form = {"verb": verb, "expected": str(count)}
    answer = owner.post(f"/campaigns/{campaign.public_id}/settle", form, follow=True)
    assert "It is being done in the background." in text_of(answer)
    assert queries.counts(campaign.batch_id).uncertain == count
    change = Change.objects.get()
    more_uncertain(campaign, 1)
    changing.run(change.pk, now=timezone.now())
    change.refresh_from_db()
    assert (change.state, change.changed, change.total) == ("finished", count, count)
    assert queries.counts(campaign.batch_id).uncertain == 1, "what came later was not asked about"


def test_very_many_are_tried_again_in_the_background(
    contract: Callable[..., Campaign], owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    campaign = contract()
    place = f"/campaigns/{campaign.public_id}"
    asked = dialog(text_of(owner.get(place)), "retry-all")
    count = int(asked.partition('name="expected" value="')[2].partition('"')[0])
    failed = queries.counts(campaign.batch_id).failed
    assert 2 < count < failed
    answer = owner.post(f"{place}/retry", {"expected": str(count)}, follow=True)
    assert "It is being done in the background." in text_of(answer)
    assert queries.counts(campaign.batch_id).failed == failed
    change = Change.objects.get()
    changing.run(change.pk, now=timezone.now())
    change.refresh_from_db()
    assert (change.changed, queries.counts(campaign.batch_id).failed) == (count, failed - count)
    left = Message.objects.filter(batch_id=campaign.batch_id, state=State.FAILED)
    assert set(left.values_list("reason", flat=True)) >= {HOPELESS}
