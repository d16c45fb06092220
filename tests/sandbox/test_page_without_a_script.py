"""The page by plain links and forms: chats, a phone to write back from, and parts that keep up by themselves."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.page_reading import look, submit
from tests.sandbox.running import PHONE, Running

WHO = "15557770001"
VIEWS = ("start", "webhooks", "ledger", "faults", "people", "limits", "templates")
QUESTION = {
    "type": "button",
    "header": {"type": "text", "text": "Shop"},
    "body": {"text": "May we write again?"},
    "footer": {"text": "You can stop any time"},
    "action": {
        "buttons": [{"type": "reply", "reply": {"id": i, "title": t}} for i, t in (("y", "Yes"), ("n", "No"))]
    },
}
MENU = {
    "type": "list",
    "body": {"text": "Choose a size"},
    "action": {
        "button": "Sizes",
        "sections": [{"rows": [{"id": "s", "title": "Small"}, {"id": "l", "title": "Large"}]}],
    },
}


@pytest.fixture
def talk(box: Running) -> Running:
    """A person played by hand has written."""
    box.admin("PUT", f"/people/{WHO}", {"behaviour": "by_hand"})
    box.admin("POST", f"/people/{WHO}/text", {"text": "hello"})
    return box


def act(box: Running, do: str, **fields: str) -> int:
    return submit(box, "/page/act", person=WHO, number=PHONE, do=do, **fields).status


def last(box: Running) -> dict[str, object]:
    bubbles: list[dict[str, object]] = box.admin("GET", f"/conversations/{PHONE}/{WHO}")["bubbles"]
    return bubbles[-1]


@pytest.mark.parametrize("view", VIEWS)
def test_every_tab_is_whole_html(talk: Running, view: str) -> None:
    page = look(talk, f"/?view={view}&person={WHO}")
    assert page.status == 200
    assert page.nesting == []
    ids = [given["id"] for _, given in page.elements if "id" in given]
    assert len(ids) == len(set(ids))
    assert [given.get("aria-current") for tag, given in page.elements if tag == "a"].count("page") == 1


def test_the_latest_chat_is_open_and_any_other_by_its_link(talk: Running) -> None:
    talk.text("15557770002", text="to somebody else")
    assert "Phone of" in look(talk).text
    page = look(talk)
    links = [given["href"] for tag, given in page.elements if given.get("class") == "talk"]
    assert [f"person={who}" in link for who, link in zip(("15557770002", WHO), links, strict=True)] == [
        True,
        True,
    ]
    assert "hello" in look(talk, links[1]).text
    assert "hello" not in look(talk, "/?person=15557770002&find=zzz").text
    assert look(talk, "/?find=0001").body.count('class="talk"') == 1


def test_buttons_and_rows_are_tapped_by_forms(talk: Running) -> None:
    asked = talk.send({"to": WHO, "type": "interactive", "interactive": QUESTION}).wamid
    page = look(talk, f"/?person={WHO}")
    for words in ("Shop", "May we write again?", "You can stop any time"):
        assert words in page.text
    gone = submit(talk, page.form("/page/act", do="tap", wamid=asked, choice="1"))
    assert gone.status == 303
    assert f"person={WHO}" in gone.headers["location"]
    assert gone.headers["location"].startswith("/?")
    assert last(talk)["text"] == "No"
    menu = talk.send({"to": WHO, "type": "interactive", "interactive": MENU}).wamid
    submit(talk, look(talk, f"/?person={WHO}").form("/page/act", do="tap", wamid=menu, choice="1"))
    assert last(talk)["text"] == "Large"


def test_what_was_asked_for_and_products_are_tapped_by_forms(talk: Running) -> None:
    def sent(kind: str, **action: object) -> str:
        asked = {"type": kind, "body": {"text": "Please"}, "action": action}
        if kind == "product_list":
            asked["header"] = {"type": "text", "text": "Our best"}
        return talk.send({"to": WHO, "type": "interactive", "interactive": asked}).wamid

    def tap(wamid: str, choice: int) -> dict[str, Any]:
        page = look(talk, f"/?person={WHO}")
        assert page.nesting == []
        assert submit(talk, page.form("/page/act", do="tap", wamid=wamid, choice=str(choice))).status == 303
        shown = last(talk)["shown"]
        assert isinstance(shown, dict)
        return shown

    assert tap(sent("location_request_message", name="send_location"), 0)["type"] == "location"
    assert tap(sent("request_contact_info", name="request_contact_info"), 0)["type"] == "contacts"
    items = [{"product_retailer_id": name} for name in ("tea", "jam", "oil")]
    shop = sent("product_list", catalog_id="7", sections=[{"product_items": items}])
    ordered = [tap(shop, choice)["order"]["product_items"][0]["product_retailer_id"] for choice in (0, 2, 4)]
    assert ordered == ["tea", "jam", "oil"]
    single = sent("product", catalog_id="7", product_retailer_id="tea")
    assert tap(single, 0)["order"]["catalog_id"] == "7"
    page = look(talk, f"/?person={WHO}")
    assert submit(talk, page.form("/page/act", do="tap", wamid=shop, choice="3")).status == 303
    assert last(talk)["text"] == "Is this available?"
    for words in ("View items", "Order jam", "Message business"):
        assert words in page.text


def test_a_person_does_all_a_phone_can(talk: Running) -> None:
    hello = str(last(talk)["wamid"])
    asked = talk.text(WHO, text="dear customer").wamid
    page = look(talk, f"/?person={WHO}&reply={asked}")
    assert submit(talk, page.form("/page/act", do="text", reply_to=asked), text="שלום").status == 303
    assert (last(talk)["text"], last(talk)["quoted"]) == ("שלום", asked)
    page = look(talk, f"/?person={WHO}&edit={hello}")
    form = page.form("/page/act", do="edit", wamid=hello)
    assert form.fields["text"] == "hello"
    submit(talk, form, text="good morning")
    assert act(talk, "reaction", wamid=asked, emoji="👍") == 303
    page = look(talk, f"/?person={WHO}")
    assert "good morning" in page.text
    assert "edited" in page.text
    assert "👍" in page.text
    assert act(talk, "revoke", wamid=hello) == 303
    assert "This message was deleted" in look(talk, f"/?person={WHO}").text
    assert act(talk, "stop") == 303
    assert last(talk)["text"] == "STOP"
    talk.until(lambda: talk.admin("GET", "/idle")["receipts_waiting"] == 0)
    assert act(talk, "read") == 303
    talk.until(lambda: talk.admin("GET", f"/ledger/messages/{asked}")["status"] == "read")
    for do, words in (("block", "This person blocked"), ("marketing", "Marketing stopped")):
        assert act(talk, do, value="stop") == 303
        assert words in look(talk, f"/?person={WHO}").text
    act(talk, "unblock")
    act(talk, "marketing", value="resume")
    page = look(talk, f"/?person={WHO}")
    assert "This person blocked" not in page.text
    assert "Marketing stopped" not in page.text
    act(talk, "behaviour", behaviour="absent", name="Ann")
    assert talk.admin("GET", f"/people/{WHO}")["behaviour"] == "absent"
    assert "Phone of Ann" in look(talk, f"/?person={WHO}").text
    act(talk, "behaviour", behaviour="", name="")


def test_files_and_samples_of_every_kind_are_sent_and_shown(talk: Running) -> None:
    page = look(talk, f"/?person={WHO}")
    form = page.form("/page/act", do="media")
    assert submit(talk, form, file=("a.png", "image/png", b"\x89PNG picture"), caption="look").status == 303
    assert (last(talk)["shown"], last(talk)["text"])[1] == "look"
    for kind in ("image", "voice", "document", "sticker", "video"):
        assert submit(talk, form, kind=kind).status == 303
    names = talk.admin("GET", "/people/samples/names")["data"]
    for name in names:
        assert submit(talk, page.form("/page/act", do="sample"), sample=name).status == 303, name
    page = look(talk, f"/?person={WHO}")
    assert page.nesting == []
    sources = [given["src"] for tag, given in page.elements if tag in ("img", "audio", "video")]
    assert {tag for tag, _ in page.elements} >= {"img", "audio", "video"}
    assert all(look(talk, source).status == 200 for source in sources)
    for words in ("The office", "Order of 2", "This message was deleted", "poll_creation", "security code"):
        assert words in page.text, words


def test_a_phone_is_opened_for_any_number(box: Running) -> None:
    page = look(box)
    gone = submit(box, page.form("/page/person"), person="+972 50 123 0013")
    assert gone.status == 303
    assert box.admin("GET", "/people/972501230013")["behaviour"] == "by_hand"
    opened = look(box, gone.headers["location"])
    assert "+972501230013" in opened.text
    submit(box, opened.form("/page/act", do="text"), text="אני כאן")
    assert box.admin("GET", "/conversations")["data"][0]["wa_id"] == "972501230013"
    refused = submit(box, page.form("/page/person"), person="12")
    assert refused.status == 400
    assert "not an international phone number" in refused.text
    assert refused.nesting == []


def test_parts_are_sent_only_when_they_changed(talk: Running) -> None:
    page = look(talk, f"/?person={WHO}&view=faults")
    parts = {given["data-part"]: given["data-version"] for _, given in page.elements if "data-part" in given}
    talk.until(lambda: talk.admin("GET", "/idle")["receipts_waiting"] == 0)

    def changed(have: dict[str, str]) -> dict[str, dict[str, str]]:
        written = ",".join(f"{name}={version}" for name, version in have.items())
        answer = look(talk, f"/page/parts?person={WHO}&view=faults", {"x-have": written})
        found: dict[str, dict[str, str]] = json.loads(answer.body)["parts"]
        return found

    assert changed(parts) == {}
    talk.admin("POST", f"/people/{WHO}/text", {"text": "new words"})
    after = changed(parts)
    assert {"chat", "chats", "figures"} <= set(after)
    assert not {"rules", "new-fault", "compose"} & set(after), "what is typed in stays"
    assert "new words" in after["chat"]["html"]
    assert changed({"nonsense": "", "": ""}) == {}
