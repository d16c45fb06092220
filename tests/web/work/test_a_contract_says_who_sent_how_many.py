"""A contract over a package, of a direction, or given to others: each number with what it sent; a figure leads to the list of
exactly these. The list of contracts is filtered by package and by direction."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from html import unescape

import pytest
from django.test import Client

from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.campaigns.models import Campaign
from qafila.ledger.models import Batch, BatchSender, Message
from qafila.ledger.states import State, Target
from qafila.senders.actions import create_direction, create_sender, packages
from qafila.senders.direction_models import Direction
from qafila.senders.models import Package, ProviderAccount, Sender
from tests.web.work.test_a_number_equals_its_list import length, links

pytestmark = pytest.mark.django_db
TITLE = "Which number sent how many"
_ROW = re.compile(r'<tr><td class="q-first">(.*?)</tr>', re.DOTALL)
_NUMBER = re.compile(r'<bdi dir="ltr" class="q-num">([\d,]+)</bdi>')


@pytest.fixture
def second(
    business: Business, provider_account: ProviderAccount, sender: Sender, owner_actor: Actor, now: datetime
) -> Sender:
    return create_sender(
        business=business,
        name="Second",
        phone="+201000000009",
        provider_account=provider_account,
        ref="200000000000009",
        actor=owner_actor,
        now=now,
    )


@pytest.fixture
def pool(business: Business, sender: Sender, second: Sender, owner_actor: Actor, now: datetime) -> Package:
    made = packages.create_package(business=business, name="Clinics", actor=owner_actor, now=now)
    for one in (sender, second):
        packages.add_member(package=made, sender=one, actor=owner_actor, now=now)
    return made


@pytest.fixture
def line(business: Business, sender: Sender, owner_actor: Actor, now: datetime) -> Direction:
    return create_direction(business=business, name="Implants", sender=sender, actor=owner_actor, now=now)


def split(campaign: Campaign, to: Sender) -> None:
    """Every third message was sent by another number; the counters are written anew."""
    touched = Message.objects.filter(batch_id=campaign.batch_id, sender_id__gt=0)
    ids = list(touched.order_by("pk").values_list("pk", flat=True))[::3]
    Message.objects.filter(pk__in=ids).update(sender_id=to.pk)
    BatchSender.objects.filter(batch_id=campaign.batch_id, sender_id__gt=0).delete()
    for number in {campaign.sender_id, to.pk}:
        of = Message.objects.filter(batch_id=campaign.batch_id, sender_id=number)
        states = (State.SENDING, State.UNCERTAIN, State.SENT, State.FAILED, State.DELIVERED, State.READ)
        counts = {state.word: of.filter(state=state).count() for state in states}
        BatchSender.objects.create(batch_id=campaign.batch_id, sender_id=number, **counts)


def table(client: Client, campaign: Campaign) -> dict[str, list[int]]:
    """Name of a number to its figures."""
    text = client.get(f"/campaigns/{campaign.public_id}").content.decode()
    if TITLE not in text:
        return {}
    rows = _ROW.findall(text.partition(TITLE)[2].partition("</table>")[0])
    return {
        re.sub("<[^>]+>", "", row.partition("</span>")[0]): [
            int(n.replace(",", "")) for n in _NUMBER.findall(row.partition("</td>")[2])
        ]
        for row in rows
    }


def figures_of(campaign: Campaign, sender: Sender) -> list[int]:
    """Counted in the messages themselves."""
    of = Message.objects.filter(batch_id=campaign.batch_id, sender_id=sender.pk)
    steps = (
        (State.SENT, State.DELIVERED, State.READ),
        (State.DELIVERED, State.READ),
        (State.READ,),
        (State.FAILED,),
        (State.UNCERTAIN,),
    )
    return [of.filter(state__in=states).count() for states in steps]


def shares(client: Client, campaign: Campaign) -> list[tuple[str, int]]:
    return [(url, n) for url, n in links(client, f"/campaigns/{campaign.public_id}") if "sender=" in url]


def test_a_package(
    contract: Callable[..., Campaign], owner: Client, sender: Sender, second: Sender, pool: Package
) -> None:
    campaign = contract("Over the pool", 160)
    split(campaign, second)
    Campaign.objects.filter(pk=campaign.pk).update(sender=None, package=pool)
    Batch.objects.filter(pk=campaign.batch_id).update(target_kind=Target.PACKAGE, target_id=pool.pk)
    found = table(owner, campaign)
    assert found == {"Main": figures_of(campaign, sender), "Second": figures_of(campaign, second)}
    assert all(sum(each) for each in found.values())
    assert next(iter(found)) == "Main", "who sent most stands first"
    linked = shares(owner, campaign)
    assert len(linked) == 10
    assert [(url, n) for url, n in linked if length(owner, url) != (n, n)] == []
    part = owner.get(f"/campaigns/{campaign.public_id}/part").content.decode()
    assert TITLE in part, "it follows while the contract runs"


def test_a_direction_and_what_others_took_over(
    contract: Callable[..., Campaign], owner: Client, sender: Sender, second: Sender, line: Direction
) -> None:
    alone, given = contract("Its own", 90), contract("Given", 120)
    assert table(owner, alone) == {}, "one number's own: the funnel says it all"
    Campaign.objects.filter(pk=alone.pk).update(direction=line)
    assert table(owner, alone) == {"Main": figures_of(alone, sender)}
    split(given, second)
    assert table(owner, given) == {"Main": figures_of(given, sender), "Second": figures_of(given, second)}
    for campaign in (alone, given):
        linked = shares(owner, campaign)
        assert linked
        assert [(url, n) for url, n in linked if length(owner, url) != (n, n)] == []


def test_a_number_that_is_gone_keeps_its_line(
    contract: Callable[..., Campaign], owner: Client, sender: Sender, second: Sender
) -> None:
    campaign = contract()
    split(campaign, second)
    figures = figures_of(campaign, second)
    second.delete()
    found = table(owner, campaign)
    assert found == {"Main": figures_of(campaign, sender), "A number that was deleted": figures}


def test_more_numbers_ask_no_more_of_the_database(
    contract: Callable[..., Campaign],
    owner: Client,
    business: Business,
    provider_account: ProviderAccount,
    second: Sender,
    django_assert_max_num_queries: Callable[..., object],
) -> None:
    campaign = contract()
    split(campaign, second)
    for n in range(30):
        made = Sender.objects.create(
            business=business,
            provider_account=provider_account,
            name=f"Number {n}",
            phone=f"+2010000003{n:02d}",
            ref=f"3{n:02d}",
            state="ready",
            in_use_since=campaign.created_at,
            created_at=campaign.created_at,
        )
        BatchSender.objects.create(batch_id=campaign.batch_id, sender_id=made.pk, sent=1)
    address = f"/campaigns/{campaign.public_id}/part"
    owner.get(address)
    with django_assert_max_num_queries(24):
        text = owner.get(address).content.decode()
    assert "Number 29" in text


def test_the_list_is_filtered_by_package_and_direction(
    contract: Callable[..., Campaign], owner: Client, pool: Package, line: Direction, other_business: Business
) -> None:
    over, of, _neither = contract("Over the pool", 20), contract("For implants", 20), contract("Neither", 20)
    Campaign.objects.filter(pk=over.pk).update(sender=None, package=pool)
    Campaign.objects.filter(pk=of.pk).update(direction=line)
    for key, chosen, name in (("package", pool, "Over the pool"), ("direction", line, "For implants")):
        address = f"/campaigns/?{key}={chosen.public_id}"
        text = unescape(owner.get(address).content.decode())
        assert [one for one in ("Over the pool", "For implants", "Neither") if one in text] == [name]
        assert f'<option value="{chosen.public_id}" selected>{chosen.name}</option>' in text
        assert length(owner, address) == (1, 1)
    type(line).objects.filter(pk=line.pk).update(business=other_business)
    text = owner.get(f"/campaigns/?direction={line.public_id}").content.decode()
    assert "A part of this link is not known here" in text
    assert 'name="direction"' not in text, "nothing to choose: not asked for"
    assert 'name="package"' in text
