"""The wizard offers numbers, packages and directions with what holds each, keeps the choice, and says the truth of it at the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.web.world import World

pytestmark = pytest.mark.django_db
Browser = Callable[..., Client]
PASTED = "Phone\tMessage\n+79161230001\tHello Anna\n+79161230002\tHello Boris\n"
TEMPLATE = {"name": "order_update", "language": "en", "variable": None}


@pytest.fixture
def client(world: World, browser: Browser) -> Client:
    """The owner, whose numbers can send and have the same template that carries texts."""
    from qafila.senders.actions import create_sender, packages
    from qafila.senders.models import Sender

    here = world.here
    second = create_sender(
        business=here.business,
        name="Second number",
        phone="+201000000077",
        provider_account=here.account,
        ref="200000000000077",
        actor=here.actor,
        now=world.now,
    )
    here.more["second"] = second
    packages.add_member(package=here.more["package"], sender=second, actor=here.actor, now=world.now)
    Sender.objects.filter(pk__in=[here.sender.pk, second.pk]).update(
        state="ready", state_reason="", rest_until=None, default_template=TEMPLATE
    )
    return browser(here.people["owner"])


def paste(client: Client) -> str:
    return str(client.post("/campaigns/new/", {"pasted": PASTED})["Location"]).removesuffix("/map")


def text_of(answer: Any) -> str:
    return " ".join(str(answer.content.decode()).split())


def chosen(page: str, value: str) -> bool:
    return f'value="{value}" checked' in page


FORM = {"phone": "0", "message": "1", "kind": "column"}


def test_a_contract_over_a_package_from_the_choice_to_its_page(client: Client, world: World) -> None:
    from qafila.campaigns.models import Campaign
    from qafila.senders.models import Sender

    package, second = world.here.more["package"], world.here.more["second"]
    value = f"package:{package.public_id}"
    Sender.objects.filter(pk=second.pk).update(state="paused", state_reason="paused_by_person")
    place = paste(client)
    shown = text_of(client.get(f"{place}/map"))
    assert "1 of 2 numbers can send now." in shown
    assert not chosen(shown, value)
    assert client.post(f"{place}/keep", {"sender": value}).status_code == 200
    shown = text_of(client.get(f"{place}/map"))
    assert chosen(shown, value)
    assert shown.count(" checked") == 2  # it and the kind of content: no number beside it
    Sender.objects.filter(pk=second.pk).update(state="ready", state_reason="")
    assert client.post(f"{place}/map", {**FORM, "sender": value})["Location"] == f"{place}/check"
    shown = text_of(client.get(f"{place}/send"))
    assert 'aria-current="step"' in shown
    assert "From the package" in shown
    assert f'href="/packages/{package.public_id}"' in shown
    assert "2 of 2 numbers can send now." in shown
    assert "Load per number" in shown
    assert "about 1 message" in shown
    client.post(f"{place}/start", {"title": "Over the pool"})
    campaign = Campaign.objects.get(name="Over the pool")
    assert (campaign.package, campaign.sender) == (package, None)
    shown = text_of(client.get(f"/campaigns/{campaign.public_id}"))
    assert f'<a href="/packages/{package.public_id}" dir="auto">{package.name}</a>' in shown


def test_a_package_without_an_active_number_is_refused_with_its_reason(client: Client, world: World) -> None:
    from qafila.campaigns.models import Campaign
    from qafila.senders.models import Sender

    package = world.here.more["package"]
    place = paste(client)
    client.post(f"{place}/map", {**FORM, "sender": f"package:{package.public_id}"})
    Sender.objects.filter(memberships__package=package).update(state="paused")
    assert "None of its numbers can send" in text_of(client.get(f"{place}/map"))
    shown = text_of(client.get(f"{place}/send"))
    assert "This has to be put right first" in shown
    assert "No active profiles available in this package" in shown
    assert f'href="{place}/map#sender"' in shown
    before = Campaign.objects.count()
    client.post(f"{place}/start", {"title": "x"})
    assert Campaign.objects.count() == before


def test_a_direction_chooses_the_number_and_says_why(client: Client, world: World) -> None:
    from qafila.campaigns.models import Campaign
    from qafila.senders.models import Sender

    line, number, second = world.here.more["direction"], world.here.sender, world.here.more["second"]
    Sender.objects.filter(business=world.here.business).exclude(pk__in=[number.pk, second.pk]).delete()
    place = paste(client)
    shown = text_of(client.get(f"{place}/map"))
    assert f"Now it would be: <bdi>{number.name}</bdi>" in shown
    client.post(f"{place}/map", {**FORM, "sender": f"direction:{line.public_id}"})
    shown = text_of(client.get(f"{place}/send"))
    assert "For the direction" in shown
    assert number.name in shown
    assert line.name in shown
    client.post(f"{place}/start", {"title": "For the line"})
    campaign = Campaign.objects.get(name="For the line")
    assert (campaign.direction, campaign.sender) == (line, number)
    shown = text_of(client.get(f"/campaigns/{campaign.public_id}"))
    assert f'href="/directions/{line.public_id}"' in shown
    assert f'href="/senders/{number.public_id}"' in shown
    assert "How the direction found its number" in shown


@pytest.mark.parametrize("kind", ["number", "package", "direction", "nonsense"])
def test_what_is_not_here_is_refused_and_the_choice_stays(client: Client, world: World, kind: str) -> None:
    from qafila.campaigns.models import Draft

    there = world.there
    wanted = {
        "number": str(there.sender.public_id),
        "package": f"package:{there.more['package'].public_id}",
        "direction": f"direction:{there.more['direction'].public_id}",
        "nonsense": "elsewhere:1",
    }[kind]
    place = paste(client)
    before = Draft.objects.values().get()
    for step in ("map", "keep"):
        answer = client.post(f"{place}/{step}", {**FORM, "sender": wanted})
        assert answer.status_code == 422
        assert there.business.name not in text_of(answer)
    assert Draft.objects.values().get() == before


def test_a_package_that_was_deleted_leads_nowhere(client: Client, world: World) -> None:
    """From the page of a contract, and from an alert."""
    from qafila.alerts.actions import raise_alert
    from qafila.alerts.models import Level
    from qafila.campaigns.actions import create_contract
    from qafila.senders.models import Package

    here = world.here
    package = here.more["package"]
    made = create_contract(
        business=here.business,
        package=package,
        name="Once",
        recipients=[{"phoneNumber": "+201000000055", "message": "Hello"}],
        actor=here.actor,
        now=world.now,
    ).campaign
    raise_alert(
        "package_waiting",
        business_id=here.business.pk,
        level=Level.CRITICAL,
        params={"package": package.name},
        subject=("package", str(package.public_id)),
        now=world.now,
    )
    link = f'href="/packages/{package.public_id}"'
    addresses = (f"/campaigns/{made.public_id}", "/alerts/")
    assert [link in text_of(client.get(one)) for one in addresses] == [True, True]
    Package.objects.filter(pk=package.pk).update(deleted_at=world.now)
    assert [link in text_of(client.get(one)) for one in addresses] == [False, False]


def test_low_quality_is_said_before_the_start(client: Client, world: World) -> None:
    from qafila.senders.models import Sender, SenderHealth

    package, first, second = world.here.more["package"], world.here.sender, world.here.more["second"]
    rated = SenderHealth.objects.update_or_create
    rated(sender=second, defaults={"quality": "RED"})
    rated(sender=first, defaults={"quality": "GREEN"})
    place = paste(client)
    client.post(f"{place}/map", {**FORM, "sender": str(second.public_id)})
    shown = text_of(client.get(f"{place}/send"))
    assert "<dt>Quality</dt>" in shown
    assert "Low quality" in shown
    assert "Meta rates the quality as low (red)" in shown
    rated(sender=second, defaults={"quality": "YELLOW"})
    client.post(f"{place}/map", {**FORM, "sender": f"package:{package.public_id}"})
    shown = text_of(client.get(f"{place}/send"))
    assert "Meta rates the quality as medium (yellow)" in shown
    assert f"<bdi>{second.name}</bdi>" in shown.partition("<dt>Quality</dt>")[2].partition("</dd>")[0]
    # One that is paused sends nothing of it.
    Sender.objects.filter(pk=second.pk).update(state="paused")
    assert "<dt>Quality</dt>" not in text_of(client.get(f"{place}/send"))
    client.post(f"{place}/map", {**FORM, "sender": str(first.public_id)})
    assert "<dt>Quality</dt>" not in text_of(client.get(f"{place}/send"))
