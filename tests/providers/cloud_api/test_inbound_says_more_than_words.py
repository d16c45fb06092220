"""What a message carries besides words comes out in the same words for every vendor; what is new is counted, never lost."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from qafila.providers.cloud_api import CloudApi
from qafila.providers.interface import InboundEvent, OtherEvent, StatusEvent
from qafila.providers.notices import (
    AccountNotice,
    LimitNotice,
    NumberNotice,
    Restricts,
    TemplateNotice,
    Weight,
)
from tests.providers.cloud_api.side import load


def message(name: str, **changes: Any) -> InboundEvent:
    whole = load(f"inbound_{name}")
    whole["entry"][0]["changes"][0]["value"]["messages"][0].update(changes)
    (found,) = CloudApi().parse(json.dumps(whole).encode())
    assert isinstance(found, InboundEvent)
    return found


MEDIA = {"ref": "1", "mime": "image/jpeg", "sha256": "c2g=", "link": "https://lookaside.fbsbx.com/1"}


def test_media_have_id_type_digest_and_caption() -> None:
    said = {"id": "1", "mime_type": "image/jpeg", "sha256": "c2g=", "url": MEDIA["link"], "caption": "Look"}
    found = message("image", image=said)
    assert (found.text, found.detail) == ("Look", {"media": MEDIA})
    found = message("document", document={**said, "filename": "bill.pdf"})
    assert found.detail["media"]["filename"] == "bill.pdf"
    assert message("sticker", sticker={"id": "1", "animated": True}).detail["media"] == {
        "ref": "1",
        "animated": True,
    }
    assert message("voice").kind == "voice"


def test_what_was_pressed_comes_back_as_we_named_it() -> None:
    pressed = message("button", button={"payload": "STOP_7", "text": "No thanks"})
    assert (pressed.kind, pressed.text, pressed.choice) == ("button", "No thanks", "STOP_7")
    reply = {"type": "button_reply", "button_reply": {"id": "a", "title": "Yes"}}
    pressed = message("interactive_button", interactive=reply)
    assert (pressed.kind, pressed.text, pressed.choice) == ("button", "Yes", "a")
    row = {"type": "list_reply", "list_reply": {"id": "r", "title": "Red", "description": "the colour"}}
    pressed = message("interactive_list", interactive=row)
    assert (pressed.choice, pressed.detail) == ("r", {"description": "the colour"})


@pytest.mark.parametrize(
    ("raw", "answers"),
    [('{"flow_token":"t","size":"L"}', {"flow_token": "t", "size": "L"}), ("not json", None), ("[1]", None)],
)
def test_forms_give_their_answers(raw: str, answers: Any) -> None:
    reply = {"type": "nfm_reply", "nfm_reply": {"name": "flow", "body": "Sent", "response_json": raw}}
    found = message("interactive_flow", interactive=reply)
    assert found.kind == "form"
    assert found.detail["form"] == ({"name": "flow", "answers": answers} if answers else {"name": "flow"})


def test_places_orders_contacts_and_problems() -> None:
    place = {"latitude": 30.5, "longitude": 31, "name": "Shop", "url": "https://x.org"}
    assert message("location", location=place).detail == {
        "location": {"name": "Shop", "link": "https://x.org", "latitude": 30.5, "longitude": 31}
    }
    assert message("order").detail == {
        "order": {
            "catalog": "194836987003835",
            "items": [{"product": "di9ozbzfi4", "quantity": 2, "price": 30, "currency": "USD"}],
        }
    }
    assert len(message("contacts").detail["contacts"]) >= 1
    assert message("unsupported").detail == {"problem": {"code": "131051", "title": "Message type unknown"}}


def test_the_ad_it_came_from_is_kept() -> None:
    referral = message("text_from_ad").detail["referral"]
    assert referral["source"]
    assert referral["source_type"] == "ad"
    assert referral["click"]
    assert message("text_forwarded").detail.get("forwarded") or message("text_forwarded").detail.get(
        "frequently_forwarded"
    )
    assert set(message("text_product_enquiry").detail["product"]) == {"catalog", "product"}


def test_edits_and_what_was_taken_back_name_the_original() -> None:
    edit = message("edit")
    assert (edit.text, edit.detail) == ("another colour", {"original": "wamid.IN_text", "as": "text"})
    assert message("revoke").detail == {"original": "wamid.IN_text"}
    inner = {"type": "image", "image": {"id": "7", "caption": "new words"}}
    edit = message("edit", edit={"original_message_id": "wamid.1", "message": inner})
    assert (edit.text, edit.detail["media"], edit.reply_to) == ("new words", {"ref": "7"}, "wamid.1")
    deep: dict[str, Any] = {"type": "edit", "edit": {}}
    assert message("edit", edit={"message": deep}).kind == "edit"


@pytest.mark.parametrize(
    ("name", "opens"),
    [("text", True), ("button", True), ("image", True), ("unsupported", True), ("number_changed", False),
     ("edit", False), ("revoke", False)],
)  # fmt: skip
def test_only_what_a_person_wrote_opens_a_window(name: str, opens: bool) -> None:
    assert message(name).opens_window is opens


def test_types_of_tomorrow_are_named() -> None:
    assert message("type_of_tomorrow").unknown
    assert message("unsupported").unknown == ""
    found = message("interactive_button", interactive={"type": "hologram", "hologram": {"title": "Wow"}})
    assert (found.kind, found.text, found.unknown) == ("unsupported", "Wow", "interactive.hologram")


def test_prices_and_conversations() -> None:
    whole = load("status_sent")
    status = whole["entry"][0]["changes"][0]["value"]["statuses"][0]
    status["pricing"] = {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "marketing"}
    status["conversation"] = {
        "id": "c1",
        "expiration_timestamp": "1698339900",
        "origin": {"type": "marketing"},
    }
    (found,) = CloudApi().parse(json.dumps(whole).encode())
    assert isinstance(found, StatusEvent)
    assert found.price == {
        "billable": True,
        "model": "PMP",
        "type": "regular",
        "category": "marketing",
        "conversation": "c1",
        "origin": "marketing",
        "expires": 1698339900,
    }
    status["pricing"], status["conversation"] = (
        "free",
        {"id": 7, "origin": [], "expiration_timestamp": "soon"},
    )
    (found,) = CloudApi().parse(json.dumps(whole).encode())
    assert isinstance(found, StatusEvent)
    assert found.price == {}


def news(field: str, value: dict[str, Any]) -> list[Any]:
    entry = {"id": "1", "time": 1739321024, "changes": [{"field": field, "value": value}]}
    whole = {"object": "whatsapp_business_account", "entry": [entry]}
    (found,) = CloudApi().parse(json.dumps(whole).encode())
    assert isinstance(found, OtherEvent)
    return list(found.notices)


NEWS: list[tuple[str, dict[str, Any], list[Any]]] = [
    ("business_capability_update", {"max_daily_conversations_per_business": -1}, [LimitNotice(None)]),
    ("business_capability_update", {"max_daily_conversations_per_business": "TIER_10K"}, [LimitNotice(10_000)]),
    ("business_capability_update", {"max_daily_conversation_per_phone": 250}, [LimitNotice(250)]),
    ("business_capability_update", {"max_daily_conversations_per_business": True}, []),
    ("business_capability_update", {"max_daily_conversations_per_business": -7}, []),
    ("business_capability_update", {}, []),
    ("phone_number_quality_update", {"event": "FLAGGED", "display_phone_number": "1"}, [NumberNotice("1", quality="RED")]),
    ("phone_number_quality_update", {"event": "UNFLAGGED", "display_phone_number": "1"}, [NumberNotice("1", quality="GREEN")]),
    ("phone_number_quality_update", {"event": "OF_TOMORROW", "display_phone_number": "1"}, [NumberNotice("1")]),
    ("account_update", {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE"}},
     [AccountNotice("disabled", Weight.CRITICAL, stops=True)]),
    ("account_update", {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "REINSTATE"}},
     [AccountNotice("reinstated", Weight.INFO, ends=True)]),
    ("account_update", {"event": "ACCOUNT_RESTRICTION", "restriction_info": [{"restriction_type": "X"}, 7]},
     [AccountNotice("restricted", Weight.CRITICAL, detail="X")]),
    ("account_update", {"event": "ACCOUNT_RESTRICTION", "restriction_info": [
        {"restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "expiration": 1641330498, "remediation": "Do better."},
        {"restriction_type": "RESTRICTED_CUSTOMER_INITIATED_MESSAGING", "expiration": "soon"},
        {"restriction_type": "RESTRICTED_ADD_PHONE_NUMBER_ACTION"},
        {"restriction_type": "RESTRICTED_USER_INITIATED_CALLING"}]},
     [AccountNotice("restricted", Weight.CRITICAL, restricts=Restricts.CHATS, until=datetime.fromtimestamp(1641330498, UTC),
                    detail="RESTRICTED_BIZ_INITIATED_MESSAGING: Do better."),
      AccountNotice("restricted", Weight.CRITICAL, restricts=Restricts.ANSWERS, detail="RESTRICTED_CUSTOMER_INITIATED_MESSAGING"),
      AccountNotice("restricted", Weight.WARNING, restricts=Restricts.NUMBERS, detail="RESTRICTED_ADD_PHONE_NUMBER_ACTION"),
      AccountNotice("restricted", Weight.WARNING, detail="RESTRICTED_USER_INITIATED_CALLING")]),
    ("account_update", {"event": "ACCOUNT_RESTRICTION", "restriction_info": []},
     [AccountNotice("unrestricted", Weight.INFO, ends=True)]),
    ("account_update", {"event": "ACCOUNT_RESTRICTION"}, []),
    ("account_update", {"event": "AD_ACCOUNT_LINKED"}, []),
    ("account_alerts", {"alert_info": {"alert_severity": "CRITICAL", "alert_type": "T", "alert_description": "D"}},
     [AccountNotice("alert", Weight.CRITICAL, detail="T: D")]),
    ("account_review_update", {"decision": "REJECTED"}, [AccountNotice("review_rejected", Weight.CRITICAL)]),
    ("account_review_update", {"decision": "APPROVED"}, []),
    ("phone_number_name_update", {"display_phone_number": "1", "decision": "REJECTED", "requested_verified_name": "N"},
     [NumberNotice("1", name_status="DECLINED", name="N")]),
    ("security", {"display_phone_number": "1", "event": "PIN_RESET_REQUEST"},
     [AccountNotice("pin_reset_request", Weight.WARNING, phone="1")]),
    ("security", {"event": "OF_TOMORROW"}, []),
    ("message_template_status_update", {"event": "PAUSED", "message_template_name": "t", "message_template_language": "en"},
     [TemplateNotice("t", "en", status="PAUSED")]),
    ("message_template_status_update", {"event": "PAUSED", "message_template_name": 7}, []),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value", "expected"), NEWS)
def test_news(field: str, value: dict[str, Any], expected: list[Any]) -> None:
    assert news(field, value) == expected
