"""An owner or admin gives a contract to another number or to a package; others are not offered it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from qafila.businesses.models import AuditEntry
from qafila.campaigns.models import Campaign
from qafila.ledger.models import Batch
from qafila.ledger.states import BatchState
from qafila.senders.models import Package, PackageMember
from qafila.web.lists import changing
from qafila.web.models import Change
from qafila.web.pages.campaigns import giving
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
    assert "From now on Caravan pool sends what still waits." in text(given)
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


@pytest.fixture
def given(owner: Client, place: str, pool: Package, monkeypatch: pytest.MonkeyPatch) -> Change:
    """A large contract, given to the package: the job that does it."""
    monkeypatch.setattr(giving, "AT_ONCE", 3)
    answer = owner.post(f"{place}/give", {"to": f"package:{pool.public_id}", "expected": "4"})
    change = Change.objects.get()
    assert answer["Location"] == f"/changes/{change.public_id}"
    return change


def over(world: World) -> Package | None:
    return Campaign.objects.get(pk=world.here.campaign.pk).package


def test_a_large_one_is_given_by_a_job(owner: Client, world: World, given: Change, pool: Package) -> None:
    where = f"/changes/{given.public_id}"
    assert re.search(r'<progress[^>]* value="0" max="4"', owner.get(where).content.decode())
    assert f'href="{where}"' in text(owner.get("/campaigns/"))
    assert over(world) is None
    changing.run(given.pk, now=timezone.now())
    assert over(world) == pool
    assert "From now on Caravan pool sends what still waits." in text(owner.get(where))


def test_of_a_large_one_all_goes_or_nothing_and_once(world: World, given: Change, pool: Package) -> None:
    changing.run(given.pk, now=timezone.now(), is_stopping=lambda: True)
    assert over(world) is None
    for _ in range(2):
        changing.run(given.pk, now=timezone.now())
        given.refresh_from_db()
        assert (given.state, given.done, given.changed) == ("finished", 4, 4)
        Change.objects.filter(pk=given.pk).update(finished_at=None)  # lost before it could say so
    assert over(world) == pool
    assert AuditEntry.objects.filter(action="contract.moved").count() == 1


def test_a_large_one_whose_package_went_away_stays(world: World, given: Change) -> None:
    Change.objects.filter(pk=given.pk).update(reason="package:00000000-0000-0000-0000-000000000000")
    changing.run(given.pk, now=timezone.now())
    given.refresh_from_db()
    assert (given.state, given.level, over(world)) == ("finished", "error", None)


def test_what_cannot_take_a_large_one_is_said_at_once(
    owner: Client, world: World, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(giving, "AT_ONCE", 3)
    to = str(world.here.more["number"].public_id)
    answer = owner.post(f"{place}/give", {"to": to, "expected": "4"})
    assert answer.status_code == 422
    assert "not connected" in text(answer)
    assert not Change.objects.exists()


def test_the_list_itself_gives_nothing(owner: Client, world: World, pool: Package) -> None:
    assert 'value="give"' not in text(owner.get("/campaigns/"))
    body = {"action": "give", "all": "1", "expected": "1", "reason": f"package:{pool.public_id}"}
    assert owner.post("/campaigns/", body).status_code == 400
    assert over(world) is None


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
