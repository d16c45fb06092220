"""Ledger: what was accepted and what became of it, what was refused, repeats, limits as used; every message."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from wa_sandbox.admin.ledger import summary
from wa_sandbox.graph.errors import CODES
from wa_sandbox.ledger.message import Message
from wa_sandbox.page.chats import ticks
from wa_sandbox.page.console.paging import pager
from wa_sandbox.page.forms import console_form
from wa_sandbox.page.html import Html, bdi, h, hidden, join, moment, table
from wa_sandbox.page.state import Look

ON_A_PAGE = 50
SEARCHED = 20_000
LIMITS_SHOWN = 20


def figures(look: Look) -> Html:
    """The counters at the top of the page."""
    data = summary(look.box)
    repeats = data["duplicates"]["same_number_person_and_biz_opaque_callback_data"]["extra_messages"]
    shown = [("Accepted", data["accepted"], "")]
    shown += [
        (status.capitalize(), data["by_status"].get(status, 0), "")
        for status in ("sent", "delivered", "read")
    ]
    failed = data["by_status"].get("failed", 0)
    shown += [
        ("Failed", failed, "bad" if failed else ""),
        ("Refused", data["refused"], "bad" if data["refused"] else ""),
    ]
    shown += [
        ("From people", data["inbound"], ""),
        ("To come", data["receipts_waiting"] + data["webhooks_waiting"], ""),
    ]
    shown += [("Sent twice", repeats, "bad" if repeats else "good")]
    return h(
        "dl",
        (h("div", h("dt", name), h("dd", f"{count:,}"), class_=kind or None) for name, count, kind in shown),
        class_="figures",
    )


def books(look: Look) -> Html:
    """Tables of what was refused and failed, repeats, faults that hit, and limits as used."""
    data = summary(look.box)
    codes = [*_codes("refused", data["refused_by_code"]), *_codes("failed later", data["failed_by_code"])]
    return join(
        h("h3", "Refused and failed"),
        table(["Code", "What", "How", "Times"], codes) if codes else h("p", "Nothing.", class_="empty"),
        h("h3", "Repeats"),
        table(["Messages with the same", "Groups", "Too many"], _repeats(data["duplicates"])),
        h("h3", "Limits as used"),
        _limits(data["limits_seen"]),
        h("h3", "Faults that hit") if data["faults_fired"] else None,
        table(["Effect", "Times"], ([name, f"{n:,}"] for name, n in data["faults_fired"].items()))
        if data["faults_fired"]
        else None,
        h("p", f"Epoch {data['epoch']} of the ledger.", class_="quiet"),
        h(
            "details",
            h("summary", "Begin with empty books"),
            h("p", "Chats, counts and limits begin anew. The ledger file keeps the old ones."),
            console_form(look, "ledger", "epoch", h("button", "Empty the books", class_="danger")),
            class_="fold",
            id="fold-epoch",
        ),
    )


def messages(look: Look) -> Html:
    """Accepted messages, the newest first, or those that were searched for."""
    found, count = _found(look)
    rows = (_row(look, message) for message in found)
    head = ["#", "Time", "To", "Status", "Type", "Callback data", "Id"]
    note = (
        f"The latest {SEARCHED:,} messages were searched."
        if look.state.q and len(look.box.books.messages) > SEARCHED
        else None
    )
    nothing = h("p", "No message was found." if look.state.q else "No messages yet.", class_="empty")
    return join(
        h("p", note, class_="quiet") if note else None,
        table(head, rows, class_="ledger") if count else nothing,
        pager(look, count, ON_A_PAGE),
    )


def search(look: Look) -> Html:
    """The search above the messages."""
    carried = {"number": look.asked.number, "person": look.asked.person, "view": "ledger", "top": "console"}
    words = "Number, id, callback data, status, code"
    field = h(
        "input", type="search", name="q", value=look.state.q, placeholder=words, aria_label="Search messages"
    )
    return h(
        "form", hidden(carried), field, h("button", "Search"), action="/", class_="find", data_quick=True
    )


def _found(look: Look) -> tuple[Sequence[Message], int]:
    every, asked = look.box.books.messages, look.state.q.casefold()
    first = (look.state.page - 1) * ON_A_PAGE
    if not asked:
        end = max(0, len(every) - first)
        return every[max(0, end - ON_A_PAGE) : end][::-1], len(every)
    exact = look.box.books.by_wamid.get(look.state.q)
    if exact is not None:
        return [exact], 1
    digits = asked.lstrip("+").replace(" ", "").replace("-", "")
    number = digits if digits.isdecimal() else ""
    found = [m for m in islice(reversed(every), SEARCHED) if _matches(m, asked, number)]
    return found[first : first + ON_A_PAGE], len(found)


def _matches(message: Message, asked: str, number: str) -> bool:
    if number and (number in message.wa_id or number == str(message.code)):
        return True
    return (
        asked in (message.status, message.kind, message.behaviour)
        or (message.biz is not None and asked in message.biz.casefold())
        or asked in message.wamid.casefold()
    )


def _row(look: Look, message: Message) -> list[Html | str]:
    code = f" {message.code}" if message.code else ""
    return [
        f"{message.n:,}",
        moment(message.at, "%H:%M:%S"),
        h(
            "a",
            f"+{message.wa_id}",
            href=look.asked.talk(message.number_id, message.wa_id),
            data_go=True,
            dir="ltr",
        ),
        h("span", ticks(message.status, message.code), f" {message.status}{code}", class_="nowrap"),
        f"{message.kind} ({message.category})" if message.kind == "template" else message.kind,
        h("code", bdi(message.biz)) if message.biz is not None else "",
        h("code", bdi(message.wamid), class_="cut", title=message.wamid),
    ]


def _codes(how: str, counts: dict[str, int]) -> Iterator[list[Html | str]]:
    for code, count in sorted(counts.items(), key=lambda pair: -pair[1]):
        known = CODES.get(int(code))
        yield [h("b", code), known.title if known else "", how, f"{count:,}"]


def _repeats(duplicates: dict[str, dict[str, int]]) -> Iterator[list[Html | str]]:
    names = {
        "same_number_person_and_biz_opaque_callback_data": "number, person and callback data",
        "same_person_and_content": "person and content",
    }
    for key, counts in duplicates.items():
        extra = counts["extra_messages"]
        yield [
            names.get(key, key),
            f"{counts['groups']:,}",
            h("span", f"{extra:,}", class_="tag bad" if extra else "tag good"),
        ]


def _limits(seen: dict[str, Any]) -> Html:
    rows: list[list[str]] = []
    for limit, by_id in seen.items():
        shown = list(by_id.items())[:LIMITS_SHOWN]
        if limit == "overruns":
            rows += [
                [f"times {key.replace('_', ' ')} was run against", "", f"{value:,}"] for key, value in shown
            ]
        else:
            rows += [[limit.replace("_", " "), str(key), str(value)] for key, value in shown]
    return table(["Limit", "Of", "Value"], rows) if rows else h("p", "Nothing was sent yet.", class_="empty")
