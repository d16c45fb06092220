"""Pictures, buttons, prices, names and news: what a webhook says beside a text is kept once and has its effect once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from qafila.alerts.models import Alert
from qafila.contacts.models import Contact, Identity, OptOut
from qafila.events.models import Event
from qafila.ledger.models import Batch, BatchSender, Message, Window
from qafila.ledger.states import State
from qafila.receiving.models import MessagePrice, ProviderEvent
from qafila.senders.models import AccountState, MessageTemplate, ProviderAccount, Sender, SenderHealth
from tests.receiving.material import Books, metadata, receipts, status, webhook

pytestmark = pytest.mark.django_db(transaction=True)

Put = Callable[[bytes], int]
Receive = Callable[[], int]
BY = "201000000100"


def sent(
    sender: Sender, at: datetime, *, kind: str, wamid: str = "wamid.1", by: str = BY, **parts: Any
) -> bytes:
    """A webhook with one message of any type."""
    person = {"profile": {"name": "Nour", **parts.pop("profile", {})}, "wa_id": by}
    message = {"from": by, "id": wamid, "timestamp": str(int(at.timestamp())), "type": kind, **parts}
    value = {"metadata": metadata(sender), "contacts": [person], "messages": [message]}
    return webhook(value)


def account_news(field: str, at: datetime, **value: Any) -> bytes:
    """A webhook about the account."""
    import orjson

    entry = {"id": "1", "time": int(at.timestamp()), "changes": [{"field": field, "value": value}]}
    return orjson.dumps({"object": "whatsapp_business_account", "entry": [entry]})


def test_a_picture_from_an_ad_is_a_row_with_its_file_and_its_ad(
    sender: Sender, put: Put, receive: Receive, now: datetime
) -> None:
    picture = {"id": "449", "mime_type": "image/jpeg", "caption": "Is this one left?"}
    put(sent(sender, now, kind="image", image=picture, referral={"source_id": "ad-7", "source_type": "ad"}))
    receive()
    row = Message.objects.get()
    assert (row.body, row.params["kind"]) == ("Is this one left?", "image")
    assert row.params["detail"] == {
        "media": {"ref": "449", "mime": "image/jpeg"},
        "referral": {"source": "ad-7", "source_type": "ad"},
    }
    assert row.params["payload"]["image"] == picture
    assert Window.objects.get().last_inbound_at == now


@pytest.mark.parametrize(
    ("kind", "parts", "stops"),
    [
        ("button", {"button": {"payload": "STOP", "text": "Not for me"}}, True),
        ("button", {"button": {"payload": "unsubscribe_me", "text": "Not for me"}}, True),
        ("button", {"button": {"payload": "b7", "text": "Stop promotions"}}, True),
        ("button", {"button": {"payload": "cancel", "text": "Cancel"}}, False),
        ("button", {"button": {"payload": "next", "text": "Next"}}, False),
        ("interactive", {"interactive": {"type": "button_reply", "button_reply": {"id": "stop", "title": "No"}}}, True),
        ("interactive", {"interactive": {"type": "list_reply", "list_reply": {"id": "STOP_ALL", "title": "No"}}}, True),
        ("interactive", {"interactive": {"type": "list_reply", "list_reply": {"id": "отмена", "title": "Отмена"}}}, False),
        ("text", {"text": {"body": "cancel"}}, True),
        ("image", {"image": {"id": "1", "caption": "STOP"}}, False),
    ],
)  # fmt: skip
def test_a_stop_that_is_pressed(
    sender: Sender, put: Put, receive: Receive, now: datetime, kind: str, parts: dict[str, Any], stops: bool
) -> None:
    put(sent(sender, now, kind=kind, **parts))
    receive()
    assert OptOut.objects.count() == stops


def test_what_is_edited_taken_back_or_said_by_the_vendor_opens_no_window(
    sender: Sender, put: Put, receive: Receive, now: datetime
) -> None:
    new = {"original_message_id": "wamid.0", "message": {"type": "text", "text": {"body": "better"}}}
    put(sent(sender, now, kind="edit", wamid="wamid.e", edit=new))
    put(sent(sender, now, kind="revoke", wamid="wamid.r", revoke={"original_message_id": "wamid.0"}))
    moved = {"type": "user_changed_number", "wa_id": "201000000777", "body": "moved"}
    put(sent(sender, now, kind="system", wamid="wamid.s", system=moved))
    receive()
    rows = {row.provider_id: row for row in Message.objects.all()}
    assert (rows["wamid.e"].body, rows["wamid.e"].reply_to) == ("better", "wamid.0")
    assert (rows["wamid.r"].params["kind"], rows["wamid.r"].reply_to) == ("revoke", "wamid.0")
    assert not Window.objects.exists()
    contact = Contact.objects.get()
    assert set(Identity.objects.filter(contact=contact).values_list("value", flat=True)) == {
        BY,
        "201000000777",
    }


def test_types_of_tomorrow_are_stored_and_counted_in_one_alert(
    sender: Sender, put: Put, receive: Receive, now: datetime
) -> None:
    for place in range(25):
        put(sent(sender, now, kind=f"hologram_{place}", wamid=f"wamid.{place}", by=f"2010000003{place:02}"))
    for place in range(25):
        put(webhook({"x": place}, field=f"field_{place}"))
    for _ in range(2):
        receive()
    assert Message.objects.filter(state=State.RECEIVED, params__kind="unsupported").count() == 25
    assert ProviderEvent.objects.filter(known=False).count() == 50
    alert = Alert.objects.get()
    assert (alert.code, alert.params["count"]) == ("unknown_webhooks", 50)


def test_a_user_name_goes_with_whoever_has_it_now(
    sender: Sender, put: Put, receive: Receive, now: datetime
) -> None:
    def says(by: str, username: str, wamid: str) -> None:
        profile = {"username": username}
        put(sent(sender, now, kind="text", wamid=wamid, by=by, text={"body": "hi"}, profile=profile))
        receive()

    says("201000000101", "nour", "wamid.1")
    says("201000000102", "amir", "wamid.2")
    says("201000000101", "nour.2", "wamid.3")
    says("201000000102", "nour", "wamid.4")
    assert Contact.objects.count() == 2, "nobody is found by a user name"
    names = {
        identity.value: identity.contact.identities.get(kind="phone").value
        for identity in Identity.objects.filter(kind="username")
    }
    assert names == {"nour.2": "201000000101", "nour": "201000000102"}


def test_prices_are_kept_once_a_message(
    books: Books, sender: Sender, put: Put, receive: Receive, now: datetime
) -> None:
    (message,) = books.messages(State.SENT, outcome="accepted")
    pricing = {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "marketing"}
    ends = int((now + timedelta(days=1)).timestamp())
    said = [
        {"pricing": pricing, "conversation": {"id": "c1", "origin": {"type": "marketing"}}},
        {"pricing": pricing, "conversation": {"id": "c1", "expiration_timestamp": str(ends)}},
        {},
    ]
    for _ in range(2):
        for word, more in zip(("delivered", "sent", "read"), said, strict=True):
            one = status("wamid.1", word, now, attempt_id=books.attempt_id(message))
            put(receipts(sender, {**one, **more}))
            receive()
    price = MessagePrice.objects.get()
    assert (price.message_id, price.sender_id, price.business_id) == (
        message.pk,
        sender.pk,
        books.business.pk,
    )
    assert (price.billable, price.model, price.type, price.category) == (True, "PMP", "regular", "marketing")
    assert (price.conversation, price.origin) == ("c1", "marketing")
    assert price.expires_at == datetime.fromtimestamp(ends, UTC)


def test_a_price_that_comes_before_its_message_waits_with_its_receipt(
    *, books: Books, sender: Sender, put: Put, receive: Receive, now: datetime, clock: Any
) -> None:
    one = {**status("wamid.early", "sent", now), "pricing": {"billable": False, "category": "service"}}
    put(receipts(sender, one))
    receive()
    assert not MessagePrice.objects.exists()
    (message,) = books.messages(State.SENT, outcome="accepted")
    Message.objects.filter(pk=message.pk).update(provider_id="wamid.early")
    asyncio.run(clock.advance(3))
    receive()
    assert MessagePrice.objects.get().category == "service"


def test_what_the_phone_app_sends_is_in_the_books_once(
    books: Books, sender: Sender, put: Put, receive: Receive, now: datetime
) -> None:
    at = str(int((now - timedelta(minutes=1)).timestamp()))
    echoes = [
        {"from": "201000000001", "to": BY, "id": "wamid.e1", "timestamp": at, "type": "text", "text": {"body": "Ready!"}},
        {"from": "201000000001", "to": BY, "id": "wamid.e2", "timestamp": at, "type": "image", "image": {"id": "7"}},
        {"from": "201000000001", "to": BY, "id": "wamid.e3", "timestamp": "x", "type": "text"},
    ]  # fmt: skip
    body = webhook({"metadata": metadata(sender), "message_echoes": echoes}, field="smb_message_echoes")
    for _ in range(3):
        put(body)
        put(body)
        receive()
    rows = list(Message.objects.order_by("provider_id"))
    assert [(row.state, row.body, row.params["kind"]) for row in rows] == [
        (State.SENT, "Ready!", "text"),
        (State.SENT, "", "image"),
    ]
    assert rows[0].params["source"] == "phone_app"
    batch = Batch.objects.get()
    counters = BatchSender.objects.get()
    assert (batch.total, counters.sent, counters.sender_id) == (2, 2, sender.pk)
    assert not Window.objects.exists()
    assert Contact.objects.count() == 1
    (event,) = Event.objects.filter(kind="message.echoed")
    assert sorted(event.data["message_ids"]) == sorted(row.pk for row in rows)
    assert ProviderEvent.objects.get().reason == "bad_timestamp"
    put(receipts(sender, status("wamid.e1", "read", now)))
    receive()
    assert Message.objects.get(provider_id="wamid.e1").state == State.READ
    books.check()


def test_an_echo_of_what_went_out_over_us_is_not_a_second_message(
    books: Books, sender: Sender, put: Put, receive: Receive, now: datetime
) -> None:
    (message,) = books.messages(State.SENT, outcome="accepted", provider_ids=True)
    Message.objects.filter(pk=message.pk).update(sender_id=sender.pk)
    echo = {"to": BY, "id": f"wamid.{message.pk}", "timestamp": str(int(now.timestamp())), "type": "text",
            "text": {"body": "Hello"}}  # fmt: skip
    put(webhook({"metadata": metadata(sender), "message_echoes": [echo]}, field="smb_message_echoes"))
    receive()
    assert Message.objects.count() == 1


def test_news_of_a_number_and_its_account_is_followed_once(
    sender: Sender, put: Put, receive: Receive, now: datetime
) -> None:
    upgrade = account_news(
        "phone_number_quality_update",
        now,
        display_phone_number=sender.phone.lstrip("+"),
        event="THROUGHPUT_UPGRADE",
        max_daily_conversations_per_business="TIER_10K",
    )
    restricted = account_news(
        "account_update",
        now,
        event="ACCOUNT_RESTRICTION",
        restriction_info=[
            {
                "restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING",
                "expiration": int(now.timestamp()) + 9,
            }
        ],
    )
    paused = account_news(
        "message_template_status_update",
        now,
        event="PAUSED",
        message_template_id=1,
        message_template_name="sale",
        message_template_language="en_US",
        reason="NONE",
    )
    for body in (upgrade, restricted, paused, upgrade, restricted, paused):
        put(body)
        receive()
    sender.refresh_from_db()
    assert sender.throughput == 1000
    assert SenderHealth.objects.get().throughput_level == "HIGH"
    account = ProviderAccount.objects.select_related("portfolio").get()
    assert account.portfolio is not None
    assert account.portfolio.cap == 10_000
    assert MessageTemplate.objects.get().can_send is False
    alerts = dict(Alert.objects.values_list("code", "count"))
    assert alerts == {"account_restricted_chats": 1, "template_paused": 1}
    assert (sender.state, sender.state_reason) == ("resting", "account_no_new_chats")
    assert ProviderEvent.objects.filter(known=True).count() == 3


def test_an_account_that_is_switched_off_stops_and_old_news_do_not_wake_it(
    sender: Sender, put: Put, receive: Receive, now: datetime
) -> None:
    put(account_news("account_update", now, event="DISABLED_UPDATE", ban_info={"waba_ban_state": "DISABLE"}))
    receive()
    account = ProviderAccount.objects.get()
    assert (account.state, account.state_reason) == (AccountState.STOPPED, "account_disabled")
    late = now - timedelta(hours=1)
    put(
        account_news(
            "account_update", late, event="DISABLED_UPDATE", ban_info={"waba_ban_state": "REINSTATE"}
        )
    )
    receive()
    assert Alert.objects.filter(code="account_disabled", closed_at=None).exists()


def test_a_choice_of_somebody_without_a_number(
    sender: Sender, put: Put, receive: Receive, now: datetime
) -> None:
    one = {
        "user_id": "EG.77",
        "category": "marketing_messages",
        "value": "stop",
        "timestamp": int(now.timestamp()),
    }
    put(webhook({"metadata": metadata(sender), "user_preferences": [one]}, field="user_preferences"))
    receive()
    assert OptOut.objects.get().contact.identities.get().value == "EG.77"
    again = {**one, "value": "signup", "timestamp": int(now.timestamp()) + 1}
    put(webhook({"metadata": metadata(sender), "user_preferences": [again]}, field="user_preferences"))
    receive()
    assert OptOut.objects.get().ended_at is not None
