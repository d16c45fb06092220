"""Every recorded shape of a webhook is read as what it is."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from qafila.providers.cloud_api import CloudApi, challenge
from qafila.providers.interface import (
    BadItem,
    EchoEvent,
    Event,
    Failure,
    InboundEvent,
    OtherEvent,
    Receipt,
    StatusEvent,
)
from qafila.providers.notices import (
    AccountNotice,
    LimitNotice,
    Notice,
    NumberNotice,
    Restricts,
    TemplateNotice,
    Weight,
)
from tests.providers.cloud_api.side import SENDER, TESTDATA, load
from tests.providers.conformance import ADDRESS, walk

NAMES = sorted(path.stem for path in TESTDATA.glob("*.json"))
RAW = {name: (TESTDATA / f"{name}.json").read_bytes() for name in NAMES}
WRONG: tuple[Any, ...] = (None, True, -1, 1e300, 10**18, "", "x", [], {}, [[]], [None])
BSUID = "US.13491208655302741918"


def load_again(name: str) -> Any:
    return orjson.loads(RAW[name])


def parse(whole: Any) -> list[Event]:
    return CloudApi().parse(json.dumps(whole).encode())


# name of the file: kind, text, message it answers
INBOUND: dict[str, tuple[str, str, str | None]] = {
    "text": ("text", "Does it come in another color?", None),
    "text_reply": ("text", "Yes please", "wamid.OUT1"),
    "text_product_enquiry": ("text", "Is this one left?", "wamid.OUT1"),
    "text_forwarded": ("text", "FYI", None),
    "text_from_ad": ("text", "Hello, I saw your ad", None),
    "image": ("image", "Taj Mahal", None),
    "video": ("video", "", None),
    "document": ("document", "The invoice", None),
    "audio": ("audio", "", None),
    "voice": ("voice", "", None),
    "sticker": ("sticker", "", None),
    "button": ("button", "Stop", "wamid.OUT1"),
    "button_without_context": ("button", "Stop", None),
    "interactive_button": ("button", "Cancel", "wamid.OUT1"),
    "interactive_list": ("list", "Priority Mail Express", "wamid.OUT1"),
    "interactive_flow": ("form", "Sent", "wamid.OUT1"),
    "reaction": ("reaction", "👍", "wamid.OUT1"),
    "reaction_removed": ("reaction", "", "wamid.OUT1"),
    "location": ("location", "Pablo Morales", None),
    "contacts": ("contacts", "", None),
    "order": ("order", "Love these!", None),
    "number_changed": ("system", "User Sheena changed from 16505551234 to 12195555358", None),
    "unsupported": ("unsupported", "", None),
    "edit": ("edit", "another colour", "wamid.IN_text"),
    "revoke": ("revoke", "", "wamid.IN_text"),
    "type_of_tomorrow": ("unsupported", "", None),
    "with_user_id": ("text", "Hi", None),
    "username_only": ("text", "Hi", None),
}


def test_every_recorded_inbound_message_is_listed() -> None:
    assert sorted(INBOUND) == [name.removeprefix("inbound_") for name in NAMES if name.startswith("inbound_")]


@pytest.mark.parametrize("name", INBOUND)
def test_inbound(name: str) -> None:
    whole = load(f"inbound_{name}")
    (found,) = parse(whole)
    assert isinstance(found, InboundEvent)
    assert (found.kind, found.text, found.reply_to) == INBOUND[name]
    assert found.sender_ref == SENDER
    assert found.provider_id == f"wamid.IN_{name}"
    assert found.at == datetime(2025, 6, 8, 20, 59, 43, tzinfo=UTC)
    assert found.address == ("" if name == "username_only" else ADDRESS)
    assert found.payload == whole["entry"][0]["changes"][0]["value"]["messages"][0]


def test_name_and_other_identities() -> None:
    (plain,) = parse(load("inbound_text"))
    (both,) = parse(load("inbound_with_user_id"))
    (alias_only,) = parse(load("inbound_username_only"))
    (moved,) = parse(load("inbound_number_changed"))
    assert isinstance(plain, InboundEvent)
    assert isinstance(both, InboundEvent)
    assert isinstance(alias_only, InboundEvent)
    assert isinstance(moved, InboundEvent)
    assert (plain.name, plain.aliases) == ("Sheena Nelson", {})
    parent = "US.ENT.11815799212886844830"
    assert both.aliases == {"bsuid": BSUID, "parent_bsuid": parent, "username": "sheena.n"}
    assert (alias_only.name, alias_only.aliases) == ("Pablo", {"bsuid": BSUID, "username": "pablo"})
    assert moved.aliases == {"new_phone": "12195555358"}


def test_each_message_finds_its_own_person() -> None:
    whole = load("inbound_text")
    value = whole["entry"][0]["changes"][0]["value"]
    value["contacts"].append({"profile": {"name": "Pablo"}, "wa_id": "16505550002"})
    value["messages"].append({**value["messages"][0], "id": "wamid.2", "from": "16505550002"})
    value["messages"].append({**value["messages"][0], "id": "wamid.3", "from": "16505550003"})
    names = [event.name for event in parse(whole) if isinstance(event, InboundEvent)]
    assert names == ["Sheena Nelson", "Pablo", ""]


@pytest.mark.parametrize(
    ("name", "receipt"),
    [
        ("sent", Receipt.SENT),
        ("delivered", Receipt.DELIVERED),
        ("read", Receipt.READ),
        ("played", Receipt.READ),
        ("without_attempt", Receipt.SENT),
        ("group", Receipt.DELIVERED),
        ("username_only", Receipt.DELIVERED),
    ],
)
def test_receipt(name: str, receipt: Receipt) -> None:
    whole = load(f"status_{name}")
    (found,) = parse(whole)
    assert found == StatusEvent(
        sender_ref=SENDER,
        provider_id="wamid.OUT1",
        receipt=receipt,
        at=datetime(2023, 10, 25, 20, 49, 5, tzinfo=UTC),
        address="" if name == "username_only" else ADDRESS,
        attempt_id=None if name == "without_attempt" else "attempt-1",
        price=found.price if isinstance(found, StatusEvent) else {},
        payload=whole["entry"][0]["changes"][0]["value"]["statuses"][0],
    )


@pytest.mark.parametrize(
    ("name", "failure", "code"),
    [
        ("131026", Failure.RECIPIENT, "131026"),
        ("131047", Failure.RECIPIENT, "131047"),
        ("131049", Failure.RECIPIENT, "131049"),
        ("131050", Failure.RECIPIENT, "131050"),
        ("131053", Failure.CONTENT, "131053"),
        ("130472", Failure.RECIPIENT, "130472"),
        ("139999", Failure.UNKNOWN, "139999"),
        ("without_reason", Failure.UNKNOWN, "no_reason"),
    ],
)
def test_failed_receipt(name: str, failure: Failure, code: str) -> None:
    (found,) = parse(load(f"status_failed_{name}"))
    assert isinstance(found, StatusEvent)
    assert found.receipt is Receipt.FAILED
    assert found.attempt_id == "attempt-1"
    assert found.error is not None
    assert (found.error.failure, found.error.code) == (failure, code)


@pytest.mark.parametrize("name", [one for one in NAMES if one.startswith("account")])
def test_account_events_keep_their_field_as_kind(name: str) -> None:
    whole = load(name)
    entry = whole["entry"][0]
    assert parse(whole) == [
        OtherEvent(
            kind=entry["changes"][0]["field"],
            account_ref="102290129340398",
            at=datetime(2025, 2, 12, 0, 43, 44, tzinfo=UTC),
            payload=entry["changes"][0]["value"],
            notices=tuple(NOTICES[name]),
        )
    ]


NOTICES: dict[str, list[Notice]] = {
    "account_alerts": [AccountNotice("alert", Weight.WARNING, detail="PHONE_NUMBER")],
    "account_business_capability_update": [LimitNotice(2000)],
    "account_message_template_components_update": [
        TemplateNotice("welcome_template", "en_US", ref="278077987957091", changed=True)
    ],
    "account_message_template_quality_update": [
        TemplateNotice("welcome_template", "en_US", ref="806312974732579", quality="YELLOW")
    ],
    "account_message_template_status_update": [
        TemplateNotice(
            "order_confirmation",
            "en_US",
            ref="1689556908129832",
            status="REJECTED",
            category="UTILITY",
            reason="Too many variables",
        )
    ],
    "account_phone_number_name_update": [
        NumberNotice(phone="15550783881", name_status="APPROVED", name="Lucky Shrub")
    ],
    "account_phone_number_quality_update": [
        NumberNotice(phone="15550783881", throughput="HIGH"),
        LimitNotice(2000),
    ],
    "account_security": [AccountNotice("pin_changed", Weight.WARNING, phone="15550783881")],
    "account_template_category_update": [
        TemplateNotice("welcome_template", "en_US", ref="278077987957091", category="UTILITY")
    ],
    "account_update_deleted": [AccountNotice("deleted", Weight.CRITICAL, stops=True)],
    "account_update_disabled": [
        AccountNotice("disabling", Weight.CRITICAL, detail="April 17, 2025"),
    ],
    "account_update_restriction": [
        AccountNotice(
            "restricted",
            weight,
            detail=kind,
            until=datetime(2022, 1, 4, 21, 8, 18, tzinfo=UTC),
            restricts=restricts,
        )
        for kind, weight, restricts in (
            ("RESTRICTED_BIZ_INITIATED_MESSAGING", Weight.CRITICAL, Restricts.CHATS),
            ("RESTRICTED_ADD_PHONE_NUMBER_ACTION", Weight.WARNING, Restricts.NUMBERS),
        )
    ],
    "account_update_violation": [AccountNotice("violation", Weight.CRITICAL, detail="ADULT")],
    "account_update_volume_tier": [],
}


def test_preferences_are_one_event_each() -> None:
    listed = parse(load("user_preferences"))
    flat = parse(load("user_preference_flat"))
    assert [(one.kind, one.payload["wa_id"], one.payload["value"]) for one in listed + flat] == [  # type: ignore[union-attr]
        ("user_preferences", "16505551234", "stop"),
        ("user_preferences", "16505551235", "resume"),
        ("user_preferences", "16505551234", "stop"),
    ]
    assert isinstance(listed[0], OtherEvent)
    assert listed[0].at == datetime(2024, 11, 15, 21, 22, 1, tzinfo=UTC)
    assert listed[0].sender_ref == SENDER


def test_echoes_errors_and_statuses_of_tomorrow_are_kept() -> None:
    echoes = parse(load("message_echoes"))
    (error,) = parse(load("value_errors"))
    (status,) = parse(load("status_of_tomorrow"))
    sent, taken_back = echoes
    assert isinstance(sent, EchoEvent)
    assert (sent.kind, sent.text, sent.address) == ("text", "Here's the info you requested!", ADDRESS)
    assert isinstance(taken_back, EchoEvent)
    assert (taken_back.kind, taken_back.reply_to) == ("revoke", "wamid.ECHO1")
    kinds = [(one.kind, one.sender_ref) for one in (error, status) if isinstance(one, OtherEvent)]
    assert kinds == [
        ("errors", SENDER),
        ("statuses.warmed_up", SENDER),
    ]
    assert isinstance(error, OtherEvent)
    assert error.payload["code"] == 130429


@pytest.mark.parametrize("number", range(50))
def test_fields_of_tomorrow_are_kept(number: int) -> None:
    value = {"anything": [number, {"deep": True}]}
    whole = load("inbound_text")
    whole["entry"][0]["changes"].insert(0, {"field": f"field_{number}", "value": value})
    other, text = parse(whole)
    assert other == OtherEvent(kind=f"field_{number}", account_ref="102290129340398", payload=value)
    assert isinstance(text, InboundEvent)


def test_messages_without_anything_known_is_kept() -> None:
    whole = load("inbound_text")
    whole["entry"][0]["changes"][0]["value"] = {"metadata": {"phone_number_id": SENDER}, "calls": [1]}
    (found,) = parse(whole)
    assert isinstance(found, OtherEvent)
    assert (found.kind, found.sender_ref, found.payload["calls"]) == ("messages", SENDER, [1])


def test_webhook_of_another_product_is_kept() -> None:
    (found,) = parse({"object": "page", "entry": []})
    assert isinstance(found, OtherEvent)
    assert found.kind == "page"


def test_a_thousand_items_ten_bad() -> None:
    whole = load("status_delivered")
    value = whole["entry"][0]["changes"][0]["value"]
    good = value["statuses"][0]
    bad: list[Any] = [None, 7, "x", [], {}, {**good, "timestamp": "soon"}, {**good, "timestamp": 10**15}]
    bad += [{**good, "id": ""}, {**good, "status": None}, {**good, "id": "x" * 600}]
    value["statuses"] = [{**good, "id": f"wamid.{n}"} for n in range(990)]
    for place, one in enumerate(bad):
        value["statuses"].insert(place * 97, one)
    found = parse(whole)
    broken = [one for one in found if isinstance(one, BadItem)]
    assert sum(isinstance(one, StatusEvent) for one in found) == 990
    assert [one.payload for one in broken] == bad
    assert {one.reason for one in broken} == {
        "statuses_item_not_an_object",
        "no_status",
        "bad_timestamp",
        "no_id",
    }


@pytest.mark.parametrize("name", NAMES)
def test_wrong_types_anywhere_in_a_recorded_webhook_never_raise(name: str) -> None:
    for path in walk(load(name)):
        for wrong in WRONG:
            whole: Any = load_again(name)
            at = whole
            for key in path[:-1]:
                at = at[key]
            at[path[-1]] = wrong
            CloudApi().parse(orjson.dumps(whole))


def test_nul_and_broken_characters_cost_no_neighbour() -> None:
    whole = load("inbound_text")
    body = whole["entry"][0]["changes"][0]["value"]["messages"][0]["text"]
    body["body"] = "a\x00b\ud83dc\\u0000 \\\x00 👋"
    raw = json.dumps(whole).encode().replace(b"Sheena Nelson", b"Sheena \xff")
    (found,) = CloudApi().parse(raw)
    assert isinstance(found, InboundEvent)
    assert found.text == "a\ufffdb\ufffdc\\u0000 \\\ufffd 👋"
    assert found.name == "Sheena \ufffd"
    assert "\x00" not in repr(found.payload)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"hub.mode": "subscribe", "hub.verify_token": "right", "hub.challenge": "1158201444"}, "1158201444"),
        ({"hub.mode": "subscribe", "hub.verify_token": "wrong", "hub.challenge": "1"}, None),
        ({"hub.mode": "unsubscribe", "hub.verify_token": "right", "hub.challenge": "1"}, None),
        ({"hub.mode": "subscribe", "hub.verify_token": "", "hub.challenge": "1"}, None),
        ({}, None),
    ],
)
def test_challenge(query: dict[str, str], expected: str | None) -> None:
    assert challenge(query, ["", "old", "right"]) == expected
