"""Each page and part of dashboard, contracts and messages: with data, without, for every role; names are escaped."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from qafila.campaigns.models import Campaign
from qafila.ledger.models import Message
from qafila.ledger.states import State
from tests.web.work.conftest import HOSTILE

pytestmark = pytest.mark.django_db


def addresses(day: list[Campaign]) -> list[str]:
    found = ["/", "/dashboard/part", "/dashboard/pace.json", "/campaigns/", "/messages/"]
    found += [f"/messages/?state={state.word}" for state in State]
    found += ["/messages/?reached=out", "/messages/?q=%2B201000000001", "/messages/?reason=opted_out&sort=id"]
    for campaign in day:
        base = f"/campaigns/{campaign.public_id}"
        found += [base, f"{base}/part", f"{base}/waiting", f"{base}/course.json"]
        found += [f"/messages/?campaign={campaign.public_id}"]
    for state in State:
        message = Message.objects.filter(state=state).first()
        if message is not None:
            found += [f"/messages/{message.pk}", f"/messages/{message.pk}/part"]
    return found


def test_pages_answer_and_escape(day: list[Campaign], owner: Client) -> None:
    Message.objects.filter(batch_id=day[2].batch_id).update(body=HOSTILE, given="<b>1</b>")
    for address in addresses(day):
        response = owner.get(address)
        assert response.status_code == 200, address
        text = response.content.decode()
        assert "<script>alert" not in text, address
        assert "<b>1</b>" not in text, address


@pytest.mark.parametrize("role", ["agent", "read_only"])
def test_readers_see_everything_and_can_change_nothing(
    day: list[Campaign], person: Callable[[str], Client], role: str
) -> None:
    client = person(role)
    for address in addresses(day):
        response = client.get(address)
        assert response.status_code == 200, address
        assert b"/start" not in response.content, address
        assert b'name="verb"' not in response.content, address
    base = f"/campaigns/{day[1].public_id}"
    for address in (f"{base}/delete", f"{base}/copy"):
        assert client.post(address).status_code == 403, address


def test_an_empty_business_is_told_what_to_do(owner: Client) -> None:
    assert "Connect a sender" in owner.get("/").content.decode()
    assert "No contracts yet" in owner.get("/campaigns/").content.decode()
    assert "No messages yet" in owner.get("/messages/").content.decode()


def test_what_is_not_there_is_not_found(day: list[Campaign], owner: Client, other_business) -> None:
    stranger = Message.objects.filter(batch_id=day[0].batch_id).latest("pk")
    Message.objects.filter(pk=stranger.pk).update(business_id=other_business.pk)
    Campaign.objects.filter(pk=day[0].pk).update(business=other_business)
    for address in (
        f"/messages/{stranger.pk}",
        f"/messages/{stranger.pk}/part",
        "/messages/999999999",
        f"/campaigns/{day[0].public_id}",
        f"/campaigns/{day[0].public_id}/course.json",
        "/campaigns/contract_unheard",
    ):
        assert owner.get(address).status_code == 404, address
    for address in (f"/messages/{stranger.pk}/change", f"/campaigns/{day[0].public_id}/start"):
        assert owner.post(address, {"verb": "retry"}).status_code == 404, address
