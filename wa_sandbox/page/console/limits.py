"""Limits and clock: what is kept of Meta's limits, and moving time on."""

from dataclasses import fields
from typing import Any, Final, get_args, get_type_hints

from wa_sandbox.page.forms import console_button, console_form, labelled
from wa_sandbox.page.html import Html, h, join, moment, options
from wa_sandbox.page.state import Look
from wa_sandbox.settings import Limits

LEAPS: Final = {"60": "1 minute", "3600": "1 hour", "86401": "1 day", "604801": "7 days"}
LABELS: Final = {
    "enforce": "Keep the limits",
    "throttle_http_status": "HTTP status of throttles",
    "pair_seconds": "Seconds between two to one person",
    "pair_burst": "Messages in a burst",
    "count_inbound": "Incoming messages count towards throughput",
    "window_seconds": "Seconds a window stays open",
    "outside_window": "Free text outside the window",
    "beyond_portfolio": "Beyond the portfolio’s limit",
    "portfolio_code": "Code beyond the portfolio’s limit",
    "restrict_when_red": "Refuse (131048) when quality is RED",
    "marketing_per_person": "Marketing for one person in 24 h (empty: no limit)",
    "us_marketing": "Marketing for +1 numbers",
}
HINTS: Final[dict[str, Any]] = get_type_hints(Limits)


def clock(look: Look) -> Html:
    """The time of the sandbox and how far it was moved."""
    box = look.box
    moved = (
        f"{box.clock.offset:,.0f} seconds ahead of the machine" if box.clock.offset else "as on this machine"
    )
    return h("p", "Now ", h("b", moment(box.clock.now(), "%Y-%m-%d %H:%M")), f", {moved}.")


def leaps(look: Look) -> Html:
    """Buttons that move the clock on: windows and daily limits pass, receipts become due."""
    quick = [
        console_button(look, "clock", "advance", words, seconds=seconds) for seconds, words in LEAPS.items()
    ]
    own = console_form(
        look,
        "clock",
        "advance",
        labelled("Seconds", h("input", name="seconds", inputmode="numeric", size=10, required=True)),
        h("button", "Move on"),
        class_="fields reset",
    )
    return join(h("div", h("span", "Move the clock on by"), quick, class_="actions"), own)


def limits(look: Look) -> Html:
    """Every limit with its present value."""
    rows = [_field(field.name, getattr(look.box.limits, field.name)) for field in fields(Limits)]
    return console_form(
        look,
        "limits",
        "save",
        h("div", rows, class_="fields grid"),
        h("button", "Save limits", class_="main"),
        class_="stack",
    )


def _field(name: str, value: Any) -> Html:
    label, hint = LABELS.get(name, name), HINTS[name]
    if hint is bool:
        return h(
            "label",
            h("input", type="checkbox", name=name, value="yes", checked=value),
            " ",
            label,
            class_="check",
        )
    choices = [
        str(choice) for choice in get_args(hint) if choice is not type(None) and not isinstance(choice, type)
    ]
    if choices:
        shown = {choice: choice.replace("_", " ") for choice in choices}
        return labelled(label, h("select", options(shown, str(value)), name=name))
    written = "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
    return labelled(label, h("input", name=name, value=written, inputmode="decimal", size=10))
