"""The set-up of an HTTP gateway by plain fields: what is shown is changed, the rest is kept, a fault stands at its field."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from qafila.providers.http_gateway.setup import presets
from tests.providers.conformance.sides.http_gateway import GATEWAY
from tests.web.hostile import PAYLOADS, wounds

if TYPE_CHECKING:
    from django.test import Client

    from qafila.businesses.actor import Actor
    from qafila.businesses.models import Business
    from qafila.senders.models import Sender

pytestmark = pytest.mark.django_db
ZENTRA = presets()["zentra"]


class Page(HTMLParser):
    """The form of fields as a browser without scripts would post it, and what stands beside each field."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.given: dict[str, str] = {}
        self.said: dict[str, str] = {}
        self._inside = False
        self._area = self._select = self._error = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Inputs and errors within the form of fields."""
        has = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = "q-set" in has.get("class", "").split()
        if not self._inside:
            return
        name = has.get("name", "")
        if (
            tag == "input"
            and name != "csrfmiddlewaretoken"
            and (has.get("type") != "checkbox" or "checked" in has)
        ):
            self.given[name] = has.get("value", "on" if has.get("type") == "checkbox" else "")
        elif tag == "textarea":
            self._area, self.given[name] = name, ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in has:
            self.given[self._select] = has["value"]
        elif has.get("id", "").endswith("_error"):
            self._error = has["id"].removeprefix("id_").removesuffix("_error")

    def handle_data(self, data: str) -> None:
        """The text of an area or of an error."""
        if self._area:
            self.given[self._area] += data
        elif self._error and data.strip():
            self.said[self._error] = data.strip()
            self._error = ""

    def handle_endtag(self, tag: str) -> None:
        """Ends of areas and of the form."""
        if tag == "textarea" and self._area:
            self.given[self._area] = self.given[self._area].removeprefix("\n")
            self._area = ""
        if tag == "form":
            self._inside = False


def connect(business: Business, actor: Actor, setup: dict[str, Any]) -> Sender:
    from qafila.senders.actions import connect_number

    given = {"base_url": "https://gateway.example.com", "token": "secret-token", "gateway": json.dumps(setup)}
    return connect_number(
        business=business,
        kind="http_gateway",
        name="Shop",
        phone="+201000000001",
        given=given,
        actor=actor,
        now=datetime.now(UTC),
    )


@pytest.fixture
def number(business: Business, owner_actor: Actor) -> Sender:
    return connect(business, owner_actor, GATEWAY)


def page_of(browser: Client, number: Sender) -> Page:
    answer = browser.get(f"/senders/{number.public_id}/set-up")
    assert answer.status_code == 200
    return Page(answer.content.decode())


def save(browser: Client, number: Sender, given: dict[str, str]) -> Any:
    return browser.post(f"/senders/{number.public_id}/set-up", given)


def stored(number: Sender) -> Any:
    from qafila.senders.models import ProviderAccount

    return ProviderAccount.objects.get(pk=number.provider_account_id).config["gateway"]


@pytest.mark.parametrize("setup", [GATEWAY, ZENTRA], ids=["ours", "zentra"])
def test_what_the_page_shows_is_saved_as_it_was(
    owner: Client, business: Business, owner_actor: Actor, setup: dict[str, Any]
) -> None:
    number = connect(business, owner_actor, setup)
    answer = save(owner, number, page_of(owner, number).given)
    assert (answer.status_code, answer["Location"]) == (302, f"/senders/{number.public_id}/try")
    assert stored(number) == setup


def test_fields_and_rows_change_what_they_say_and_keep_the_rest(owner: Client, number: Sender) -> None:
    page = page_of(owner, number)
    assert "Only in the text below, and kept as it is:" in page.text
    assert "the check of a number · the request for the number&#x27;s state" in page.text
    free = int(page.given["errors-INITIAL_FORMS"])
    given = page.given | {
        "name": "بوابة",
        "note": "One\r\ntwo",
        "draft": "on",
        "auth_query": "api_key",
        "send_path": "/v2/{sender}/send",
        "body-3-name": "message.kind",
        "body-3-text": "text",
        "headers-0-name": "X-Device",
        "headers-0-text": "{sender}",
        "query-0-name": "api_version",
        "query-0-text": "2",
        "accepted-1-status": "200, 201",
        "errors-0-value": "later, 17",
        f"errors-{free}-status": "429",
        f"errors-{free}-failure": "throttled",
        f"errors-{free}-code": "slower",
        "states-2-word": "Seen",
        "states-2-state": "read",
        "signature_header": "X-Signature",
        "stay": "1",
    }
    answer = save(owner, number, given)
    assert (answer.status_code, answer["Location"]) == (302, f"/senders/{number.public_id}/set-up")
    wanted = copy.deepcopy(GATEWAY)
    wanted |= {"name": "بوابة", "note": "One\ntwo", "draft": True}
    wanted["auth"]["query"] = "api_key"
    send = wanted["send"]
    send["path"] = "/v2/{sender}/send"
    send["body"]["message"]["kind"] = "text"
    send["headers"], send["query"] = {"X-Device": "{sender}"}, {"api_version": "2"}
    send["accepted"].append({"status": [200, 201]})
    send["errors"][0] = send["errors"][0] | {"when": {"path": "code", "equals": ["later", 17]}}
    send["errors"].append({"when": {"status": [429]}, "class": "throttled", "code": "slower"})
    wanted["webhook"]["events"][0]["states"]["seen"] = "read"
    wanted["webhook"]["signature"] = {"header": "X-Signature", "algorithm": "sha256", "prefix": ""}
    assert stored(number) == wanted


def test_each_save_gives_more_rows(owner: Client, number: Sender) -> None:
    page = page_of(owner, number)
    filled = int(page.given["body-INITIAL_FORMS"])
    assert int(page.given["body-TOTAL_FORMS"]) == filled + 3
    rows = {f"body-{n}-{part}": f"x{n}" for n in range(filled, filled + 3) for part in ("name", "text")}
    assert save(owner, number, page.given | rows | {"stay": "1"}).status_code == 302
    assert int(page_of(owner, number).given["body-TOTAL_FORMS"]) == filled + 6


FAULTS: list[tuple[dict[str, str], str, str]] = [
    ({"send_path": "//evil"}, "send_path", "begins with /"),
    ({"send_path": ""}, "send_path", "required"),
    ({"send_id": "a b"}, "send_id", "data.messages[0].id"),
    ({"send_id": "", "accepted-0-path": "", "accepted-0-value": ""}, "send_id", "known by its id"),
    ({"auth_header": "Two words"}, "auth_header", "hyphens"),
    ({"auth_header": "Host"}, "auth_header", "sets itself"),
    (
        {"auth_header": "X-Key", "headers-0-name": "x-key", "headers-0-text": "x"},
        "auth_header",
        "no other header",
    ),
    ({"auth_value": "{text}"}, "auth_value", "Only {token}"),
    ({"body-3-name": "x", "body-3-text": "{settings}"}, "body-3-text", "In braces"),
    ({"body-3-text": "x"}, "body-3-name", "Write a name"),
    ({"body-3-name": "message.text.more", "body-3-text": "x"}, "body-3-name", "twice"),
    ({"body-3-name": "retry", "body-3-text": "x"}, "body-3-name", "twice"),
    ({"body-3-name": "a..b", "body-3-text": "x"}, "body-3-name", "message.text"),
    ({"headers-0-name": "Cookie", "headers-0-text": "x"}, "headers-0-name", "itself"),
    ({"headers-0-name": "X-A", "headers-0-text": "{text}"}, "headers-0-text", "Only {sender}"),
    ({"headers-0-name": "X-A", "headers-0-text": ""}, "headers-0-text", "Write a value"),
    ({"query-0-name": "a", "query-1-name": "A", "query-1-text": "1"}, "query-1-name", "twice"),
    ({"accepted-0-status": "fine"}, "accepted-0-status", "100 to 599"),
    ({"accepted-0-path": ""}, "accepted-0-path", "Write a path"),
    ({"accepted-0-value": ""}, "accepted-0-value", "Write a value"),
    ({"errors-1-code": "Not So"}, "errors-1-code", "small letters"),
    ({"errors-1-code": ""}, "errors-1-code", "Write a code"),
    ({"errors-9-code": "alone"}, "errors-9-status", "status or a path"),
    ({"message_text": ""}, "message_text", "Write a path"),
    ({"message_when_path": ""}, "message_when_path", "Write a path"),
    ({"message_when_value": ""}, "message_when_value", "Write a value"),
    ({"receipt_id": "", "receipt_attempt_id": ""}, "receipt_id", "id or attempt_id"),
    ({"receipt_at": "x y"}, "receipt_at", "data.messages[0].id"),
    ({"signature_prefix": "sha256="}, "signature_header", "Write a name"),
    ({"message_when_value": ",".join("abcdefghijklm" * 4)}, "message_when_value", "50"),
    ({"accepted-0-value": ",".join("abcdefghijklm" * 4)}, "accepted-0-value", "50"),
]


@pytest.mark.parametrize(("change", "field", "says"), FAULTS)
def test_a_fault_stands_at_its_field_and_nothing_is_lost(
    owner: Client, number: Sender, change: dict[str, str], field: str, says: str
) -> None:
    given = page_of(owner, number).given | change
    answer = save(owner, number, given)
    assert answer.status_code == 422
    page = Page(answer.content.decode())
    assert list(page.said) == [field]
    assert says in page.said[field]
    assert page.given == given
    assert "Nothing was saved." in page.text
    assert stored(number) == GATEWAY


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"body-1-text": "x", "body-2-text": "x", "body-0-text": "x"}, "The text is sent nowhere"),
        ({"states-0-word": "", "states-1-word": ""}, "at least one of its words"),
        ({"body-TOTAL_FORMS": "many"}, "ManagementForm"),
    ],
    ids=["no text", "no words", "no count"],
)
def test_a_fault_of_a_whole_list_stands_above_its_rows(
    owner: Client, number: Sender, change: dict[str, str], says: str
) -> None:
    answer = save(owner, number, page_of(owner, number).given | change)
    assert answer.status_code == 422
    assert says in answer.content.decode().split('class="q-stack q-set"')[1].split("</form>")[0]
    assert stored(number) == GATEWAY


def test_what_somebody_else_saved_meanwhile_is_not_overwritten(
    owner: Client, number: Sender, browser_of: Callable[..., Client]
) -> None:
    mine = page_of(owner, number).given
    theirs = page_of(browser_of("admin"), number).given | {"name": "Theirs"}
    assert save(owner, number, theirs).status_code == 302
    answer = save(owner, number, mine | {"name": "Mine"})
    assert answer.status_code == 422
    assert "in the meantime" in answer.content.decode()
    assert Page(answer.content.decode()).given["name"] == "Mine"
    assert stored(number)["name"] == "Theirs"


@pytest.mark.parametrize("place", ["name", "note", "body-3-text", "errors-0-value", "states-0-word"])
def test_hostile_texts_stay_texts(owner: Client, number: Sender, place: str) -> None:
    for text in PAYLOADS[::17]:
        one = text[:200]
        page = page_of(owner, number)
        answer = save(owner, number, page.given | {"body-3-name": "extra", place: one, "stay": "1"})
        shown = answer if answer.status_code == 422 else owner.get(answer["Location"])
        assert wounds(shown.content.decode()) == []


def test_a_set_up_that_cannot_be_used_has_its_text_only(owner: Client, number: Sender) -> None:
    from qafila.senders.models import ProviderAccount

    given = page_of(owner, number).given
    rows = ProviderAccount.objects.filter(pk=number.provider_account_id)
    rows.update(config={"gateway": {"send": "?"}})
    page = page_of(owner, number)
    assert page.given == {}
    assert "there are no fields for it" in page.text
    assert save(owner, number, given).status_code == 404
    rows.update(config={})
    empty = page_of(owner, number)
    assert empty.given["send_path"] == ""
    fields = {"send_path": "/m", "send_id": "id", "body-0-name": "to", "body-0-text": "{to}"}
    answer = save(owner, number, empty.given | fields | {"body-1-name": "m.t", "body-1-text": "{text}"})
    assert answer.status_code == 302
    body = {"to": "{to}", "m": {"t": "{text}"}}
    assert stored(number) == {"version": 1, "send": {"path": "/m", "id": "id", "body": body}}


@pytest.mark.parametrize("raw", ['{"version": 99999999999999999999999}', '{"name": "\\ud800"}'])
def test_what_json_says_and_no_gateway_reads_is_refused(owner: Client, number: Sender, raw: str) -> None:
    assert save(owner, number, {"gateway": raw}).status_code == 422
    assert stored(number) == GATEWAY


@pytest.mark.parametrize("role", ["agent", "read_only"])
def test_who_may_not_change_numbers_changes_no_fields(
    browser_of: Callable[..., Client], owner: Client, number: Sender, role: str
) -> None:
    given = page_of(owner, number).given | {"name": "Theirs"}
    assert save(browser_of(role), number, given).status_code == 403
    assert stored(number) == GATEWAY


def test_another_business_changes_no_fields(owner: Client, stranger: Client, number: Sender) -> None:
    given = page_of(owner, number).given | {"name": "Theirs"}
    assert save(stranger, number, given).status_code == 404
    assert stored(number) == GATEWAY
