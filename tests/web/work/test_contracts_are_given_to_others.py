"""An owner or admin gives a contract to another number or to a package; others are not offered it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from qafila.businesses.models import AuditEntry
from qafila.campaigns.models import Campaign
from qafila.ledger.models import Batch
from qafila.ledger.states import BatchState
from qafila.senders.models import Package, PackageMember
from tests.web.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(world: World, browser: Callable[..., Client]) -> Client:
    return browser(world.here.people["owner"])


@pytest.fixture
def place(world: World) -> str:
    return f"/campaigns/{world.here.campaign.public_id}"


@pytest.fixture
def pool(world: World) -> Package:
    found: Package = world.here.more["package"]
    return found


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_it_goes_to_a_package_and_back(owner: Client, world: World, place: str, pool: Package) -> None:
    campaign, sender = world.here.campaign, world.here.sender
    assert f"{place}/give" in text(owner.get(place))
    page = text(owner.get(f"{place}/give"))
    assert "<bdi>4</bdi> messages still wait for <bdi>Caravan number</bdi>" in page
    assert "Caravan pool" in page
    assert f'value="{sender.public_id}"' not in page, "it has it already"
    given = owner.post(f"{place}/give", {"to": f"package:{pool.public_id}", "expected": "4"}, follow=True)
    assert "Caravan pool\u2069 sends what still waits." in text(given)
    campaign.refresh_from_db()
    assert (campaign.package, campaign.sender) == (pool, None)
    assert AuditEntry.objects.latest("pk").action == "contract.moved"
    owner.post(f"{place}/give", {"to": str(sender.public_id), "expected": "4"})
    campaign.refresh_from_db()
    assert (campaign.package, campaign.sender) == (None, sender)


def test_more_than_was_shown_asks_again(owner: Client, world: World, place: str, pool: Package) -> None:
    answer = owner.post(f"{place}/give", {"to": f"package:{pool.public_id}", "expected": "3"})
    assert answer.status_code == 422
    assert "The number is another one by now" in text(answer)
    assert 'name="expected" value="4"' in text(answer)
    assert Campaign.objects.get(pk=world.here.campaign.pk).package is None


def test_what_cannot_take_it_is_said(owner: Client, world: World, place: str) -> None:
    spare = world.here.more["number"]
    answer = owner.post(f"{place}/give", {"to": str(spare.public_id), "expected": "4"})
    assert answer.status_code == 422
    assert "not connected" in text(answer)
    for nonsense in ("", "x", f"package:{spare.public_id}", str(world.there.sender.public_id)):
        assert owner.post(f"{place}/give", {"to": nonsense, "expected": "4"}).status_code == 422


def test_only_owners_and_admins_may(world: World, browser: Callable[..., Client], place: str) -> None:
    for role, may in (("admin", True), ("agent", False), ("read_only", False)):
        client = browser(world.here.people[role])
        assert (f"{place}/give" in text(client.get(place))) is may
        assert client.get(f"{place}/give").status_code == (200 if may else 403)


@pytest.mark.parametrize("state", [BatchState.FINISHED, BatchState.CANCELLED])
def test_one_that_is_over_is_not_offered(owner: Client, world: World, place: str, state: BatchState) -> None:
    Batch.objects.filter(pk=world.here.campaign.batch_id).update(state=state)
    assert f"{place}/give" not in text(owner.get(place))


def test_nobody_else_is_there(owner: Client, world: World, place: str, pool: Package) -> None:
    PackageMember.objects.filter(package=pool).delete()
    pool.delete()
    world.here.more["direction"].delete()
    world.here.more["number"].delete()
    page = text(owner.get(f"{place}/give"))
    assert "There is no other number and no other package yet." in page
