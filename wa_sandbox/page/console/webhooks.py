"""Webhooks: what was sent to the app and how it answered, the body and signature of one, sending again, samples."""

from typing import Any

import orjson

from wa_sandbox.page.console.paging import pager
from wa_sandbox.page.forms import console_button, console_form, labelled
from wa_sandbox.page.html import Html, bdi, h, join, moment, options
from wa_sandbox.page.state import Look
from wa_sandbox.page.wording import part, rows, word
from wa_sandbox.webhooks.log import KEPT, Entry
from wa_sandbox.webhooks.samples import SAMPLES

ON_A_PAGE = 40
BODY_SHOWN = 60_000
OUTCOMES = {
    "waiting": "waiting",
    "delivered": "delivered",
    "again": "will be tried again",
    "given_up": "given up",
}


def webhooks(look: Look) -> Html:
    """The queue and the log, the newest first."""
    entries = list(look.box.webhooks.log.latest(KEPT))
    first = (look.state.page - 1) * ON_A_PAGE
    shown = [_row(look, entry) for entry in entries[first : first + ON_A_PAGE]]
    head = h("tr", (h("th", name, scope="col") for name in ("#", "Time", "What", "Answer", "Tries")))
    log = h("div", h("table", h("thead", head), h("tbody", shown), class_="log"), class_="wide", tabindex="0")
    return join(
        _targets(look), log if entries else _none(look), pager(look, len(entries), ON_A_PAGE), _samples(look)
    )


def _targets(look: Look) -> Html:
    targets = list(look.box.webhooks.targets.values())
    if not targets:
        return join()
    items = []
    for target in targets[-5:]:
        trouble = (
            h("span", bdi(target.last_trouble), class_="tag bad")
            if target.last_trouble and target.waiting
            else None
        )
        counts = f"{target.delivered:,} delivered · {target.waiting:,} waiting · {target.refused + target.unreachable:,} failed tries"
        items.append(h("li", h("code", bdi(_short(target.url))), " ", counts, " ", trouble))
    return h("ul", items, class_="targets")


def _row(look: Look, entry: Entry) -> Html:
    is_open = look.state.entry == str(entry.id)
    number = h(
        "a",
        f"{entry.id}",
        href=look.asked.url(view="webhooks", top="console", entry="" if is_open else str(entry.id)),
        data_go=True,
        aria_expanded="true" if is_open else "false",
    )
    answer = str(entry.status) if entry.status else "–"
    state = "good" if entry.outcome == "delivered" else ("bad" if entry.trouble else "")
    outcome = "" if entry.outcome == "delivered" else OUTCOMES.get(entry.outcome, entry.outcome)
    trouble = "" if entry.trouble == f"answered {entry.status}" else entry.trouble
    said = ", ".join(filter(None, (trouble, outcome)))
    row = h(
        "tr",
        h("td", number),
        h("td", moment(entry.at, "%H:%M:%S")),
        h("td", summary_of(entry)),
        h("td", h("span", answer, class_=f"tag {state}"), h("small", " ", said) if said else None),
        h("td", str(entry.tries)),
        id=f"w-{entry.id}",
        class_="open" if is_open else None,
        data_row=True,
    )
    return join(
        row,
        h("tr", h("td", _detail(look, entry), colspan=5), class_="detail", id=f"wd-{entry.id}")
        if is_open
        else None,
    )


def _detail(look: Look, entry: Entry) -> Html:
    data = entry.as_json(look.box.world.app.secret)
    body = pretty(str(data["body"]))
    cut = len(body) > BODY_SHOWN
    return h(
        "div",
        h(
            "div",
            console_button(look, "webhooks/resend", "resend", "Send again", class_="main", id=entry.id),
            h("button", "Copy body", type="button", data_copy_from=f"#body-{entry.id}", class_="js-yes"),
            h("a", "Raw body", href=f"/page/webhooks/{entry.id}/body", class_="button", download=True),
            class_="actions",
        ),
        h(
            "dl",
            h("dt", "POST"),
            h("dd", h("code", bdi(entry.url))),
            h("dt", "X-Hub-Signature-256"),
            h("dd", h("code", data["signature"])),
            h("dt", "Tries"),
            h("dd", str(entry.tries)),
            h("dt", "Size"),
            h("dd", f"{data['bytes']:,} bytes"),
        ),
        h("pre", body[:BODY_SHOWN], id=f"body-{entry.id}", class_="json", dir="ltr", tabindex="0"),
        h("p", "The body is longer: “Raw body” has all of it.") if cut else None,
    )


def pretty(body: str) -> str:
    """JSON on many lines, its escapes undone; anything else as it is."""
    try:
        return orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONDecodeError:
        return body


def summary_of(entry: Entry) -> Html:
    """What a webhook tells, in a few words: its field, and the statuses, messages or event in it."""
    try:
        data: Any = orjson.loads(entry.body)
    except orjson.JSONDecodeError:
        data = {}
    said = []
    for change in [change for one in rows(data, "entry") for change in rows(one, "changes")][:4]:
        value = part(change, "value")
        said += [f"status {word(status, 'status')}" for status in rows(value, "statuses")[:3]]
        said += [f"message {word(message, 'type')}" for message in rows(value, "messages")[:3]]
        said += [word(value, "event")] if word(value, "event") else []
    return join(
        h("b", ", ".join(entry.fields)),
        h("small", " ", bdi(" · ".join(said)), class_="what") if said else None,
    )


def _samples(look: Look) -> Html:
    wabas = {waba.id: f"{waba.name} ({waba.id})" for waba in look.box.world.wabas.values()}
    form = console_form(
        look,
        "webhooks/sample",
        "sample",
        labelled("Webhook", h("select", options(list(SAMPLES)), name="sample")),
        labelled("Account", h("select", options(wabas), name="waba_id")),
        h("button", "Send", class_="main"),
        class_="fields",
    )
    return h("details", h("summary", "Send any webhook Meta has"), form, class_="fold", id="fold-samples")


def _none(look: Look) -> Html:
    if look.box.world.app.webhook_url is None:
        where = h("a", "Say where they go", href=look.asked.tab("start"), data_go=True)
        return h("p", "No webhooks: there is no address to send them to. ", where, ".", class_="empty")
    return h("p", "No webhooks yet.", class_="empty")


def _short(url: str) -> str:
    return url.partition("://")[2][:80] or url[:80]
