"""Directions on pages: the number of each, where a message would go and why, and a number that is gone."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from qafila.businesses.actor import Actor
    from qafila.businesses.models import Business
    from qafila.senders.direction_models import Direction
    from qafila.senders.models import Sender

pytestmark = pytest.mark.django_db


@pytest.fixture
def line(business: Business, phone_linked_sender: Sender, sender: Sender, owner_actor: Actor) -> Direction:
    """Implants, on the phone-linked number; the default is the official one."""
    from qafila.senders.actions import change_number, create_direction

    now = datetime.now(UTC)
    change_number(sender=sender, is_default=True, actor=owner_actor, now=now)
    return create_direction(
        business=business,
        name="Implants",
        sender=phone_linked_sender,
        colour="#1f8a70",
        actor=owner_actor,
        now=now,
    )


def _choices(page: str) -> dict[str, list[str]]:
    """What the form of a number's directions holds unseen."""
    return {name: re.findall(rf'name="{name}" value="([^"]+)"', page) for name in ("shown", "was")}


def _text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def _cards(answer: Any) -> list[Any]:
    return [line.row.card for line in answer.context["lines"]]


def test_a_row_shows_its_number_and_what_stands_in(
    owner: Client, line: Direction, sender: Sender, phone_linked_sender: Sender, owner_actor: Actor
) -> None:
    from qafila.senders.actions import pause_sender

    (card,) = _cards(owner.get("/directions/"))
    assert (card.served.sender, card.served.fell_back, card.differs) == (phone_linked_sender, False, False)
    pause_sender(sender=phone_linked_sender, by="person", actor=owner_actor, now=datetime.now(UTC))
    page = owner.get("/directions/")
    (card,) = _cards(page)
    assert (card.served.sender, card.ads.sender, card.differs) == (sender, phone_linked_sender, True)
    text = _text(page)
    assert "Another number stands in" in text
    assert "is paused." in text
    assert 'fill="#1f8a70"' in text
    assert _cards(owner.get("/directions/?state=stands_in")) == [card]
    assert _cards(owner.get("/directions/?state=own")) == []


def test_another_number_is_made_to_stand_in(
    owner: Client, line: Direction, sender: Sender, phone_linked_sender: Sender
) -> None:
    place = f"/directions/{line.public_id}"
    form = {"name": "Implants", "number": str(sender.public_id), "colour": ""}
    owner.post(place, {**form, "fallback": str(phone_linked_sender.public_id)})
    line.refresh_from_db()
    assert (line.sender, line.fallback_sender) == (sender, phone_linked_sender)
    assert "Stands in for it: <bdi>Phone</bdi>" in _text(owner.get("/directions/"))
    page = _text(owner.get(place))
    assert f'<option value="{phone_linked_sender.public_id}" selected' in page
    owner.post(place, {**form, "fallback": ""})
    line.refresh_from_db()
    assert line.fallback_sender is None


def test_a_number_is_moved_to_another_direction_on_its_own_page(
    owner: Client,
    line: Direction,
    business: Business,
    sender: Sender,
    phone_linked_sender: Sender,
    owner_actor: Actor,
) -> None:
    from qafila.senders.actions import create_direction

    braces, later = (
        create_direction(business=business, name=name, sender=on, actor=owner_actor, now=datetime.now(UTC))
        for name, on in (("Braces", sender), ("Later", phone_linked_sender))
    )
    place = f"/senders/{phone_linked_sender.public_id}"
    assert f'href="{place}#directions"' in _text(owner.get("/senders/"))
    page = _text(owner.get(place))
    assert f'name="direction" value="{line.public_id}" checked' in page
    assert "now on <bdi>Main</bdi>" in page
    shown, was = [str(line.public_id), str(braces.public_id)], [str(line.public_id)]
    form = {"shown": shown, "was": was, "direction": [str(braces.public_id)]}
    told = owner.post(f"{place}/directions", form, follow=True)
    assert "2 directions have another number now." in _text(told)
    for one in (line, braces, later):
        one.refresh_from_db()
    assert (line.sender, braces.sender) == (None, phone_linked_sender)
    assert later.sender == phone_linked_sender, "what the form did not show stays"


def test_a_form_that_stood_open_changes_only_what_was_changed_in_it(
    owner: Client,
    line: Direction,
    business: Business,
    sender: Sender,
    phone_linked_sender: Sender,
    owner_actor: Actor,
) -> None:
    """Meanwhile somebody else moved directions between the numbers, and deleted one."""
    from qafila.senders.actions import change_direction, create_direction, delete_direction

    now = datetime.now(UTC)
    names = ("Braces", "Crowns", "Gone", "Later")
    made = [create_direction(business=business, name=one, actor=owner_actor, now=now) for one in names]
    braces, crowns, gone, later = made
    for one in (crowns, later):
        change_direction(direction=one, sender=phone_linked_sender, actor=owner_actor, now=now)
    place = f"/senders/{phone_linked_sender.public_id}"
    form = _choices(_text(owner.get(place)))
    assert len(form["shown"]) == 5
    assert set(form["was"]) == {str(one.public_id) for one in (line, crowns, later)}
    for one, number in ((line, sender), (crowns, sender), (braces, phone_linked_sender)):
        change_direction(direction=one, sender=number, actor=owner_actor, now=now)
    delete_direction(direction=gone, actor=owner_actor, now=now)
    ticked = [str(one.public_id) for one in (line, gone)]
    told = owner.post(f"{place}/directions", {**form, "direction": ticked}, follow=True)
    assert "1 direction has another number now." in _text(told)
    for one in (line, braces, crowns, later):
        one.refresh_from_db()
    assert line.sender == sender, "left ticked: the colleague's move stays"
    assert braces.sender == phone_linked_sender, "left unticked: the colleague's move stays"
    assert crowns.sender == sender, "unticked: it is off this number already"
    assert later.sender is None


def test_the_pen_of_a_number_leads_to_its_directions(
    owner: Client, business: Business, phone_linked_sender: Sender, owner_actor: Actor
) -> None:
    from qafila.senders.actions import create_direction

    place = f"/senders/{phone_linked_sender.public_id}"
    assert "#directions" not in _text(owner.get("/senders/")), "there is none to choose"
    assert 'id="directions"' not in _text(owner.get(place))
    create_direction(business=business, name="Braces", actor=owner_actor, now=datetime.now(UTC))
    assert f'href="{place}#directions"' in _text(owner.get("/senders/"))
    assert '<details class="card q-fold" id="directions">' in _text(owner.get(place))


def test_a_number_that_is_gone_is_shown_with_what_it_fell_back_to(
    owner: Client, business: Business, sender: Sender, owner_actor: Actor
) -> None:
    from qafila.senders.actions import add_number, create_direction
    from qafila.senders.models import Sender

    now = datetime.now(UTC)
    other = add_number(business=business, phone="+201000000055", actor=owner_actor, now=now)
    line = create_direction(business=business, name="Braces", sender=other, actor=owner_actor, now=now)
    Sender.objects.filter(pk=other.pk).delete()
    text = _text(owner.get("/directions/"))
    assert "Number gone" in text
    assert "Uses the default" in text
    owner.post(f"/directions/{line.public_id}", {"name": "Braces", "number": "", "colour": ""})
    assert "Number gone" not in _text(owner.get("/directions/"))


def test_no_number_at_all_is_said(owner: Client, business: Business, owner_actor: Actor) -> None:
    from qafila.senders.actions import create_direction

    create_direction(business=business, name="Braces", actor=owner_actor, now=datetime.now(UTC))
    text = _text(owner.get("/directions/"))
    assert "No number can send" in text
    assert "The account has no default number." in text
    assert "ad platform's own default" not in text or "Ads:" in text


def test_a_direction_is_made_changed_and_deleted(owner: Client, line: Direction, sender: Sender) -> None:
    from qafila.senders.direction_models import Direction

    form = _text(owner.get("/directions/new"))
    assert "Use the default (Main" in form
    made = owner.post(
        "/directions/new", {"name": "Braces", "number": str(sender.public_id), "colour": "#2563eb"}
    )
    assert made.status_code == 302
    braces = Direction.objects.get(name="Braces")
    assert (braces.sender, braces.colour) == (sender, "#2563eb")
    again = owner.post("/directions/new", {"name": "braces", "number": "", "colour": ""})
    assert again.status_code == 422
    assert "There is a direction of this name already." in _text(again)
    address = f"/directions/{line.public_id}"
    assert owner.post(address, {"name": "Teeth", "number": "", "colour": ""}).status_code == 302
    line.refresh_from_db()
    assert (line.name, line.sender_id, line.colour) == ("Teeth", None, "")
    for odd in ({"name": ""}, {"name": "x", "number": "nonsense"}, {"name": "x", "colour": "red"}):
        assert owner.post(address, odd).status_code == 422
    assert owner.post(f"{address}/delete").status_code == 302
    assert owner.get(address).status_code == 404


def test_the_reasons_stand_on_its_page(
    owner: Client, line: Direction, phone_linked_sender: Sender, owner_actor: Actor
) -> None:
    from qafila.senders.actions import change_number

    change_number(sender=phone_linked_sender, is_active=False, actor=owner_actor, now=datetime.now(UTC))
    page = owner.get(f"/directions/{line.public_id}")
    said = [step.sentence for step in page.context["card"].steps]
    assert said[1] == f"Phone ({phone_linked_sender.phone}) is switched off."
    assert "switched off" in _text(page)


def test_who_may_only_look_sees_no_form(
    browser_of: Callable[..., Client], stranger: Client, line: Direction
) -> None:
    reader = browser_of("read_only")
    page = reader.get(f"/directions/{line.public_id}")
    assert page.status_code == 200
    assert 'name="colour"' not in page.content.decode()
    assert "/directions/new" not in reader.get("/directions/").content.decode()
    assert stranger.get(f"/directions/{line.public_id}").status_code == 404
    assert str(line.public_id) not in stranger.get("/directions/").content.decode()


def test_many_are_searched_and_leafed_through(owner: Client, business: Business) -> None:
    from qafila.senders.direction_models import Direction

    Direction.objects.bulk_create(Direction(business=business, name=f"Line {n:03}") for n in range(60))
    assert [len(_cards(owner.get(f"/directions/?size=25&page={n}"))) for n in (1, 2, 3)] == [25, 25, 10]
    assert [card.row.name for card in _cards(owner.get("/directions/?q=line+007"))] == ["Line 007"]
    assert [card.row.name for card in _cards(owner.get("/directions/?sort=-name"))][:2] == [
        "Line 059",
        "Line 058",
    ]
    counts = owner.get("/directions/?q=line+00").context["counts"]
    assert dict(counts) == {"": 10, "own": 0, "default": 0, "stands_in": 0, "none": 10}
    assert "Nothing matches" in _text(owner.get("/directions/?q=%00zzz"))


def test_a_card_says_how_much_its_direction_has_to_do(
    owner: Client, line: Direction, business: Business, owner_actor: Actor, phone_linked_sender: Sender
) -> None:
    """Queued, and what went out in 24 hours: of an older contract only what went out since then."""
    from datetime import timedelta

    from qafila.campaigns.actions import create_contract, start_contract
    from qafila.campaigns.models import Campaign
    from qafila.ledger.models import Batch, BatchSender, Sample

    (card,) = _cards(owner.get("/directions/"))
    assert (card.load.queued, card.load.sent) == (0, 0)
    now = datetime.now(UTC)
    for name, sent, started in (("young", 2, timedelta(hours=1)), ("old", 6, timedelta(days=3))):
        made = create_contract(
            business=business,
            sender=phone_linked_sender,
            name=name,
            recipients=[{"phoneNumber": f"7999{1000000 + n}", "message": f"{name} {n}"} for n in range(10)],
            actor=owner_actor,
            now=now,
        ).campaign
        start_contract(business=business, public_id=made.public_id, confirm=True, actor=owner_actor, now=now)
        Campaign.objects.filter(pk=made.pk).update(direction=line)
        Batch.objects.filter(pk=made.batch_id).update(started_at=now - started)
        BatchSender.objects.update_or_create(
            batch_id=made.batch_id, sender_id=phone_linked_sender.pk, defaults={"sent": sent}
        )
    for hours, sent in ((30, 1), (23, 4)):
        Sample.objects.create(
            business_id=business.pk,
            batch_id=made.batch_id,
            at=now.replace(second=0, microsecond=0) - timedelta(hours=hours),
            sent=sent,
        )
    page = owner.get("/directions/")
    (card,) = _cards(page)
    assert (card.load.queued, card.load.sent) == (8 + 4, 2 + 2)
    text = _text(page)
    assert "<bdi>12</bdi> messages wait" in text and "<bdi>4</bdi> sent in 24 hours" in text
    listed = owner.get(f"/campaigns/?direction={line.public_id}")
    assert f"/campaigns/?direction={line.public_id}" in text
    assert len(listed.context["lines"]) == 2


def test_what_is_shown_is_exported_and_texts_of_contracts_are_not(owner: Client, line: Direction) -> None:
    answer = owner.get("/directions/?format=csv&state=own")
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    (row,) = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
    assert line.sender is not None
    assert row == {
        "Name": "Implants",
        "Its number": row["Its number"],
        "Goes over": row["Goes over"],
        "State": "Its own number",
    }
    assert {row["Its number"].lstrip("'"), row["Goes over"].lstrip("'")} == {line.sender.phone}
