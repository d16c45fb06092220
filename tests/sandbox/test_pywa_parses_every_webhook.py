"""Every webhook the sandbox can send, taken apart by pywa's own handlers behind a small server."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pywa import WhatsApp, types
from pywa.types import account_update, templates

from tests.sandbox.pywa_client import Complaints, client_of, fields_of, listening
from tests.sandbox.receiving import Receiver
from tests.sandbox.running import PHONE, Running, Start, numbers
from wa_sandbox.people.samples import names
from wa_sandbox.webhooks.samples import FIELDS, SAMPLES

PERSON = "15553330001"
OTHER = "15553330003"
# Fields pywa has no handler for; it gets them as raw updates.
RAW = {
    "account_alerts",
    "account_review_update",
    "business_capability_update",
    "phone_number_name_update",
    "phone_number_quality_update",
    "security",
}
RESTRICTED = {"RESTRICTED_BIZ_INITIATED_MESSAGING": 2_000_000_000}
Heard = tuple[Running, WhatsApp, Receiver, list[Any], Complaints]


@pytest.fixture(scope="module")
def all_heard(start_one: Start) -> Iterator[Heard]:
    box = start_one("--speed", "50", "--webhook-concurrency", "1", config={"phone_numbers": numbers(1)})
    wa = client_of(box)
    with listening(wa) as (receiver, updates, complaints):
        box.admin("PUT", "/webhook", {"url": receiver.url, "verify": True})
        yield box, wa, receiver, updates, complaints


@pytest.fixture
def heard(all_heard: Heard) -> Heard:
    box, _, receiver, updates, complaints = all_heard
    box.until(lambda: box.admin("GET", "/idle")["idle"])
    receiver.posts.clear()
    updates.clear()
    complaints.lines.clear()
    return all_heard


def act(box: Running, what: str, who: str = PERSON, **data: Any) -> Any:
    return box.admin("POST", f"/people/{who}/{what}", data)


def next_update(heard: Heard) -> Any:
    _, _, receiver, updates, complaints = heard
    receiver.wait(lambda: receiver.posts)
    assert complaints.lines == []
    assert len(updates) == 1, receiver.posts
    return updates[0]


@pytest.mark.parametrize("name", names())
def test_every_message_of_a_person(heard: Heard, name: str) -> None:
    act(heard[0], "sample", sample=name)
    update = next_update(heard)
    assert update.metadata.phone_number_id == PHONE
    kinds = {
        "button": types.CallbackButton,
        "interactive/button_reply": types.CallbackButton,
        "interactive/list_reply": types.CallbackSelection,
        "interactive/nfm_reply": types.FlowCompletion,
        "system/user_changed_number": types.PhoneNumberChange,
        "system/customer_identity_changed": types.IdentityChange,
        "edit": types.EditedMessage,
        "revoke": types.DeletedMessage,
    }
    assert type(update) is kinds.get(name, types.Message)
    if name == "text/referral":
        assert update.referral.source_id == "120226305854810726"
    if name.startswith("text"):
        assert update.from_user.bsuid.startswith("US.")
    if name == "order":
        assert update.order.total_price == 85.5
    if name == "unsupported":
        assert update.error.code == 131051
    if name == "text/forwarded":
        assert update.forwarded


def test_pictures_of_a_person_are_downloaded(heard: Heard) -> None:
    sent = act(heard[0], "media", kind="image", caption="look")
    update = next_update(heard)
    assert (update.image.id, update.caption) == (sent["message"]["image"]["id"], "look")
    assert heard[1].get_media_bytes(heard[1].get_media_url(update.image.id).url).startswith(b"\x89PNG")


def test_the_buttons_that_were_sent_come_back(heard: Heard) -> None:
    box, wa, receiver, updates, complaints = heard
    box.admin("POST", "/inbound", {"from": OTHER, "text": "hi"})
    next_update(heard)
    updates.clear()
    box.admin("PUT", f"/people/{OTHER}", {"behaviour": "by_hand"})
    buttons = [types.Button(title=name, callback_data=name.lower()) for name in ("Yes", "No")]
    sent = wa.send_message(OTHER, "well?", buttons=buttons, tracker="t-1")
    receiver.wait(lambda: len(updates) == 2)
    assert act(box, "read", who=OTHER, wamid=sent.id)["read"] == [sent.id]
    receiver.wait(lambda: len(updates) == 3)
    act(box, "tap", who=OTHER, wamid=sent.id, choice="No")
    receiver.wait(lambda: len(updates) == 4)
    assert complaints.lines == []
    *statuses, tapped = updates
    assert [str(update.status) for update in statuses] == ["sent", "delivered", "read"]
    assert {update.tracker for update in statuses} == {"t-1"}
    assert statuses[0].conversation.category == types.ConversationCategory.SERVICE
    assert (tapped.data, tapped.reply_to_message.id) == ("no", sent.id)


def test_a_failure_names_its_code(heard: Heard) -> None:
    box, wa, receiver, updates, _ = heard
    wa.send_message("15501131026", "x")
    receiver.wait(lambda: updates)
    assert (str(updates[0].status), updates[0].error.code) == ("failed", 131026)
    box.admin("POST", "/inbound", {"from": "15501131049", "text": "hi"})
    wa.send_message("15501131049", "x")
    receiver.wait(lambda: len(updates) == 3)
    assert updates[2].error.code == 131049
    wa.send_message("15501999900", "x")  # no code there is: a number like any other, whose window is closed
    receiver.wait(lambda: len(updates) == 4)
    assert updates[3].error.code == 131047


def test_a_person_without_a_number(heard: Heard) -> None:
    box, wa, receiver, updates, complaints = heard
    box.admin("PUT", "/people/15553330002", {"username": "ann.lee", "hides_number": True})
    box.admin("POST", "/inbound", {"from": "15553330002", "text": "hi"})
    user = next_update(heard).from_user
    assert (user.wa_id, user.username) == (None, "ann.lee")
    sent = wa.send_message(user.bsuid, "hello")
    receiver.wait(lambda: len(updates) == 4)
    assert complaints.lines == []
    assert updates[-1].id == sent.id


def test_stopping_and_resuming_marketing(heard: Heard) -> None:
    box, _, receiver, updates, _ = heard
    act(box, "marketing", value="stop")
    update = next_update(heard)
    assert type(update) is types.UserMarketingPreferences
    assert not update
    act(box, "marketing", value="resume")
    receiver.wait(lambda: len(updates) == 2)
    assert updates[1]


FILE = {"id": "1", "sha256": "aGFzaA==", "mime_type": "application/octet-stream"}


@pytest.mark.parametrize(
    ("message", "kind", "says"),
    [
        (
            {"text": {"body": "from the shop"}},
            types.OutgoingMessage,
            lambda update: update.text == "from the shop",
        ),
        (
            {"image": {**FILE, "caption": "look"}},
            types.OutgoingMessage,
            lambda update: update.caption == "look",
        ),
        ({"video": FILE}, types.OutgoingMessage, lambda update: update.video.id == "1"),
        (
            {"document": {**FILE, "filename": "a"}},
            types.OutgoingMessage,
            lambda update: update.document.filename == "a",
        ),
        ({"audio": {**FILE, "voice": True}}, types.OutgoingMessage, lambda update: update.voice.id == "1"),
        (
            {
                "edit": {
                    "original_message_id": "wamid.1",
                    "message": {"type": "text", "text": {"body": "better"}},
                }
            },
            types.OutgoingEditedMessage,
            lambda update: (update.original_message_id, update.message.text) == ("wamid.1", "better"),
        ),
        (
            {"revoke": {"original_message_id": "wamid.1"}},
            types.OutgoingDeletedMessage,
            lambda update: update.original_message_id == "wamid.1",
        ),
    ],
)
def test_what_the_business_writes_on_its_phone(
    heard: Heard, message: dict[str, Any], kind: type[Any], says: Callable[[Any], bool]
) -> None:
    sent = {"to": PERSON, "message": {"type": next(iter(message)), **message}}
    assert heard[0].admin("POST", "/echoes", sent)["queued"]
    update = next_update(heard)
    assert type(update) is kind
    assert update.to_user.wa_id == PERSON
    assert says(update)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_webhook_about_accounts_numbers_and_templates(heard: Heard, name: str) -> None:
    box, _, receiver, updates, complaints = heard
    box.admin("POST", "/webhooks", {"sample": name})
    receiver.wait(lambda: receiver.posts)
    field = name.partition("/")[0]
    assert fields_of(receiver) == [field]
    if name == "messages/errors":  # a value without messages and statuses: pywa says so and hands it on raw
        assert "unrecognized shape" in complaints.lines[0]
        return
    assert complaints.lines == []
    if field in RAW:
        assert updates == []
        return
    kinds: dict[str, type[Any]] = {
        "account_update": account_update.AccountUpdate,
        "message_template_status_update": templates.TemplateStatusUpdate,
        "message_template_quality_update": templates.TemplateQualityUpdate,
        "message_template_components_update": templates.TemplateComponentsUpdate,
        "template_category_update": templates.TemplateCategoryUpdate,
    }
    assert [type(update) for update in updates] == [kinds[field]]
    shown = [
        getattr(updates[0], key, "") for key in ("event", "new_status", "new_quality_score", "new_category")
    ]
    assert "UNKNOWN" not in [str(value) for value in shown]


def test_changes_of_the_world_are_told(heard: Heard) -> None:
    box, _, receiver, _, complaints = heard
    waba = box.admin("GET", "/wabas")["data"][0]
    template = box.admin("GET", "/templates")["data"][0]
    changes: list[tuple[str, dict[str, Any], list[str]]] = [
        (f"/wabas/{waba['id']}", {"state": "locked"}, ["account_update"]),
        (f"/wabas/{waba['id']}", {"state": "ok"}, ["account_update"]),
        (f"/wabas/{waba['id']}", {"state": "policy"}, ["account_update"]),
        (f"/wabas/{waba['id']}", {"state": "ok"}, []),
        (f"/wabas/{waba['id']}", {"state": "payment"}, ["account_alerts"]),
        (f"/wabas/{waba['id']}", {"state": "ok"}, []),
        (f"/wabas/{waba['id']}", {"state": "locked"}, ["account_update"]),
        (f"/wabas/{waba['id']}", {"state": "policy"}, ["account_update", "account_update"]),
        (f"/wabas/{waba['id']}", {"state": "ok"}, []),
        (f"/wabas/{waba['id']}", {"restrictions": RESTRICTED}, ["account_update"]),
        (f"/wabas/{waba['id']}", {"restrictions": {}}, []),
        (f"/wabas/{waba['id']}", {"review": "REJECTED"}, ["account_review_update"]),
        (f"/portfolios/{waba['portfolio_id']}", {"limit": 250}, ["business_capability_update"]),
        (f"/phone_numbers/{PHONE}", {"throughput": 80}, []),
        (f"/phone_numbers/{PHONE}", {"throughput": 1000}, ["phone_number_quality_update"]),
        (f"/phone_numbers/{PHONE}", {"name_status": "DECLINED"}, ["phone_number_name_update"]),
        (f"/phone_numbers/{PHONE}", {"name_status": "APPROVED"}, ["phone_number_name_update"]),
        (f"/phone_numbers/{PHONE}", {"pin": "123456"}, ["security"]),
        (f"/templates/{template['id']}", {"quality": "YELLOW"}, ["message_template_quality_update"]),
        (f"/templates/{template['id']}", {"category": "MARKETING"}, ["template_category_update"]),
        (f"/templates/{template['id']}", {"status": "DISABLED"}, ["message_template_status_update"]),
    ]
    expected: list[str] = []
    for path, record, told in changes:
        box.admin("PUT", path, record)
        expected += told
    receiver.wait(lambda: len(receiver.posts) == len(expected))
    assert fields_of(receiver) == expected
    assert complaints.lines == []
    values = [json.loads(raw)["entry"][0]["changes"][0]["value"] for _, raw in receiver.posts]
    bans = [value["ban_info"]["waba_ban_state"] for value in values if "ban_info" in value]
    assert bans == ["DISABLE", "REINSTATE"] * 2, "an end is told of a ban only"


@pytest.mark.parametrize(("limit", "name"), [(100_000, "TIER_100K"), (None, "TIER_UNLIMITED")])
def test_a_webhook_names_the_limit_as_reading_does(heard: Heard, limit: int | None, name: str) -> None:
    box, _, receiver, _, complaints = heard
    portfolio = box.admin("GET", "/portfolios")["data"][0]["id"]
    box.admin("PUT", f"/phone_numbers/{PHONE}", {"throughput": 80})
    box.admin("PUT", f"/portfolios/{portfolio}", {"limit": limit})
    box.admin("PUT", f"/phone_numbers/{PHONE}", {"throughput": 1000})
    receiver.wait(lambda: "phone_number_quality_update" in fields_of(receiver))
    changes = [change for _, raw in receiver.posts for change in json.loads(raw)["entry"][0]["changes"]]
    told = next(one["value"] for one in changes if one["field"] == "phone_number_quality_update")
    field = "whatsapp_business_manager_messaging_limit"
    read = box.call("GET", f"/v25.0/{PHONE}?fields={field}").body[field]
    assert told["max_daily_conversations_per_business"] == read == name
    assert complaints.lines == []


def test_every_field_of_the_list_can_be_sent() -> None:
    messages = {"messages", "smb_message_echoes", "user_preferences"}
    assert set(FIELDS) == {name.partition("/")[0] for name in SAMPLES} | messages
