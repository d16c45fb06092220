"""Templates: what they say, how Meta judged them, and judging them by hand."""

from typing import Any

from wa_sandbox.page.console.paging import pager
from wa_sandbox.page.forms import console_button
from wa_sandbox.page.html import Html, bdi, h, join, moment
from wa_sandbox.page.state import Look
from wa_sandbox.page.wording import marked, rows, word
from wa_sandbox.world.records import Template

ON_A_PAGE = 30
GOOD, BAD = (
    ("APPROVED", "REINSTATED", "UNARCHIVED"),
    ("REJECTED", "DISABLED", "PAUSED", "LOCKED", "LIMIT_EXCEEDED"),
)


def templates(look: Look) -> Html:
    """All templates, the newest first."""
    every = list(look.box.world.templates.values())[::-1]
    first = (look.state.page - 1) * ON_A_PAGE
    shown = [_card(look, template) for template in every[first : first + ON_A_PAGE]]
    if not every:
        return h("p", "No templates. Make one through Graph: POST /WABA/message_templates.", class_="empty")
    return join(h("div", shown, class_="templates"), pager(look, len(every), ON_A_PAGE))


def _card(look: Look, template: Template) -> Html:
    state = "good" if template.status in GOOD else ("bad" if template.status in BAD else "")
    head = h(
        "header",
        h("b", bdi(template.name)),
        h("span", template.language, class_="tag"),
        h("span", template.category.lower(), class_="tag"),
        h("span", template.status.lower().replace("_", " "), class_=f"tag {state}"),
        h("span", f"quality {template.quality.lower()}", class_="tag")
        if template.quality != "GREEN"
        else None,
    )
    reason = template.rejected_reason
    notes = [
        h("p", "Reason: ", bdi(reason))
        if template.status == "REJECTED" and reason not in ("", "NONE")
        else None,
        h("p", "Paused until ", moment(template.paused_until, "%Y-%m-%d %H:%M"))
        if template.status == "PAUSED" and template.paused_until
        else None,
        h("p", "Judged at ", moment(template.review_at, "%H:%M:%S"))
        if template.status == "PENDING" and template.review_at
        else None,
    ]
    drawn = [_component(component) for component in template.components if isinstance(component, dict)]
    return h(
        "article",
        head,
        h("div", drawn, class_="bubble preview"),
        notes,
        h("footer", h("code", bdi(template.id)), h("span", _acts(look, template), class_="actions")),
        id=f"t-{template.id}",
        class_="template",
    )


def _acts(look: Look, template: Template) -> list[Html]:
    def one(do: str, label: str, class_: str = "") -> Html:
        return console_button(look, "templates", do, label, class_=class_, id=template.id)

    found = []
    if template.status == "PENDING":
        found.append(one("review", "Judge now"))
    if template.status not in ("APPROVED", "PAUSED"):
        found.append(one("approve", "Approve", "main"))
    if template.status in ("APPROVED", "PENDING"):
        found.append(one("reject", "Reject", "danger"))
    if template.status == "APPROVED":
        found.append(one("pause", "Pause"))
    if template.status == "PAUSED":
        found.append(one("unpause", "Unpause", "main"))
    return found


def _component(component: dict[str, Any]) -> Html | None:
    kind, text = word(component, "type").upper(), word(component, "text")
    if kind == "HEADER":
        form = word(component, "format", "TEXT")
        return h("p", text or f"[{form.lower()}]", class_="header", dir="auto")
    if kind == "BODY":
        return h("p", marked(text or "(made by Meta)"), class_="words", dir="auto")
    if kind == "FOOTER":
        return h("p", text, class_="footer", dir="auto")
    if kind == "BUTTONS":
        names = [
            word(button, "text") or word(button, "type").lower() for button in rows(component, "buttons")
        ]
        return h("div", (h("span", bdi(name), class_="choice still") for name in names), class_="buttons")
    if kind == "CAROUSEL":
        return h("p", f"{len(rows(component, 'cards'))} cards", class_="products")
    return h("p", kind.lower().replace("_", " "), class_="products") if kind else None
