"""pywa sends every type of message it has; the sandbox takes it, shows it and sends its receipts."""

from collections.abc import Callable
from typing import Any

import pytest
from pywa import WhatsApp, errors, types
from pywa.types.media import Media
from pywa.types.templates import BodyText, TemplateLanguage

from tests.sandbox.pywa_client import client_of
from tests.sandbox.running import PHONE, Running
from wa_sandbox.media.people_pictures import sample

TO = "15552340001"


@pytest.fixture(scope="module")
def wa(shared: Running) -> WhatsApp:
    shared.fresh()
    for n in range(1, 4):
        shared.admin("POST", "/inbound", {"from": f"1555234000{n}", "text": "hi"})
    return client_of(shared)


def picture(wa: WhatsApp) -> str:
    return wa.upload_media(sample("image")[1], mime_type="image/png", filename="a.png").id


def sections() -> types.SectionList:
    rows = [types.SectionRow(title="One", callback_data="1", description="the first")]
    return types.SectionList(button_title="Menu", sections=[types.Section(title="S", rows=rows)])


def card(n: int) -> Any:
    return types.ImageCarouselCard(
        body=f"card {n}",
        image="https://example.com/a.jpg",
        buttons=[types.Button(title="Yes", callback_data=f"yes-{n}")],
    )


CONTACT = types.Contact(
    name=types.Contact.Name(formatted_name="Ann Lee", first_name="Ann"),
    phones=[types.Contact.Phone(phone="+15551230000", type="WORK")],
)
SENDS: dict[str, Callable[[WhatsApp], Any]] = {
    "text": lambda wa: wa.send_message(TO, "hi", preview_url=True),
    "text with header": lambda wa: wa.send_message(
        TO, "hi", header="Top", footer="End", buttons=[types.Button(title="A", callback_data="a")]
    ),
    "list": lambda wa: wa.send_message(TO, "choose", buttons=sections()),
    "url button": lambda wa: wa.send_message(
        TO, "see", buttons=types.URLButton(title="Open", url="https://example.com")
    ),
    "flow": lambda wa: wa.send_message(
        TO,
        "flow",
        buttons=types.FlowButton(
            title="Start",
            flow_id="123",
            flow_token="t",
            flow_action_type=types.FlowActionType.NAVIGATE,
            flow_action_screen="S",
        ),
    ),
    "voice call": lambda wa: wa.send_message(TO, "call", buttons=types.VoiceCallButton(title="Call")),
    "call permission": lambda wa: wa.send_message(TO, "may we", buttons=types.CallPermissionRequestButton()),
    "image by id": lambda wa: wa.send_image(TO, picture(wa), caption="c"),
    "image by link": lambda wa: wa.send_image(TO, "https://example.com/a.jpg"),
    "image with buttons": lambda wa: wa.send_image(
        TO, picture(wa), caption="c", buttons=[types.Button(title="A", callback_data="a")]
    ),
    "image uploaded on the way": lambda wa: wa.send_image(TO, sample("image")[1], mime_type="image/png"),
    "video": lambda wa: wa.send_video(TO, "https://example.com/a.mp4", caption="v"),
    "document": lambda wa: wa.send_document(TO, "https://example.com/a.pdf", filename="a.pdf", caption="d"),
    "audio": lambda wa: wa.send_audio(TO, "https://example.com/a.mp3"),
    "voice": lambda wa: wa.send_voice(TO, "https://example.com/a.ogg"),
    "sticker": lambda wa: wa.send_sticker(TO, "https://example.com/a.webp"),
    "location": lambda wa: wa.send_location(TO, latitude=1.5, longitude=2.5, name="n", address="a"),
    "location request": lambda wa: wa.request_location(TO, "where are you?"),
    "contact request": lambda wa: wa.request_contact_info(TO, "your number?"),
    "contact": lambda wa: wa.send_contact(TO, contact=CONTACT),
    "catalog": lambda wa: wa.send_catalog(TO, body="all", footer="f", thumbnail_product_sku="s"),
    "product": lambda wa: wa.send_product(TO, catalog_id="1", sku="s", body="b", footer="f"),
    "products": lambda wa: wa.send_products(
        TO,
        catalog_id="1",
        product_sections=[types.ProductsSection(title="t", skus=["a", "b"])],
        title="t",
        body="b",
    ),
    "carousel": lambda wa: wa.send_carousel(TO, body="cards", cards=[card(1), card(2)]),
    "reply": lambda wa: wa.send_message(TO, "answer", reply_to_message_id="wamid.before"),
    "tracker": lambda wa: wa.send_message(TO, "hi", tracker="op-1"),
}


@pytest.mark.parametrize("what", SENDS)
def test_pywa_sends(shared: Running, wa: WhatsApp, what: str) -> None:
    shared.admin("PATCH", "/limits", {"enforce": False})
    sent = SENDS[what](wa)
    assert sent.id.startswith("wamid.")
    row = shared.admin("GET", f"/ledger/messages/{sent.id}")
    assert row["wa_id"] == TO
    shared.until(lambda: shared.admin("GET", f"/ledger/messages/{sent.id}")["status"] == "read")
    bubbles = shared.admin("GET", f"/conversations/{PHONE}/{TO}")["bubbles"]
    assert bubbles[-1]["wamid"] == sent.id


def test_pywa_reacts_and_takes_it_back(shared: Running, wa: WhatsApp) -> None:
    inbound = shared.admin("POST", "/inbound", {"from": "15552340002", "text": "hi"})["id"]

    def reactions() -> Any:
        return shared.admin("GET", f"/conversations/{PHONE}/15552340002")["bubbles"][-1]["reactions"]

    sent = wa.send_reaction("15552340002", "👍", inbound)
    assert reactions() == {"business": "👍"}
    wa.remove_reaction("15552340002", inbound)
    assert reactions() == {}
    shared.until(lambda: shared.admin("GET", f"/ledger/messages/{sent.id}")["status"] == "sent")


def test_pywa_marks_read_and_types(shared: Running, wa: WhatsApp) -> None:
    inbound = shared.admin("POST", "/inbound", {"from": "15552340003", "text": "hi"})["id"]
    assert wa.mark_message_as_read(inbound)
    assert wa.indicate_typing(inbound)
    talk = shared.admin("GET", f"/conversations/{PHONE}/15552340003")
    assert talk["business_is_typing"]
    assert talk["bubbles"][-1]["seen_by_business"]


def test_pywa_sends_to_a_user_id(shared: Running, wa: WhatsApp) -> None:
    ids = shared.admin("GET", "/people/15552340002")["user_ids"]
    user_id = next(iter(ids.values()))
    assert wa.send_message(user_id, "hi").id
    assert shared.rows()[-1]["wa_id"] == "15552340002"


def test_pywa_meets_the_errors_it_knows(shared: Running, wa: WhatsApp) -> None:
    for number, error in (
        ("15500131056", errors.TooManyMessages),
        ("15500130429", errors.ThrottlingError),
        ("15500131047", errors.ReEngagementMessage),
        ("15500132001", errors.TemplateNotExists),
    ):
        with pytest.raises(error) as caught:
            wa.send_message(number, "x")
        assert caught.value.code == int(number[5:])


def test_pywa_uploads_downloads_and_deletes(wa: WhatsApp, tmp_path: Any) -> None:
    content = sample("image")[1]
    media = wa.upload_media(content, mime_type="image/png", filename="a.png")
    assert isinstance(media, Media)
    found = wa.get_media_url(media.id)
    assert (found.mime_type, found.file_size) == ("image/png", str(len(content)))
    assert wa.get_media_bytes(found.url) == content
    assert wa.download_media(url=found.url, path=tmp_path).read_bytes() == content
    assert wa.delete_media(media.id)
    with pytest.raises(errors.WhatsAppError):
        wa.get_media_url(media.id)


def test_pywa_sends_a_named_template_over_the_marketing_endpoint(shared: Running, wa: WhatsApp) -> None:
    components = [{"type": "BODY", "text": "Dear {{name}}, today only"}]
    shared.admin(
        "POST",
        "/templates",
        {
            "waba_id": wa.waba_id,
            "name": "mm",
            "language": "en",
            "category": "MARKETING",
            "components": components,
        }
        | {"parameter_format": "NAMED"},
    )
    body = BodyText.params(name="Ann")
    sent = wa.send_template(TO, "mm", TemplateLanguage.ENGLISH, [body], use_mm_lite_api=True)
    assert shared.admin("GET", f"/ledger/messages/{sent.id}")["type"] == "template"
