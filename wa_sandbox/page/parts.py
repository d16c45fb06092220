"""The parts of the page that keep up with the sandbox by themselves, and the whole of it.

Each part is HTML made from the state alone. Its version is a hash of it: whoever has that version already is not sent it
again.
"""

import hashlib
from collections.abc import Callable, Iterable
from typing import Final

from wa_sandbox.page import chats, phone
from wa_sandbox.page.console import faults, ledger, limits, people, start, templates, webhooks
from wa_sandbox.page.html import Html, h, join
from wa_sandbox.page.state import VIEWS, Look

Render = Callable[[Look], Html]


LOCAL: Final = "Nothing here leaves this machine."


def tabs(look: Look) -> Html:
    """The tabs of the console; on a narrow screen the chats are one more."""
    top, asked = look.state.top, look.asked
    chat = h(
        "a",
        "Chats",
        href=asked.url(top="chats"),
        class_="narrow-only",
        data_go=True,
        aria_current="page" if top != "console" else None,
    )
    found = [
        h(
            "a",
            words,
            href=asked.tab(view),
            data_go=True,
            aria_current="page" if view == look.state.view else None,
            class_="" if top == "console" else "aside",
        )
        for view, words in VIEWS.items()
    ]
    return join(chat, found)


def _console(name: str, *parts: str) -> Render:
    def render(look: Look) -> Html:
        return join(h("h2", VIEWS[name], class_="aloud"), (part(look, one) for one in parts))

    return render


# What each tab holds: parts that are kept up to date, and parts with fields that only change when asked.
CONSOLE: Final[dict[str, Render]] = {
    "start": _console("start", "ready"),
    "webhooks": _console("webhooks", "log"),
    "ledger": _console("ledger", "search", "messages", "books"),
    "faults": _console("faults", "rules", "new-fault"),
    "people": _console("people", "people"),
    "limits": _console("limits", "clock", "leaps", "limits"),
    "templates": _console("templates", "templates"),
}


def console(look: Look) -> Html:
    """The tab that is open."""
    return CONSOLE[look.state.view](look)


PARTS: Final[dict[str, Render]] = {
    "figures": ledger.figures,
    "chats-top": chats.chats_top,
    "chats": chats.chats,
    "phone-top": phone.phone_top,
    "chat": phone.chat,
    "phone-state": phone.phone_state,
    "compose": phone.compose,
    "tabs": tabs,
    "console": console,
    "ready": start.start,
    "log": webhooks.webhooks,
    "search": ledger.search,
    "messages": ledger.messages,
    "books": ledger.books,
    "rules": faults.faults,
    "new-fault": faults.new_fault,
    "people": people.people,
    "clock": limits.clock,
    "leaps": limits.leaps,
    "limits": limits.limits,
    "templates": templates.templates,
}


def part(look: Look, name: str) -> Html:
    """A part in its place, with its version. A search is not repeated by itself: it may read many messages."""
    html = PARTS[name](look)
    still = name == "console" or (name == "messages" and bool(look.state.q))
    return h(
        "div",
        html,
        id=f"part-{name}",
        class_=f"part part-{name}",
        data_part=name,
        data_version=version(html),
        data_still=still,
    )


def changed(look: Look, have: Iterable[tuple[str, str]]) -> dict[str, dict[str, str]]:
    """Those of some parts that are not the version somebody has: name → version and HTML."""
    found = {}
    for name, known in have:
        render = PARTS.get(name)
        if render is None:
            continue
        html = render(look)
        now = version(html)
        if now != known:
            found[name] = {"version": now, "html": html}
    return found


def version(html: Html) -> str:
    """A short hash of what a part shows."""
    return hashlib.blake2b(html.encode("utf-8", "replace"), digest_size=8).hexdigest()


def document(look: Look, trouble: str = "") -> Html:
    """The whole page. No request leaves this server."""
    head = h(
        "head",
        h("meta", charset="utf-8"),
        h(
            "meta",
            name="viewport",
            content="width=device-width, initial-scale=1, interactive-widget=resizes-content",
        ),
        h("meta", name="color-scheme", content="light dark"),
        h("title", "WhatsApp sandbox"),
        h("link", rel="icon", href="/page/static/icon.svg", type="image/svg+xml"),
        [
            h("link", rel="stylesheet", href=f"/page/static/{name}.css")
            for name in ("chats", "phone", "console")
        ],
        h("link", rel="stylesheet", href="/page.css"),
        h("script", type="module", src="/page.js"),
    )
    top = h(
        "header",
        h("h1", h("a", "WhatsApp sandbox", href="/")),
        part(look, "figures"),
        h("p", LOCAL, class_="quiet", id="pulse", role="status", title=LOCAL),
        class_="top",
    )
    side = h("nav", part(look, "chats-top"), part(look, "chats"), class_="side", aria_label="Chats")
    middle = h(
        "main",
        h(
            "div",
            part(look, "phone-top"),
            part(look, "chat"),
            part(look, "phone-state"),
            part(look, "compose"),
            class_="device",
        ),
        class_="middle",
        aria_label="Phone",
    )
    notice = h("div", h("p", trouble) if trouble else None, class_="notices", id="notices", role="alert")
    tab_row = h("nav", part(look, "tabs"), class_="tab-row", aria_label="Console")
    desk = h("section", part(look, "console"), class_="desk", aria_label="Developer console")
    body = h("body", top, tab_row, side, middle, desk, notice, data_top=look.state.top)
    return join(Html("<!doctype html>"), h("html", head, body, lang="en", dir="ltr"))
