"""Numbers, accounts, templates, blocked people: each call once, each answer read, nothing secret in what goes wrong."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from qafila.providers.cloud_api import CloudApi
from qafila.providers.interface import Credentials, Failure, ProviderError
from qafila.providers.management import (
    BlockList,
    HealthEntity,
    MediaStore,
    NewTemplate,
    NumberBook,
    TemplateBook,
)
from tests.kit.raw_server import Received
from tests.providers.cloud_api.side import SENDER, CloudSide
from tests.providers.conformance import CANARIES, TOKEN, everything_said
from tests.providers.fake_cloud import answer, error

ACCOUNT = "102290129340398"
PIN = "CANARY-PIN-314159"

NUMBER: dict[str, Any] = {
    "id": SENDER,
    "display_phone_number": "+1 555-078-3881",
    "verified_name": "Lucky Shrub",
    "quality_rating": "YELLOW",
    "status": "CONNECTED",
    "name_status": "APPROVED",
    "throughput": {"level": "HIGH"},
    "whatsapp_business_manager_messaging_limit": "TIER_2K",
    "is_pin_enabled": True,
    "health_status": {
        "can_send_message": "BLOCKED",
        "entities": [
            {"entity_type": "PHONE_NUMBER", "id": "1", "can_send_message": "LIMITED", "additional_info": ["Name in review."]},
            {"entity_type": "WABA", "id": "2", "can_send_message": "BLOCKED",
             "errors": [{"error_code": 141006, "error_description": "No payment method.", "possible_solution": "Add one."}]},
            7,
        ],
    },
}  # fmt: skip


def says(side: CloudSide, *answers: Any) -> None:
    """Answers with these objects, one after the other; the last again and again."""
    queue = [answer(200, json.dumps(one).encode()) for one in answers]
    side.cloud.reply = lambda _: queue.pop(0) if len(queue) > 1 else queue[0]


def asked(side: CloudSide, place: int = -1) -> tuple[str, str, Any]:
    received: Received = side.cloud.received[place]
    return received.method, received.path, json.loads(received.body) if received.body else None


def test_it_can_do_what_it_says() -> None:
    provider = CloudApi()
    for protocol in (NumberBook, TemplateBook, MediaStore, BlockList):
        assert isinstance(provider, protocol)


async def test_a_number_with_its_health(side: CloudSide) -> None:
    says(side, NUMBER)
    found = await side.provider.number_info(side.credentials)
    assert (found.verified_name, found.quality, found.throughput) == ("Lucky Shrub", "YELLOW", "HIGH")
    assert (found.limit_tier, found.limit, found.limit_known) == ("TIER_2K", 2000, True)
    assert (found.status, found.name_status, found.pin_enabled) == ("CONNECTED", "APPROVED", True)
    assert found.health.can_send == "BLOCKED"
    assert found.health.entities == [
        HealthEntity("PHONE_NUMBER", "1", "LIMITED", ["Name in review."]),
        HealthEntity("WABA", "2", "BLOCKED", ["141006 No payment method. Add one."]),
    ]
    method, path, _ = asked(side)
    assert (method, path.partition("?")[0]) == ("GET", f"/v23.0/{SENDER}")


@pytest.mark.parametrize(
    ("tier", "limit", "known"),
    [
        ("TIER_UNLIMITED", None, True),
        ("TIER_250", 250, True),
        ("TIER_NOT_SET", None, False),
        ("TIER_OF_TOMORROW", None, False),
        (None, None, False),
        (2000, None, False),
    ],
)
async def test_limits_in_metas_words(side: CloudSide, tier: Any, limit: int | None, known: bool) -> None:
    says(side, {"id": SENDER, "whatsapp_business_manager_messaging_limit": tier})
    found = await side.provider.number_info(side.credentials)
    assert (found.limit, found.limit_known) == (limit, known)


@pytest.mark.parametrize("key", list(NUMBER))
@pytest.mark.parametrize("wrong", [None, 7, "x", [], {}, [7], {"level": 7}])
async def test_wrong_types_in_a_number_are_nothing_known(side: CloudSide, key: str, wrong: Any) -> None:
    says(side, {**NUMBER, key: wrong})
    if key == "id" and wrong != "x":
        with pytest.raises(ProviderError):
            await side.provider.number_info(side.credentials)
    else:
        await side.provider.number_info(side.credentials)


async def test_lists_go_over_their_pages_by_cursor_and_end(side: CloudSide) -> None:
    elsewhere = f"http://evil.example/?access_token={TOKEN}"

    def page(number: int, after: str, more: bool) -> dict[str, Any]:
        rows = [{"id": str(number * 10 + n), "status": "CONNECTED"} for n in range(2)]
        return {
            "data": rows,
            "paging": {"cursors": {"after": after}, **({"next": elsewhere} if more else {})},
        }

    says(side, page(1, "a1", True), page(2, "a2", True), page(3, "a3", False))
    found = await side.provider.list_numbers(side.credentials)
    assert [one.ref for one in found] == ["10", "11", "20", "21", "30", "31"]
    assert [path.partition("after=")[2] for _, path, _ in (asked(side, n) for n in range(3))] == [
        "",
        "a1",
        "a2",
    ]
    says(side, page(1, "same", True))
    assert len(await side.provider.list_numbers(side.credentials)) == 4, "a cursor that repeats ends the list"


async def test_a_list_that_is_none_is_said(side: CloudSide) -> None:
    says(side, {"data": "soon"})
    with pytest.raises(ProviderError) as caught:
        await side.provider.list_templates(side.credentials)
    assert (caught.value.failure, caught.value.code) == (Failure.UNKNOWN, "answer_unreadable")


async def test_an_account_whose_owner_may_not_be_seen(side: CloudSide) -> None:
    account = {"id": ACCOUNT, "name": "Shop", "account_review_status": "APPROVED", "health_status": {}}

    def reply(received: Received) -> bytes:
        if "owner_business_info" in received.path:
            return error(200, "Permissions error", 403)
        return answer(200, json.dumps(account).encode())

    side.cloud.reply = reply
    found = await side.provider.account_info(side.credentials)
    assert (found.ref, found.name, found.review, found.owner_ref) == (ACCOUNT, "Shop", "APPROVED", "")
    says(side, account, {"id": ACCOUNT, "owner_business_info": {"id": "100", "name": "Owner"}})
    assert (await side.provider.account_info(side.credentials)).owner_ref == "100"


async def test_templates_are_read_made_changed_and_deleted(side: CloudSide) -> None:
    row = {
        "id": "9",
        "name": "sale",
        "language": "en_US",
        "status": "PAUSED",
        "category": "MARKETING",
        "quality_score": {"score": "RED"},
        "parameter_format": "NAMED",
        "components": [{"type": "BODY", "text": "Hi {{name}}"}, 7],
        "rejected_reason": "NONE",
    }
    says(side, {"data": [row, {"id": "10"}, "x", {**row, "language": "ar"}], "paging": {}})
    found = await side.provider.list_templates(side.credentials)
    assert [(one.name, one.language, one.status, one.quality) for one in found] == [
        ("sale", "en_US", "PAUSED", "RED"),
        ("sale", "ar", "PAUSED", "RED"),
    ]
    assert (found[0].reason, found[0].parameter_format) == ("", "NAMED")
    assert found[0].components == [{"type": "BODY", "text": "Hi {{name}}"}]

    says(side, {"id": "11", "status": "PENDING", "category": "MARKETING"})
    body = [{"type": "BODY", "text": "Hi {{name}}"}]
    made = await side.provider.create_template(
        side.credentials, NewTemplate("sale", "en", "UTILITY", body, named=True)
    )
    assert (made.ref, made.status, made.category) == ("11", "PENDING", "MARKETING")
    assert asked(side) == (
        "POST",
        f"/v23.0/{ACCOUNT}/message_templates",
        {
            "name": "sale",
            "language": "en",
            "category": "UTILITY",
            "components": body,
            "parameter_format": "NAMED",
        },
    )
    says(side, {"success": True})
    await side.provider.edit_template(side.credentials, "11", components=body)
    assert asked(side) == ("POST", "/v23.0/11", {"components": body})
    await side.provider.delete_template(side.credentials, "sale", ref="11")
    assert asked(side) == ("DELETE", f"/v23.0/{ACCOUNT}/message_templates?name=sale&hsm_id=11", None)


async def test_blocking(side: CloudSide) -> None:
    says(side, {"block_users": {"added_users": [{"input": "+1", "wa_id": "1"}, {"user_id": "US.1"}]}})
    assert await side.provider.block(side.credentials, ["+1", "US.1"]) == ["1", "US.1"]
    assert asked(side)[2]["block_users"] == [{"user": "+1"}, {"user_id": "US.1"}]
    says(side, {"block_users": {"removed_users": [{"wa_id": "1"}]}})
    assert await side.provider.unblock(side.credentials, ["1"]) == ["1"]
    assert asked(side)[0] == "DELETE"
    assert asked(side)[2]["block_users"] == [{"user": "1"}]
    says(side, {"data": [{"wa_id": "1"}, {"user_id": "US.1"}, {}]})
    assert await side.provider.blocked(side.credentials) == ["1", "US.1"]


Do = Callable[[CloudApi, Credentials], Awaitable[Any]]
CHANGES: list[tuple[Do, str, Any]] = [
    (
        lambda p, c: p.register(c, pin=PIN),
        f"{SENDER}/register",
        {"messaging_product": "whatsapp", "pin": PIN},
    ),
    (lambda p, c: p.deregister(c), f"{SENDER}/deregister", {"messaging_product": "whatsapp"}),
    (lambda p, c: p.request_code(c), f"{SENDER}/request_code", {"code_method": "SMS", "language": "en_US"}),
    (lambda p, c: p.verify_code(c, code=PIN), f"{SENDER}/verify_code", {"code": PIN}),
    (lambda p, c: p.subscribe(c), f"{ACCOUNT}/subscribed_apps", {}),
    (
        lambda p, c: p.subscribe(c, callback_url="https://x.org/h"),
        f"{ACCOUNT}/subscribed_apps",
        {"override_callback_uri": "https://x.org/h", "verify_token": "CANARY-VERIFY"},
    ),
    (
        lambda p, c: p.set_number_webhook(c, callback_url=""),
        SENDER,
        {"webhook_configuration": {"override_callback_uri": ""}},
    ),
]


@pytest.mark.parametrize(("do", "path", "body"), CHANGES)
async def test_changes_of_numbers_and_subscriptions(side: CloudSide, do: Do, path: str, body: Any) -> None:
    says(side, {"success": True})
    await do(side.provider, side.credentials)
    assert asked(side) == ("POST", f"/v23.0/{path}", body)
    says(side, {"success": False})
    with pytest.raises(ProviderError):
        await do(side.provider, side.credentials)


@pytest.mark.parametrize(("do", "path", "body"), CHANGES)
async def test_no_token_and_no_pin_in_what_goes_wrong(
    side: CloudSide, do: Do, path: str, body: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    quoted = f"{TOKEN} {PIN} CANARY-APP-SECRET CANARY-VERIFY"
    side.cloud.say(error(133005, f"PIN wrong {quoted}", details=quoted))
    with pytest.raises(ProviderError) as caught:
        await do(side.provider, side.credentials)
    logging.getLogger("test").error("Failed.", exc_info=caught.value)
    said = everything_said(caught.value, caplog.text)
    hidden = [*CANARIES[:3], PIN] if PIN in str(body) else CANARIES[:3]
    assert not [canary for canary in hidden if canary in said]


@pytest.mark.parametrize("ref", ["", "..", "../../x", "1/2", "1?fields=id", "1#", "é", "a b", "x" * 300])
async def test_an_id_that_is_none_becomes_no_path(side: CloudSide, ref: str) -> None:
    broken = Credentials(side.credentials.base_url, TOKEN, ref, ref)
    for do in (
        lambda: side.provider.number_info(broken),
        lambda: side.provider.list_templates(broken),
        lambda: side.provider.delete_media(broken, ref),
        lambda: side.provider.blocked(broken),
    ):
        with pytest.raises(ProviderError) as caught:
            await do()
        assert caught.value.code == "bad_reference"
    assert len(side.cloud.received) == 0


async def test_a_redirect_is_not_followed(side: CloudSide) -> None:
    side.cloud.say(answer(302, b"", extra="location: /elsewhere\r\n"))
    with pytest.raises(ProviderError):
        await side.provider.number_info(side.credentials)
    assert len(side.cloud.received) == 1
