"""Many contracts at once take more than a moment: a job does it, each contract once, however often it is broken off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.test import Client
from django.utils import timezone

from qafila.businesses.models import AuditEntry
from qafila.campaigns.models import Campaign
from qafila.ledger.states import BatchState
from qafila.web.lists import changing
from qafila.web.models import Change
from qafila.web.pages.campaigns.listing import CampaignList

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _two_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CampaignList, "bulk", [replace(one, at_once=2) for one in CampaignList.bulk])


def begin(owner: Client, action: str, count: int) -> Change:
    form = {"action": action, "all": "1", "expected": str(count)}
    answer = owner.post("/campaigns/", form)
    change = Change.objects.get()
    assert answer["Location"] == f"/changes/{change.public_id}"
    return change


def test_many_are_paused(contract: Callable[..., Campaign], owner: Client) -> None:
    made = [contract(f"No. {n}", 20, state=BatchState.FLOWING) for n in range(3)]
    change = begin(owner, "pause", 3)
    assert f'href="/changes/{change.public_id}"' in owner.get("/campaigns/").content.decode()
    changing.run(change.pk, now=timezone.now())
    for one in made:
        one.batch.refresh_from_db()
        assert one.batch.state == BatchState.PAUSED
    assert "Done with 3 contracts." in owner.get(f"/changes/{change.public_id}").content.decode()
    assert AuditEntry.objects.filter(action="contract.paused").count() == 3


def test_none_is_copied_twice(contract: Callable[..., Campaign], owner: Client) -> None:
    for n in range(4):
        contract(f"No. {n}", 20)
    change = begin(owner, "copy", 4)
    looks = iter([False, False, True])
    changing.run(change.pk, now=timezone.now(), is_stopping=lambda: next(looks))
    assert Campaign.objects.count() == 4 + 2, "what was not told is not done"
    changing.run(change.pk, now=timezone.now())
    change.refresh_from_db()
    assert (change.state, change.changed, change.done) == ("finished", 4, 4)
    assert Campaign.objects.count() == 4 + 4
