"""The numbers manager: list, add, name, default, switch, check, delete with the check of use, history, figures."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from django.test import Client

    from qafila.businesses.actor import Actor
    from qafila.businesses.models import Business
    from qafila.senders.models import Sender

pytestmark = pytest.mark.django_db


def _text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


@pytest.fixture
def spare(business: Business, sender: Sender, owner_actor: Actor) -> Sender:
    """A number beside the default, without a provider."""
    from qafila.senders.actions import add_number

    return add_number(
        business=business, phone="+201000000055", label="Reception", actor=owner_actor, now=datetime.now(UTC)
    )


def test_the_default_stands_first_and_tabs_count(
    owner: Client, spare: Sender, sender: Sender, business: Business, owner_actor: Actor
) -> None:
    from qafila.senders.actions import change_number, create_direction

    now = datetime.now(UTC)
    create_direction(business=business, name="Implants", sender=spare, actor=owner_actor, now=now)
    page = owner.get("/numbers/")
    assert [line.row.sender for line in page.context["lines"]] == [sender, spare]
    assert page.context["lines"][1].row.directions == ["Implants"]
    change_number(sender=spare, is_active=False, actor=owner_actor, now=now)
    page = owner.get("/numbers/?on=off")
    assert [line.row.sender for line in page.context["lines"]] == [spare]
    assert page.context["counts"] == {"": 2, "on": 1, "off": 1}
    assert [line.row.sender for line in owner.get("/numbers/?q=implants").context["lines"]] == [spare]
    assert [line.row.sender for line in owner.get("/numbers/?q=0055").context["lines"]] == [spare]


def test_a_number_is_added_and_refused(owner: Client, sender: Sender) -> None:
    from qafila.senders.models import Sender

    made = owner.post("/numbers/new", {"phone": "+20 100 000 0066", "label": "", "is_default": "on"})
    number = Sender.objects.get(phone="+201000000066")
    assert made.headers["Location"] == f"/numbers/{number.public_id}"
    assert (number.is_default, number.name) == (True, "+201000000066")
    for phone, words in (
        ("+201000000066", "belongs to another number entry already"),
        ("01000000066", "without a country code"),
        ("x", "number"),
    ):
        answer = owner.post("/numbers/new", {"phone": phone})
        assert answer.status_code == 422
        assert words in _text(answer)


def test_named_made_the_default_and_switched(owner: Client, spare: Sender, sender: Sender) -> None:
    place = f"/numbers/{spare.public_id}"
    owner.post(f"{place}/label", {"label": "Front desk"})
    owner.post(f"{place}/default")
    owner.post(f"{place}/switch", {"on": "0"})
    spare.refresh_from_db()
    sender.refresh_from_db()
    assert (spare.name, spare.is_default, spare.is_active) == ("Front desk", True, False)
    assert sender.is_default is False
    text = _text(owner.get(place))
    assert "Nothing is sent from it" in text
    assert "Make it the default" not in text
    owner.post(f"{place}/switch", {"on": "1"})
    spare.refresh_from_db()
    assert spare.is_active is True
    assert owner.post(f"{place}/label", {"label": ""}).status_code == 302


def test_delete_says_what_keeps_it(
    owner: Client, spare: Sender, sender: Sender, business: Business, owner_actor: Actor
) -> None:
    from qafila.senders.actions import create_direction, delete_direction
    from qafila.senders.models import Sender

    now = datetime.now(UTC)
    place = f"/numbers/{spare.public_id}"
    line = create_direction(business=business, name="Implants", sender=spare, actor=owner_actor, now=now)
    text = _text(owner.get(place))
    assert "It cannot be deleted while directions use it." in text
    assert 'href="#delete"' not in text
    refused = _text(owner.post(f"{place}/delete", follow=True))
    assert "One direction uses this number: Implants." in refused
    delete_direction(direction=line, actor=owner_actor, now=now)
    assert 'href="#delete"' in _text(owner.get(place))
    assert owner.post(f"{place}/delete").headers["Location"] == "/numbers/"
    assert not Sender.objects.filter(pk=spare.pk).exists()


def test_history_and_figures_equal_what_the_api_says(
    owner: Client, sender: Sender, business: Business, owner_actor: Actor
) -> None:
    from qafila.campaigns.actions import create_contract
    from qafila.campaigns.queries.of_number import figures_of_number
    from qafila.ledger.models import BatchSender

    made = create_contract(
        business=business,
        sender=sender,
        name="March offer",
        recipients=[{"phoneNumber": "79991234567", "message": "hi"}],
        actor=owner_actor,
        now=datetime.now(UTC),
    )
    BatchSender.objects.create(batch_id=made.campaign.batch_id, sender_id=sender.pk, sent=3, read=4, failed=5)
    page = owner.get(f"/numbers/{sender.public_id}")
    assert f'hx-get="/numbers/{sender.public_id}/figures"' in page.content.decode()
    figures = owner.get(f"/numbers/{sender.public_id}/figures")
    assert figures.context["figures"] == figures_of_number(sender)
    assert "People who wrote back" in _text(figures)
    (used,) = page.context["used"]
    assert (used.done.sent, used.done.failed) == (7, 5)
    text = _text(page)
    assert f"/campaigns/{made.campaign.public_id}" in text
    assert "<bdi>7</bdi> messages sent · <bdi>5</bdi> messages failed" in text
    assert "because messages of it stand in the books" in text
    assert "spend" not in text.lower()


def test_who_wrote_back_is_looked_for_once_in_a_while(sender: Sender, django_assert_num_queries: Any) -> None:
    from qafila.campaigns.queries.of_number import figures_of_number
    from qafila.kit.looks import FRESH_SECONDS

    time = 1_000.0
    for statements in (2, 1):
        with django_assert_num_queries(statements):
            figures_of_number(sender, clock=lambda: time)
    time += FRESH_SECONDS
    with django_assert_num_queries(2):
        figures_of_number(sender, clock=lambda: time)


def test_the_answer_of_the_provider_is_said(
    owner: Client, spare: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qafila.senders import validating

    monkeypatch.setattr(validating, "_numbers", lambda account: [])
    text = _text(owner.post(f"/numbers/{spare.public_id}/validate", follow=True))
    assert "None of your provider accounts has this number." in text
