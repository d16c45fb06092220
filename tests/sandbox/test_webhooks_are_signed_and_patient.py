"""Webhooks: signature, shapes, echo of callback data, order, retries, batches and where they go."""

import json

import pytest

from tests.sandbox.receiving import Receiver, signature
from tests.sandbox.running import PHONE, WABA, Running, Start, numbers


@pytest.fixture
def box(shared: Running, receiver: Receiver) -> Running:
    shared.fresh().admin("PUT", "/webhook", {"url": receiver.url})
    return shared


def test_receipts_come_signed_in_order_with_the_callback_data(box: Running, receiver: Receiver) -> None:
    wamid = box.template("+15551230010", biz="attempt-1").wamid
    receiver.wait_status(wamid, "read")
    assert receiver.statuses(wamid) == ["sent", "delivered", "read"]
    for headers, raw in receiver.posts:
        assert headers["x-hub-signature-256"] == signature(raw)
        assert headers["content-type"] == "application/json"
        assert json.loads(raw)["object"] == "whatsapp_business_account"
        assert json.loads(raw)["entry"][0]["id"] == WABA
    for status, value in receiver.values("statuses"):
        assert status["biz_opaque_callback_data"] == "attempt-1"
        assert status["recipient_id"] == "15551230010"
        assert isinstance(status["timestamp"], str)
        assert status["conversation"]["origin"]["type"] == "utility"
        assert ("expiration_timestamp" in status["conversation"]) == (status["status"] == "sent")
        assert status["pricing"] == {
            "billable": True,
            "pricing_model": "PMP",
            "type": "regular",
            "category": "utility",
        }
        assert value["metadata"] == {"display_phone_number": "15550783881", "phone_number_id": PHONE}
        contact = value["contacts"][0]
        assert (contact["wa_id"], contact["user_id"][:3]) == ("15551230010", "US.")


def test_a_failure_names_its_reason(box: Running, receiver: Receiver) -> None:
    failed = receiver.wait_status(box.text("15551230011").wamid, "failed")
    assert failed["errors"][0]["code"] == 131047
    assert failed["errors"][0]["title"] == "Re-engagement message"
    assert "24 hours" in failed["errors"][0]["error_data"]["details"]
    assert "conversation" not in failed


def test_an_inbound_text(box: Running, receiver: Receiver) -> None:
    sent = {"from": "+972501234567", "text": "שלום", "name": "Noa", "context_wamid": "wamid.X"}
    wamid = box.admin("POST", "/inbound", sent)["id"]
    message, value = receiver.wait(lambda: receiver.values("messages"))[0]
    assert (message["id"], message["from"], message["type"]) == (wamid, "972501234567", "text")
    assert message["text"] == {"body": "שלום"}
    assert message["context"] == {"from": "15550783881", "id": "wamid.X"}
    contact = value["contacts"][0]
    assert (contact["profile"]["name"], contact["user_id"]) == ("Noa", message["from_user_id"])
    inside = box.text("972501234567", biz="free").wamid
    pricing = receiver.wait_status(inside, "sent")["pricing"]
    assert (pricing["billable"], pricing["type"]) == (False, "free_customer_service")


def test_refused_webhooks_come_again_unchanged(box: Running, receiver: Receiver) -> None:
    receiver.status = 500
    wamid = box.template("15551230012").wamid
    receiver.wait(lambda: receiver.refused >= 6)
    assert not receiver.posts
    receiver.status = 200
    receiver.wait(lambda: len(receiver.statuses(wamid)) >= 3)
    assert sorted(receiver.statuses(wamid)) == ["delivered", "read", "sent"]
    box.until(lambda: box.admin("GET", "/idle")["idle"])


def test_several_changes_in_one_post(start: Start, receiver: Receiver) -> None:
    retries = {"retry_first_seconds": 0.05, "retry_cap_seconds": 0.1}
    config = {"phone_numbers": numbers(2), "webhooks": retries}
    box = start("--speed", "50", "--webhook-batch", "20", config=config)
    receiver.status = 503
    box.admin("PUT", "/webhook", {"url": receiver.url})
    wamids = [box.template(f"15551233{n:03d}", phone=phone).wamid for n in range(30) for phone in phones(box)]
    receiver.wait(lambda: receiver.refused)
    box.until(lambda: box.admin("GET", "/idle")["receipts_waiting"] == 0)
    receiver.status = 200
    box.until(lambda: box.admin("GET", "/idle")["idle"])
    final = {wamid for wamid in wamids if receiver.statuses(wamid)}
    assert len(final) == 60
    assert (
        max(len(json.loads(raw)["entry"][0]["changes"][0]["value"]["statuses"]) for _, raw in receiver.posts)
        > 1
    )
    for status, value in receiver.values("statuses"):
        assert status["recipient_id"] in {contact["wa_id"] for contact in value["contacts"]}


def phones(box: Running) -> list[str]:
    return [row["id"] for row in box.admin("GET", "/phone_numbers")["data"]]


def test_an_account_may_have_its_own_callback(box: Running, receiver: Receiver) -> None:
    body = {"override_callback_uri": receiver.url + "/own", "verify_token": "wrong"}
    refused = box.call("POST", f"/v25.0/{WABA}/subscribed_apps", body)
    assert (refused.status, refused.code) == (400, 2200)
    receiver.verify_token = "right"
    reply = box.call("POST", f"/v25.0/{WABA}/subscribed_apps", body | {"verify_token": "right"})
    assert reply.body == {"success": True}
    listed = box.call("GET", f"/v25.0/{WABA}/subscribed_apps").body["data"][0]
    assert listed["override_callback_uri"] == receiver.url + "/own"
    box.admin("PUT", "/webhook", {"url": None})
    receiver.wait_status(box.template("15551230013").wamid, "sent")
    assert receiver.paths[-1] == "/hook/own"
    box.call("DELETE", f"/v25.0/{WABA}/subscribed_apps")
    assert box.call("GET", f"/v25.0/{WABA}/subscribed_apps").body == {"data": []}


def test_any_webhook_can_be_sent_by_hand(box: Running, receiver: Receiver) -> None:
    value = {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE"}}
    box.admin("POST", "/webhooks", {"waba_id": WABA, "field": "account_update", "value": value})
    raw = receiver.wait(lambda: receiver.posts)[0][1]
    assert json.loads(raw)["entry"][0]["changes"] == [{"value": value, "field": "account_update"}]
