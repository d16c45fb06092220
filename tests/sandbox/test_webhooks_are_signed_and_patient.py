"""Webhooks: signature, shapes, echo of callback data, order, retries, batches and where they go."""

import asyncio
import json
from typing import Any

import pytest

from tests.sandbox.pywa_client import fields_of
from tests.sandbox.receiving import Receiver, signature
from tests.sandbox.running import PATIENCE_SECONDS, PHONE, WABA, Running, Start, free_port, numbers
from wa_sandbox.clock import Clock
from wa_sandbox.settings import WebhookSettings
from wa_sandbox.webhooks.delivery import WebhookQueue
from wa_sandbox.webhooks.payloads import Event
from wa_sandbox.webhooks.samples import FIELDS

APP = "500100200300400"
APP_TOKEN = f"{APP}|sandbox-app-secret"


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


def rests(cap: float, fails: int) -> list[float]:
    """How long a target rests after each of so many failures to connect, four webhooks at a time."""

    async def fail() -> list[float]:
        clock = Clock()
        settings = WebhookSettings(concurrency=4, retry_cap_seconds=cap)
        queue = WebhookQueue(settings, clock, lambda: "secret", lambda events: None)
        url = f"http://127.0.0.1:{free_port()}/"
        for _ in range(4):
            queue.put(url, Event(waba_id=WABA, kind="value", entry={}, field="account_update"))
        target, seen = queue.targets[url], list[float]()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(seen) < fails:
                failed = target.unreachable
                while target.unreachable == failed or target.in_flight:
                    await asyncio.sleep(0)
                seen.append(target.rest_seconds)
                clock.advance(max(0.0, target.rest_until - clock.now()))
                queue.clock_moved()
        await queue.close()
        return seen

    return asyncio.run(fail())


def test_an_address_that_is_not_there_is_tried_less_and_less_often() -> None:
    assert rests(60.0, 8) == pytest.approx([0.1 * 2**n for n in range(6)] + [5.0, 5.0])
    assert rests(2.0, 7) == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0])
    assert rests(0.0, 2) == pytest.approx([0.1, 0.1])


def delays(url: str, seed: int, tries: int) -> list[float]:
    """How long the first webhook of a queue waits after each of so many refusals."""

    async def refused() -> list[float]:
        clock, seen = Clock(), list[float]()
        settings = WebhookSettings(concurrency=1, retry_first_seconds=600.0, retry_cap_seconds=600.0)
        queue = WebhookQueue(settings, clock, lambda: "secret", lambda events: None, seed=seed)
        queue.put(url, Event(waba_id=WABA, kind="value", entry={}, field="account_update"))
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(seen) < tries:
                while not queue.targets[url].later:
                    await asyncio.sleep(0)
                ((due, _),) = queue._timers.values()
                seen.append(due - clock.now())
                clock.advance(600.0 * 1.2)
                queue.clock_moved()
        await queue.close()
        return seen

    return asyncio.run(refused())


def test_the_same_seed_waits_the_same_before_each_try(receiver: Receiver) -> None:
    receiver.status = 500
    once = delays(receiver.url, 7, 5)
    assert all(480.0 - 1.0 <= delay <= 720.0 for delay in once)
    assert max(once) - min(once) > 10.0, "each try draws anew"
    assert delays(receiver.url, 7, 5) == pytest.approx(once, abs=2.0)
    assert delays(receiver.url, 8, 5) != pytest.approx(once, abs=2.0)


@pytest.mark.parametrize(
    ("there", "trouble"), [(True, "answered 503"), (False, "no connection could be made")]
)
def test_after_seven_days_a_webhook_is_given_up(
    start: Start, receiver: Receiver, there: bool, trouble: str
) -> None:
    box = start(config={"webhooks": {"concurrency": 1}})
    receiver.status = 503
    box.admin("PUT", "/webhook", {"url": receiver.url if there else f"http://127.0.0.1:{free_port()}/"})
    for _ in range(3):
        box.admin("POST", "/webhooks", {"sample": "account_update/DISABLE"})

    def logged() -> list[dict[str, Any]]:
        return list(box.admin("GET", "/webhooks/log")["data"])

    box.until(lambda: [row["outcome"] for row in logged()] == ["again"] * (3 if there else 1))
    assert {row["trouble"] for row in logged()} == {trouble}
    box.admin("POST", "/clock", {"advance_seconds": 6 * 86_400})
    box.until(lambda: max(row["tries"] for row in logged()) > 1)
    assert box.admin("GET", "/webhooks")["targets"][0]["given_up"] == 0
    box.admin("POST", "/clock", {"advance_seconds": 2 * 86_400})
    box.until(lambda: [row["outcome"] for row in logged()] == ["given_up"] * 3)
    assert {row["trouble"] for row in logged()} == {trouble}
    assert box.admin("GET", "/idle")["idle"]
    assert box.admin("GET", "/webhooks")["targets"][0]["given_up"] == 3


def test_sending_again_by_hand_does_not_wait(start: Start) -> None:
    box = start(config={"webhooks": {"concurrency": 1}})
    box.admin("PUT", "/webhook", {"url": f"http://127.0.0.1:{free_port()}/"})
    box.admin("POST", "/webhooks", {"sample": "account_update/DISABLE"})

    def tries() -> int:
        box.admin("POST", "/clock", {"advance_seconds": 60})
        return int(box.admin("GET", "/webhooks/log")["data"][0]["tries"])

    box.until(lambda: tries() > 9)  # the next one by itself would come in fifty seconds
    box.admin("POST", "/webhooks/log/1/resend")
    box.until(lambda: box.admin("GET", "/webhooks/log/2")["tries"])


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


def subscribed(box: Running) -> list[str]:
    listed = box.call("GET", f"/v25.0/{APP}/subscriptions", token=APP_TOKEN).body["data"]
    return [field["name"] for field in listed[0]["fields"]]


@pytest.mark.parametrize(
    "fields", [["account_update", "security"], "account_update,security", '["account_update","security"]']
)
def test_only_fields_that_were_subscribed_are_sent(box: Running, receiver: Receiver, fields: Any) -> None:
    assert subscribed(box) == list(FIELDS)
    body = {
        "object": "whatsapp_business_account",
        "callback_url": receiver.url,
        "verify_token": receiver.verify_token,
    }
    path = f"/v25.0/{APP}/subscriptions"
    assert box.call("POST", path, body | {"fields": ["no such field"]}, token=APP_TOKEN).code == 100
    assert box.call("POST", path, body | {"fields": fields}, token=APP_TOKEN).body == {"success": True}
    assert subscribed(box) == ["account_update", "security"]
    assert box.call("POST", path, body, token=APP_TOKEN).body == {"success": True}
    assert subscribed(box) == ["account_update", "security"]
    wamid = box.template("15551230014").wamid
    box.until(lambda: box.admin("GET", f"/ledger/messages/{wamid}")["status"] == "read")
    box.admin("POST", "/inbound", {"from": "15551230014", "text": "hi"})
    unheard = box.admin("POST", "/webhooks", {"sample": "account_review_update/APPROVED"})
    heard = box.admin("POST", "/webhooks", {"sample": "account_update/DISABLE"})
    assert (unheard, heard) == ({"queued": False}, {"queued": True})
    box.until(lambda: box.admin("GET", "/idle")["idle"])
    assert fields_of(receiver) == ["account_update"]
    box.admin("PUT", "/webhook", {"fields": None})
    receiver.wait_status(box.template("15551230015").wamid, "read")


def test_any_webhook_can_be_sent_by_hand(box: Running, receiver: Receiver) -> None:
    value = {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE"}}
    box.admin("POST", "/webhooks", {"waba_id": WABA, "field": "account_update", "value": value})
    raw = receiver.wait(lambda: receiver.posts)[0][1]
    assert json.loads(raw)["entry"][0]["changes"] == [{"value": value, "field": "account_update"}]
