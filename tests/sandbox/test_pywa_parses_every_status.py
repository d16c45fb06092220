"""Statuses of every kind and category, taken apart by pywa."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pywa import types

from tests.sandbox.pywa_client import Complaints, client_of, listening
from tests.sandbox.receiving import Receiver
from tests.sandbox.running import PHONE, WABA, Running, Start, numbers

Heard = tuple[Running, Receiver, list[Any], Complaints]


@pytest.fixture(scope="module")
def all_heard(start_one: Start) -> Iterator[Heard]:
    box = start_one("--speed", "50", "--webhook-concurrency", "1", config={"phone_numbers": numbers(1)})
    with listening(client_of(box)) as (receiver, updates, complaints):
        box.admin("PUT", "/webhook", {"url": receiver.url, "verify": True})
        yield box, receiver, updates, complaints


def send_template(box: Running, to: str, category: str, edge: str = "messages") -> None:
    name = f"of_{category.lower()}"
    made = {"waba_id": WABA, "name": name, "language": "en", "category": category}
    box.admin("POST", "/templates", {**made, "components": [{"type": "BODY", "text": "Your code: {{1}}"}]})
    template = {
        "name": name,
        "language": {"code": "en"},
        "components": [{"type": "body", "parameters": [{"type": "text", "text": "1234"}]}],
    }
    body = {"messaging_product": "whatsapp", "to": to, "type": "template", "template": template}
    assert box.call("POST", f"/v25.0/{PHONE}/{edge}", body).status == 200


def send_voice(box: Running, to: str) -> None:
    box.admin("POST", "/inbound", {"from": to, "text": "hi"})
    audio = {"link": "https://example.com/a.ogg", "voice": True}
    assert box.send({"to": to, "type": "audio", "audio": audio}).status == 200


def send_after_an_ad(box: Running, to: str) -> None:
    box.admin("POST", f"/people/{to}/sample", {"sample": "text/referral"})
    assert box.text(to).status == 200


@pytest.mark.parametrize(
    ("to", "send", "statuses", "category", "billing"),
    [
        ("15553330010", send_voice, "sent delivered read played", "service", "free_customer_service"),
        (
            "15553330011",
            lambda box, to: send_template(box, to, "MARKETING", "marketing_messages"),
            "sent delivered read",
            "marketing_lite",
            "regular",
        ),
        (
            "15553330012",
            lambda box, to: send_template(box, to, "AUTHENTICATION"),
            "sent delivered read",
            "authentication",
            "regular",
        ),
        ("15553330013", send_after_an_ad, "sent delivered read", "referral_conversion", "free_entry_point"),
    ],
)
def test_statuses_of_every_category(
    all_heard: Heard,
    to: str,
    send: Callable[[Running, str], None],
    statuses: str,
    category: str,
    billing: str,
) -> None:
    box, receiver, updates, complaints = all_heard
    send(box, to)

    def receipts() -> list[types.MessageStatus[Any]]:
        return [
            update
            for update in updates
            if type(update) is types.MessageStatus and update.from_user.wa_id == to
        ]

    receiver.wait(lambda: len(receipts()) == len(statuses.split()))
    assert complaints.lines == []
    assert [str(update.status) for update in receipts()] == statuses.split()
    for update in receipts():
        assert (update.conversation.category, update.pricing.category) == (category, category)
        assert update.pricing.type == billing
