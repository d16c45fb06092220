"""A developer tries a client: a template with buttons, the answer tapped on the phone, its webhook, and sending it again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.sandbox.conftest import receiver, start
from tests.sandbox.receiving import Receiver, signature
from tests.sandbox.running import PHONE, WABA, Running, Start

__all__ = ["receiver", "start"]

WHO = "15551230001"
VIEWS = ("start", "webhooks", "ledger", "faults", "people", "limits", "templates")
HOSTILE = "<img src=x onerror=alert(1)>"
COMPONENTS = [
    {"type": "HEADER", "format": "TEXT", "text": "Spring sale"},
    {"type": "BODY", "text": "Hello {{1}}, *everything* is half price."},
    {"type": "FOOTER", "text": "Reply STOP to end"},
    {
        "type": "BUTTONS",
        "buttons": [{"type": "QUICK_REPLY", "text": name} for name in ("Show me", "Not now")],
    },
]


@pytest.fixture
def box(start: Start, receiver: Receiver) -> Running:
    """A sandbox whose person is played by hand, and a client's template."""
    running = start("--speed", "20", "--webhook-url", receiver.url)
    running.admin("PUT", f"/people/{WHO}", {"behaviour": "by_hand"})
    made = {"id": "777", "waba_id": WABA, "name": "spring", "language": "en", "category": "MARKETING"}
    running.admin("PUT", "/templates/777", {**made, "components": COMPONENTS})
    return running


@pytest.fixture
def window(browser: Browser, box: Running) -> Iterator[Page]:
    """A window on the sandbox's page. Whatever the browser complains about fails the test at its end."""
    context = browser.new_context(base_url=box.url, viewport={"width": 1280, "height": 860})
    page = context.new_page()
    page.set_default_timeout(30_000)
    said: list[str] = []
    page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda fault: said.append(str(fault)))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    yield page
    context.close()
    # A form that is refused (400) is shown to the person; the browser notes it as well.
    assert [line for line in said if "status of 400" not in line] == []
    assert [url for url in asked if not url.startswith(box.url)] == []


def send_template(box: Running, name: str = "Ann") -> str:
    values = [{"type": "body", "parameters": [{"type": "text", "text": name}]}]
    template = {"name": "spring", "language": {"code": "en"}, "components": values}
    return box.send({"to": WHO, "type": "template", "template": template}).wamid


def test_a_template_is_answered_on_the_phone_and_its_webhook_sent_again(
    window: Page, box: Running, receiver: Receiver
) -> None:
    window.goto("/")
    expect(window.get_by_text("No messages yet").first).to_be_visible()
    wamid = send_template(box, HOSTILE)

    bubble = window.locator(f"[id='m-{wamid}']")
    expect(bubble).to_contain_text("Spring sale")
    expect(bubble).to_contain_text(f"Hello {HOSTILE}, everything is half price.")
    expect(bubble.locator(".ticks.delivered")).to_be_visible()
    expect(window.locator("a.talk")).to_contain_text("+" + WHO)

    bubble.get_by_role("button", name="Show me").click()
    expect(window.locator(".line.person")).to_contain_text("Show me")
    answer = receiver.wait(lambda: receiver.values("messages"))[0][0]
    assert answer["button"] == {"payload": "Show me", "text": "Show me"}
    assert answer["context"]["id"] == wamid

    window.get_by_role("link", name="Webhooks").click()
    row = window.locator("tr[data-row]", has_text="message button")
    row.click()
    body = window.locator("pre.json")
    expect(body).to_contain_text('"payload": "Show me"')
    before = [raw for _, raw in receiver.posts]
    first = next(raw for raw in before if b'"payload":"Show me"' in raw)
    expect(window.locator(".detail")).to_contain_text(signature(first))
    window.get_by_role("button", name="Send again").click()
    receiver.wait(lambda: [raw for _, raw in receiver.posts].count(first) == 2)
    expect(window.locator("tr[data-row]", has_text="message button")).to_have_count(2)
    assert window.url.startswith(box.url + "/?")


def test_the_page_keeps_up_without_disturbing_who_writes(
    window: Page, box: Running, receiver: Receiver
) -> None:
    send_template(box)
    window.goto(f"/?person={WHO}")
    writing = window.get_by_label("Write as this person")
    writing.press_sequentially("half a sen")
    seen = window.locator(".line").count()
    send_template(box)
    expect(window.locator(".line")).to_have_count(seen + 1)
    expect(writing).to_be_focused()
    expect(writing).to_have_value("half a sen")
    writing.press_sequentially("tence")
    writing.press("Enter")
    expect(window.locator(".line.person")).to_contain_text("half a sentence")
    expect(writing).to_have_value("")
    expect(writing).to_be_focused()
    receiver.wait(lambda: [item for item, _ in receiver.values("messages") if item["type"] == "text"])

    window.locator(".bar summary").click()
    window.get_by_role("button", name="Block the business").click()
    expect(window.get_by_text("This person blocked the business")).to_be_visible()
    window.locator(".compose summary").click()
    window.locator(".compose [name=sample]").select_option("image")
    window.get_by_role("button", name="Send sample").click()
    picture = window.locator(".line.person img")
    expect(picture).to_be_visible()
    expect(picture).to_have_js_property("naturalWidth", 64)  # it has come over the network by then

    window.get_by_role("link", name="Faults").click()
    window.get_by_label("Effect").select_option("error_code")
    window.get_by_role("button", name="Add fault").click()
    expect(window.get_by_role("alert")).to_contain_text("error_code needs")
    window.get_by_role("textbox", name="Error code").fill("131016")
    window.get_by_role("button", name="Add fault").click()
    expect(window.locator("#part-rules")).to_contain_text("code 131016")
    assert box.text(WHO).code == 131016


def test_a_hidden_page_asks_nothing_and_a_lost_sandbox_is_told(window: Page, box: Running) -> None:
    window.goto("/")
    expect(window.locator("#pulse")).to_have_text("Live")
    window.evaluate(
        "Object.defineProperty(document, 'hidden', {value: true, configurable: true});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    asked: list[str] = []
    window.on("request", lambda request: asked.append(request.url))
    send_template(box)
    window.wait_for_timeout(2500)
    assert asked == []
    window.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    expect(window.locator(".line.business")).to_be_visible()


def test_forms_of_a_browser_without_scripts_are_taken(browser: Browser, box: Running) -> None:
    wamid = send_template(box)
    context = browser.new_context(
        base_url=box.url, java_script_enabled=False, viewport={"width": 360, "height": 740}
    )
    page = context.new_page()
    page.goto(f"/?person={WHO}&top=phone")
    page.locator(f"[id='m-{wamid}']").get_by_role("button", name="Not now").click()
    expect(page.locator(".line.person")).to_contain_text("Not now")
    expect(page).to_have_url(re.compile(rf"\?.*person={WHO}"))
    page.get_by_label("Write as this person").fill("and thank you")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".line.person").last).to_contain_text("and thank you")
    talk = box.admin("GET", f"/conversations/{PHONE}/{WHO}")
    assert [bubble["text"] for bubble in talk["bubbles"]][1:] == ["Not now", "and thank you"], json.dumps(
        talk
    )
    context.close()


def test_nothing_is_wider_than_the_window(window: Page, box: Running) -> None:
    send_template(box, "x" * 300)
    for width in (360, 1024, 1280):
        window.set_viewport_size({"width": width, "height": 740})
        for view in VIEWS:
            window.goto(f"/?person={WHO}&view={view}", wait_until="domcontentloaded")
            wide = [
                top
                for top in ("chats", "phone", "console")
                if window.evaluate(
                    "top => { document.body.dataset.top = top; return document.documentElement.scrollWidth }",
                    top,
                )
                > width
            ]
            assert wide == [], (width, view)
