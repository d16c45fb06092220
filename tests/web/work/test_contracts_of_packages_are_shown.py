"""A contract over a package has no number of its own: every page of it shows the package's name; an open message has a page
of its own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from qafila.businesses.refusals import Clash
from qafila.campaigns.actions import create_contract, create_open_message, start_contract
from qafila.campaigns.rules.open_content import read_open_content
from qafila.dispatch import losses
from qafila.ledger.models import Batch
from qafila.ledger.states import BatchState
from qafila.senders.actions import packages
from qafila.web.pages.campaigns.bulk import start_one
from tests.web.world import World

pytestmark = pytest.mark.django_db


def test_lists_and_pages_show_the_package(world: World, browser: object) -> None:
    here, now = world.here, datetime.now(UTC)
    pool = packages.create_package(business=here.business, name="Pool of clinics", actor=here.actor, now=now)
    packages.add_member(package=pool, sender=here.sender, actor=here.actor, now=now)
    made = create_contract(
        business=here.business,
        package=pool,
        name="March over a package",
        recipients=[{"phoneNumber": "+201000000055", "message": "Hello"}],
        actor=here.actor,
        now=now,
    ).campaign
    start_contract(business=here.business, public_id=made.public_id, actor=here.actor, now=now)
    opened = create_open_message(
        business=here.business,
        target=pool,
        content=read_open_content("text", "Only once"),
        recipients=["+201000000056"],
        actor=here.actor,
        now=now,
    ).campaign
    client = browser(here.people["owner"])  # type: ignore[operator]
    for name, shown in (("campaigns:list", True), ("dashboard:home", True)):
        page = client.get(reverse(name)).content.decode()
        assert ("Pool of clinics" in page) is shown, name
    for name in ("campaigns:detail", "campaigns:part", "campaigns:waiting"):
        assert client.get(reverse(name, args=[made.public_id])).status_code == 200, name
    assert (
        "Pool of clinics" in client.get(reverse("campaigns:detail", args=[made.public_id])).content.decode()
    )
    exported = client.get(reverse("campaigns:list") + "?format=csv")
    assert b"Pool of clinics" in b"".join(exported.streaming_content)
    listed = client.get(reverse("messages:list")).content.decode()
    assert "March over a package" in listed
    assert "Only once" in listed
    assert reverse("open_messages:detail", args=[opened.public_id]) in listed
    assert client.get(reverse("campaigns:detail", args=[opened.public_id])).status_code == 404


def test_what_is_held_for_its_package_goes_on_only_from_the_page_that_says_why(
    world: World, browser: object
) -> None:
    here, now = world.here, datetime.now(UTC)
    pool = packages.create_package(business=here.business, name="Pool of clinics", actor=here.actor, now=now)
    packages.add_member(package=pool, sender=here.sender, actor=here.actor, now=now)
    made = create_contract(
        business=here.business,
        package=pool,
        name="March over a package",
        recipients=[{"phoneNumber": "+201000000055", "message": "Hello"}],
        actor=here.actor,
        now=now,
    ).campaign
    losses.hold(pool, lost=2, reason="phone_banned", at=now)
    client, path = browser(here.people["owner"]), reverse("campaigns:start", args=[made.public_id])  # type: ignore[operator]
    batch = Batch.objects.filter(pk=made.batch_id)
    for _ in range(2):  # pressed twice, or from the list
        client.post(path)
        assert batch.get().state == BatchState.PAUSED
    with pytest.raises(Clash) as left:
        start_one(business=here.business, public_id=made.public_id, actor=here.actor, now=now)
    assert left.value.code == "package_on_hold"
    page = client.get(reverse("campaigns:detail", args=[made.public_id])).content.decode()
    assert '<input type="hidden" name="held" value="1">' in page
    client.post(path, {"held": "1"})
    assert batch.get().state == BatchState.FLOWING
    page = client.get(reverse("campaigns:detail", args=[made.public_id])).content.decode()
    assert 'name="held"' not in page
