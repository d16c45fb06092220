"""Hiding what did not go out of a contract: one button with its number, the figures stay, and what fails later is shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from qafila.businesses.models import AuditEntry
from qafila.campaigns.models import Campaign
from qafila.campaigns.queries import results
from qafila.ledger import queries
from qafila.ledger.models import BatchSender, Message
from qafila.ledger.states import State

pytestmark = pytest.mark.django_db
FAILED_AND_SKIPPED = {State.READ: 0.5, State.FAILED: 0.3, State.SKIPPED: 0.2}


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def gone(campaign: Campaign) -> int:
    """How many messages of it did not go out."""
    counts = queries.counts(campaign.batch_id)
    return counts.failed + counts.skipped + counts.cancelled


def hide(client: Client, campaign: Campaign, **fields: str) -> str:
    return text_of(client.post(f"/campaigns/{campaign.public_id}/hide", fields, follow=True))


def listed_as_failed(campaign: Campaign) -> int:
    """In the results of the API, which leave cleared ones out."""
    campaign.refresh_from_db()
    return sum(not went_out for went_out, _row in results(campaign, now=timezone.now()))


def one_more_fails(campaign: Campaign) -> None:
    """A message that was read a moment ago stands as failed now; the counters with it."""
    row = Message.objects.filter(batch_id=campaign.batch_id, state=State.READ).latest("pk")
    Message.objects.filter(pk=row.pk).update(
        state=State.FAILED, reason="cloud_api.131016", failed_at=timezone.now()
    )
    share = BatchSender.objects.get(batch_id=campaign.batch_id, sender_id=campaign.sender_id)
    BatchSender.objects.filter(batch_id=share.batch_id, sender_id=share.sender_id).update(
        read=share.read - 1, failed=share.failed + 1
    )


def test_the_dialog_says_how_many_and_that_nothing_is_lost(
    contract: Callable[..., Campaign], owner: Client
) -> None:
    campaign = contract(shares=FAILED_AND_SKIPPED)
    page = text_of(owner.get(f"/campaigns/{campaign.public_id}"))
    assert 'href="#hide-failed" data-dialog="hide-failed"' in page
    asked = re.search(r'<dialog id="hide-failed".*?</dialog>', page)
    assert asked is not None
    assert f"<p>{gone(campaign)} messages that did not go out leave this page" in asked[0]
    assert "Nothing is deleted or sent" in asked[0]
    assert f'name="expected" value="{gone(campaign)}"' in asked[0]


def test_hidden_ones_leave_page_and_results_and_the_figures_stay(
    contract: Callable[..., Campaign], owner: Client
) -> None:
    campaign = contract(shares=FAILED_AND_SKIPPED)
    before, count = queries.counts(campaign.batch_id), gone(campaign)
    assert listed_as_failed(campaign) == count > 0
    shown = hide(owner, campaign, expected=str(count))
    assert f"{count} messages are hidden. The figures stay as they are." in shown
    assert f"<summary>{count} messages that did not go out are hidden</summary>" in shown
    assert 'id="failed_title"' not in shown
    assert 'id="skipped_title"' not in shown
    assert "hide-failed" not in shown, "there is nothing left to hide"
    assert "Failed messages hidden" in shown, "in the history"
    assert listed_as_failed(campaign) == 0
    assert queries.counts(campaign.batch_id) == before
    assert AuditEntry.objects.latest("pk").action == "contract.failed_cleared"


def test_hidden_ones_can_still_be_tried_again(contract: Callable[..., Campaign], owner: Client) -> None:
    campaign = contract(shares=FAILED_AND_SKIPPED)
    shown = hide(owner, campaign, expected=str(gone(campaign)))
    asked = re.search(r'<dialog id="retry-all".*?name="expected" value="(\d+)"', shown)
    assert asked is not None
    assert 'data-dialog="retry-all"' in shown
    failed = queries.counts(campaign.batch_id).failed
    owner.post(f"/campaigns/{campaign.public_id}/retry", {"expected": asked[1]})
    assert queries.counts(campaign.batch_id).failed == failed - int(asked[1])


def test_again_hides_nothing_and_says_so(contract: Callable[..., Campaign], owner: Client) -> None:
    campaign = contract(shares=FAILED_AND_SKIPPED)
    count = str(gone(campaign))
    hide(owner, campaign, expected=count)
    acts = AuditEntry.objects.count()
    assert "There was nothing to hide." in hide(owner, campaign, expected=count)
    assert AuditEntry.objects.count() == acts


def test_what_failed_after_the_page_is_not_hidden_with_it(
    contract: Callable[..., Campaign], owner: Client
) -> None:
    campaign = contract(shares=FAILED_AND_SKIPPED)
    shown = gone(campaign)
    one_more_fails(campaign)
    for fields in ({"expected": str(shown)}, {}):
        assert "The number is another one by now" in hide(owner, campaign, **fields)
    assert listed_as_failed(campaign) == shown + 1


def test_what_fails_after_the_hiding_is_shown(contract: Callable[..., Campaign], owner: Client) -> None:
    campaign = contract(shares=FAILED_AND_SKIPPED)
    hide(owner, campaign, expected=str(gone(campaign)))
    one_more_fails(campaign)
    page = text_of(owner.get(f"/campaigns/{campaign.public_id}"))
    assert 'id="failed_title"' in page
    assert f'name="expected" value="{gone(campaign)}"' in page
    assert listed_as_failed(campaign) == 1
    assert "1 message is hidden." in hide(owner, campaign, expected=str(gone(campaign)))


def test_a_number_above_a_thousand_is_typed(contract: Callable[..., Campaign], owner: Client) -> None:
    campaign = contract("Large", 1_200, shares={State.FAILED: 1.0})
    hide(owner, campaign, expected="1200")
    hide(owner, campaign, expected="1200", confirmed_count="1100")
    assert listed_as_failed(campaign) == 1_200
    hide(owner, campaign, expected="1200", confirmed_count="1,200")
    assert listed_as_failed(campaign) == 0


def test_a_page_that_refreshes_itself_asks_with_the_number_of_then(
    contract: Callable[..., Campaign], owner: Client
) -> None:
    campaign = contract(shares=FAILED_AND_SKIPPED)
    place, count = f"/campaigns/{campaign.public_id}", gone(campaign)
    part = re.search(r'hx-get="([^"]+/part[^"]*)"', text_of(owner.get(place)))
    assert part is not None
    address = part[1].replace("&amp;", "&")
    assert 'data-dialog="hide-failed"' in text_of(owner.get(address))
    one_more_fails(campaign)
    assert f'href="{place}?hideable={count + 1}#hide-failed">' in text_of(owner.get(address))


def test_where_nothing_failed_there_is_nothing_to_hide(
    contract: Callable[..., Campaign], owner: Client
) -> None:
    campaign = contract(shares={State.READ: 1.0})
    assert "hide-failed" not in text_of(owner.get(f"/campaigns/{campaign.public_id}"))
    assert "There was nothing to hide." in hide(owner, campaign)
