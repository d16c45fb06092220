"""pywa creates, reads, edits and deletes templates, and looks after numbers, profiles, callbacks and the block list."""

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from pywa import WhatsApp, errors, types
from pywa.types import templates as t

from tests.sandbox.pywa_client import VERIFY, client_of, listening
from tests.sandbox.running import PHONE, WABA, Running, Start, numbers
from wa_sandbox.media.people_pictures import sample

TO = "15552350001"
ENGLISH = t.TemplateLanguage.ENGLISH_US


@pytest.fixture(scope="module")
def box(start_one: Start) -> Running:
    return start_one("--speed", "50", config={"phone_numbers": numbers(2)})


@pytest.fixture(scope="module")
def wa(box: Running) -> WhatsApp:
    return client_of(box, app_id="500100200300400")


def carousel() -> t.Template:
    cards = [
        t.CarouselCard(
            components=[
                t.HeaderImage(example=sample("image")[1], mime_type="image/png"),
                t.BodyText("Card number one"),
                t.Buttons(buttons=[t.QuickReplyButton(text="Send more")]),
            ]
        )
        for _ in range(2)
    ]
    return template("carousel", [t.BodyText("Look at these"), t.Carousel(cards=cards)])


def template(name: str, components: list[Any], category: str = "MARKETING", **more: Any) -> t.Template:
    return t.Template(
        name=name, language=ENGLISH, category=t.TemplateCategory(category), components=components, **more
    )


def offer() -> t.Template:
    parts = [
        t.LimitedTimeOffer(text="Ends soon", has_expiration=True),
        t.BodyText("Good news, use the code {{1}} now", "SAVE"),
        t.Buttons(
            buttons=[
                t.CopyCodeButton(example="SAVE20"),
                t.URLButton(text="Shop", url="https://example.com/{{1}}", example="https://example.com/a"),
            ]
        ),
    ]
    return template("offer", parts)


def everything() -> t.Template:
    buttons = [
        t.QuickReplyButton(text="Stop"),
        t.PhoneNumberButton(text="Call", phone_number="+15550783881"),
        t.URLButton(text="Open", url="https://example.com/{{1}}", example="https://example.com/a"),
    ]
    return template(
        "everything",
        [
            t.HeaderText("Hello {{name}} there", name="Ann"),
            t.BodyText("Dear {{name}}, your order {{order}} is on its way", name="Ann", order="7"),
            t.FooterText(text="Sandbox Shop"),
            t.Buttons(buttons=buttons),
        ],
        category="UTILITY",
        parameter_format=t.ParamFormat.NAMED,
    )


def code() -> t.Template:
    parts = [
        t.AuthenticationBody(add_security_recommendation=True),
        t.AuthenticationFooter(code_expiration_minutes=5),
        t.Buttons(buttons=[t.CopyCodeOTPButton(text="Copy code")]),
    ]
    return template("code", parts, category="AUTHENTICATION")


def approved(box: Running, wa: WhatsApp, made: t.Template) -> t.CreatedTemplate:
    created = wa.create_template(made)
    assert created.status == t.TemplateStatus.PENDING
    box.until(lambda: wa.get_template(created.id).status == t.TemplateStatus.APPROVED)
    return created


def test_every_component_is_created_approved_and_sent(box: Running, wa: WhatsApp) -> None:
    approved(box, wa, everything())
    params: list[Any] = [
        t.HeaderText.params(name="Ann"),
        t.BodyText.params(name="Ann", order="7"),
        t.QuickReplyButton.params(callback_data="STOP", index=0),
        t.URLButton.params(url_variable="x", index=2),
    ]
    assert wa.send_template(TO, "everything", ENGLISH, params).id
    approved(box, wa, offer())
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)
    params = [
        t.LimitedTimeOffer.params(expiration_time=soon),
        t.BodyText.params("SAVE"),
        t.CopyCodeButton.params(coupon_code="SAVE20", index=0),
        t.URLButton.params(url_variable="x", index=1),
    ]
    assert wa.send_template(TO, "offer", ENGLISH, params).id
    approved(box, wa, carousel())
    cards = [
        t.CarouselCard.params(
            index=n,
            params=[
                t.HeaderImage.params(image="https://example.com/a.png"),
                t.QuickReplyButton.params(callback_data=f"more-{n}", index=0),
            ],
        )
        for n in range(2)
    ]
    assert wa.send_template(TO, "carousel", ENGLISH, [t.Carousel.params(cards=cards)]).id
    approved(box, wa, code())
    params = [t.AuthenticationBody.params(otp="123456"), t.CopyCodeOTPButton.params(otp="123456")]
    sent = wa.send_template(TO, "code", ENGLISH, params)
    shown = box.admin("GET", f"/conversations/{PHONE}/{TO}")["bubbles"]
    assert "123456" in next(bubble["text"] for bubble in shown if bubble["wamid"] == sent.id)
    with pytest.raises(errors.TemplateParamCountMismatch):
        wa.send_template(TO, "everything", ENGLISH, [t.HeaderText.params(name="Ann")])


def types_in(found: Any) -> Iterator[str]:
    """Every type and format, however deep."""
    if isinstance(found, list):
        for one in found:
            yield from types_in(one)
    elif isinstance(found, dict):
        yield from (found[key] for key in ("type", "format") if key in found)
        for one in found.values():
            yield from types_in(one)


def test_small_letters_of_types_come_back_as_capitals(box: Running, wa: WhatsApp) -> None:
    reply = {"type": "quick_reply", "text": "Stop"}
    link = {"type": "url", "text": "Open", "url": "https://example.com"}
    picture = {"type": "header", "format": "image", "example": {"header_handle": ["4::a"]}}
    card = {"components": [picture, {"type": "body", "text": "One"}, {"type": "buttons", "buttons": [link]}]}
    kinds: dict[str, list[Any]] = {
        "small_plain": [
            {"type": "header", "format": "text", "text": "Hello"},
            {"type": "body", "text": "Your order has been sent"},
            {"type": "footer", "text": "Sandbox Shop"},
            {"type": "buttons", "buttons": [reply, link]},
        ],
        "small_cards": [
            {"type": "body", "text": "Look at these"},
            {"type": "carousel", "cards": [card, card]},
        ],
    }
    read = {}
    for name, components in kinds.items():
        body = {"name": name, "language": "en_US", "category": "marketing", "components": components}
        made = box.call("POST", f"/v25.0/{WABA}/message_templates", body)
        assert made.status == 200, made.body
        stored = box.call("GET", f"/v25.0/{made.body['id']}").body["components"]
        assert {kind for kind in types_in(stored) if kind != kind.upper()} == set()
        read[name] = wa.get_template(made.body["id"]).components
    header, _, footer, buttons = read["small_plain"]
    assert (type(header), type(footer)) == (t.HeaderText, t.FooterText)
    assert [type(one) for one in buttons.buttons] == [t.QuickReplyButton, t.URLButton]
    picture_read, text, links = read["small_cards"][1].cards[1].components
    assert (type(picture_read), type(text)) == (t.HeaderImage, t.BodyText)
    assert [type(one) for one in links.buttons] == [t.URLButton]


def test_media_headers_are_sent(box: Running, wa: WhatsApp) -> None:
    for header in (t.HeaderVideo, t.HeaderDocument, t.HeaderImage):
        name = header.__name__.lower()
        kind = name.removeprefix("header")
        mime, content, _ = sample(kind)
        example = header(example=content, mime_type=mime)
        approved(box, wa, template(name, [example, t.BodyText("Look at this")]))
        key = {kind: f"https://example.com/{kind}"}
        assert wa.send_template(TO, name, ENGLISH, [header.params(**key)]).id
    approved(box, wa, template("place", [t.HeaderLocation(), t.BodyText("We are here")]))
    place = t.HeaderLocation.params(lat=1, lon=2, name="n", address="a")
    assert wa.send_template(TO, "place", ENGLISH, [place]).id


def test_templates_are_rejected_moved_listed_edited_and_deleted(box: Running, wa: WhatsApp) -> None:
    bad = wa.create_template(template("reject_promotional", [t.BodyText("Buy now please")]))
    moved = wa.create_template(template("moved", [t.BodyText("Today 20% off all")], category="UTILITY"))
    box.until(lambda: wa.get_template(bad.id).status == t.TemplateStatus.REJECTED)
    box.until(lambda: wa.get_template(moved.id).status == t.TemplateStatus.APPROVED)
    assert wa.get_template(bad.id).rejected_reason == t.TemplateRejectionReason.PROMOTIONAL
    assert wa.get_template(moved.id).category == t.TemplateCategory.MARKETING
    found = wa.get_templates(statuses=[t.TemplateStatus.REJECTED])
    assert [one.name for one in found] == ["reject_promotional"]
    assert found.total_count == 1
    assert wa.update_template(bad.id, new_components=[t.BodyText("Thank you for your order")])
    assert wa.get_template(bad.id).status == t.TemplateStatus.PENDING
    assert wa.delete_template("moved", template_id=moved.id)
    with pytest.raises(errors.WhatsAppError):
        wa.get_template(moved.id)
    with pytest.raises(errors.WhatsAppError) as caught:
        wa.create_template(template("moved", [t.BodyText("Hello again there")]))
    assert caught.value.subcode == 2388023
    box.admin("POST", f"/templates/{moved_back(box)}/pause")
    paused = wa.get_templates(statuses=[t.TemplateStatus.PAUSED])
    assert wa.unpause_template(paused[0].id)


def moved_back(box: Running) -> str:
    return next(
        row["id"] for row in box.admin("GET", "/templates")["data"] if row["name"] == "qafila_message"
    )


def test_numbers_profile_and_automation(box: Running, wa: WhatsApp) -> None:
    number = wa.get_business_phone_number()
    assert number.whatsapp_business_manager_messaging_limit == "TIER_100K"
    assert number.throughput == {"level": "HIGH"}
    assert len(wa.get_business_phone_numbers()) == 2
    assert wa.get_business_account().id
    assert [account.id for account in wa.get_owned_business_accounts()] == [wa.waba_id]
    assert list(wa.get_shared_business_accounts()) == []
    assert wa.update_business_profile(about="Open", websites=["https://example.com"], email="a@example.com")
    profile = wa.get_business_profile()
    assert (profile.about, profile.email) == ("Open", "a@example.com")
    commands = [types.Command(name="help", description="what we do")]
    assert wa.update_conversational_automation(ice_breakers=["Prices?"], commands=commands)
    automation = wa.get_business_phone_number().conversational_automation
    assert automation and automation.ice_breakers == ("Prices?",)
    assert wa.set_username("my.shop").username == "my.shop"
    assert wa.get_current_username().username == "my.shop"
    assert wa.get_reserved_usernames()
    assert wa.delete_username()
    assert wa.update_display_name("New name")
    box.until(lambda: wa.get_business_phone_number().verified_name == "New name")


def test_a_number_is_added_verified_and_registered(box: Running, wa: WhatsApp) -> None:
    made = wa.create_phone_number(country_calling_code="1", phone_number="5550783999", verified_name="Two")
    with pytest.raises(errors.WhatsAppError) as caught:
        wa.register_phone_number("123456", phone_id=made.id)
    assert caught.value.code == 133006
    assert wa.request_verification_code(code_method="SMS", language_code="en", phone_id=made.id)
    right = box.admin("GET", f"/phone_numbers/{made.id}")["verification_code"]
    with pytest.raises(errors.WhatsAppError):
        wa.verify_phone_number(f"{(int(right) + 1) % 1_000_000:06d}", phone_id=made.id)
    assert wa.verify_phone_number(right, phone_id=made.id)
    assert wa.register_phone_number("123456", phone_id=made.id)
    assert wa.deregister_phone_number(phone_id=made.id)
    with pytest.raises(errors.WhatsAppError) as caught:
        wa.register_phone_number("654321", phone_id=made.id)
    assert caught.value.code == 133005


def test_people_are_blocked_by_the_business(box: Running, wa: WhatsApp) -> None:
    box.admin("POST", "/inbound", {"from": "15552350002", "text": "hi"})
    result = wa.block_users(["15552350002", "15552350003"])
    assert [user.wa_id for user in result.added_users] == ["15552350002"]
    assert [user.input for user in result.failed_users] == ["15552350003"]
    assert result.failed_users[0].errors[0].code == 131047
    assert [user.wa_id for user in wa.get_blocked_users()] == ["15552350002"]
    assert box.call("POST", "/admin/inbound", {"from": "15552350002", "text": "hi"}).status == 400
    with pytest.raises(errors.MessageUndeliverable):
        wa.send_message("15552350002", "x")
    assert wa.unblock_users(["15552350002"]).removed_users
    assert wa.send_message("15552350002", "x").id


@pytest.fixture
def callback(wa: WhatsApp) -> Iterator[str]:
    with listening(wa) as (receiver, _, _):
        yield receiver.url


def test_callbacks_are_set_by_every_scope(wa: WhatsApp, callback: str) -> None:
    token = wa.get_app_access_token(app_id=500100200300400, app_secret="sandbox-app-secret")
    assert wa.set_app_callback_url(500100200300400, token, callback, VERIFY, ["messages"])
    assert wa.override_waba_callback_url(callback, VERIFY)
    assert wa.override_phone_callback_url(callback, VERIFY)
    assert wa.get_business_phone_number().webhook_configuration == {
        "phone_number": callback,
        "whatsapp_business_account": callback,
        "application": callback,
    }
    with pytest.raises(errors.WhatsAppError):
        wa.override_phone_callback_url(callback, "wrong")
    assert wa.delete_phone_callback_url()
    assert wa.delete_waba_callback_url()
