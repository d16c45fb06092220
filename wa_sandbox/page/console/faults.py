"""Faults: the rules that are on or off, and a form that offers the fields of every effect."""

from typing import Final

from wa_sandbox.faults.rules import EFFECTS, Rule
from wa_sandbox.page.forms import console_button, console_form, labelled
from wa_sandbox.page.html import Html, bdi, h, join, options, table
from wa_sandbox.page.state import Look

# field → its label, the kind of input and the effects it belongs to (none: all of them)
CONDITIONS: Final = {
    "to": "To (pattern with *)",
    "phone_number_id": "Phone number id (pattern)",
    "every": "Every Nth",
    "probability": "Probability (0 to 1)",
    "per_second": "At most a second",
    "above_per_second": "Beyond so many a second",
    "times": "At most in all",
}
OWN_FIELDS: Final[dict[str, tuple[str, str, tuple[str, ...]]]] = {
    "seconds": (
        "Seconds",
        "number",
        ("processed_but_response_lost", "black_hole", "slow_drip", "held_for_quality_assessment", "paused"),
    ),
    "ms": ("Milliseconds", "number", ("delay", "webhook_delayed")),
    "jitter_ms": ("Up to so many ms more", "number", ("delay", "webhook_delayed")),
    "code": ("Error code", "number", ("error_code", "throttle")),
    "http_status": ("HTTP status", "number", ("error_code",)),
    "pieces": ("Pieces", "number", ("slow_drip",)),
    "copies": ("Copies", "number", ("webhook_duplicated",)),
    "processed": ("Processed all the same", "checkbox", ("black_hole", "http_500_bare", "html_502")),
    "later": ("Accepted, fails later by webhook", "checkbox", ("error_code",)),
    "after": ("Wait before the answer, not before the work", "checkbox", ("delay",)),
}
WHOLE: Final = ("every", "per_second", "above_per_second", "times", "code", "http_status", "pieces", "copies")
BROKEN: Final = ("probability", "seconds", "ms", "jitter_ms")
SWITCHES: Final = ("processed", "later", "after")
_HIDDEN: Final = ("id", "effect", "enabled", "matched", "fired")


def faults(look: Look) -> Html:
    """The rules with their switches."""
    rules = list(look.box.faults.rules.values())
    rows = (
        [
            h("b", rule.effect.replace("_", " ")),
            bdi(conditions(rule)),
            h("span", f"{rule.fired:,} of {rule.matched:,}", class_="nowrap"),
            h("span", "on" if rule.enabled else "off", class_="tag good" if rule.enabled else "tag"),
            h(
                "span",
                console_button(
                    look, "faults", "switch", "Turn off" if rule.enabled else "Turn on", id=rule.id
                ),
                console_button(look, "faults", "remove", "Remove", class_="danger", id=rule.id),
                class_="actions",
            ),
        ]
        for rule in rules
    )
    if not rules:
        return h("p", "No faults: every request is answered as it should be.", class_="empty")
    all_gone = (
        console_button(look, "faults", "clear", "Remove all", class_="danger") if len(rules) > 1 else None
    )
    return join(table(["Effect", "When", "Hit", "State", "Switch"], rows), all_gone)


def new_fault(look: Look) -> Html:
    """The form for a new rule. Fields that do not belong to the effect are put away by the script."""
    what = h(
        "ul",
        (
            h("li", h("b", name.replace("_", " "), ": "), words.replace("`", ""), data_effect=name)
            for name, words in EFFECTS.items()
        ),
        class_="effects",
    )
    effects = {name: name.replace("_", " ") for name in EFFECTS}
    return console_form(
        look,
        "faults",
        "add",
        h("h3", "New fault"),
        labelled("Effect", h("select", options(effects), name="effect", data_effects=True)),
        what,
        h("fieldset", h("legend", "How"), [_own(name) for name in OWN_FIELDS], class_="fields"),
        h(
            "fieldset",
            h("legend", "When (empty: always)"),
            [_condition(name) for name in CONDITIONS],
            _on(),
            class_="fields",
        ),
        h("button", "Add fault", class_="main"),
        class_="stack reset",
    )


def conditions(rule: Rule) -> str:
    """When and how a rule works, in one line."""
    shown = [(name, value) for name, value in rule.as_json().items() if name not in _HIDDEN]
    return ", ".join(_condition_words(name, value) for name, value in shown) or "always"


def _condition_words(name: str, value: object) -> str:
    words = name.replace("_", " ")
    return words if value is True else f"{words} {value}"


def _own(name: str) -> Html:
    label, kind, effects = OWN_FIELDS[name]
    belongs = " ".join(effects)
    if kind == "checkbox":
        box = h("input", type="checkbox", name=name, value="yes")
        return h("label", box, " ", label, class_="check", data_for=belongs)
    field = h("input", name=name, inputmode="decimal", size=8)
    return h("label", h("span", label), field, class_="field", data_for=belongs)


def _condition(name: str) -> Html:
    return labelled(CONDITIONS[name], h("input", name=name, size=10, dir="ltr"))


def _on() -> Html:
    return labelled(
        "Requests", h("select", options({"messages": "sending messages", "any": "all"}), name="on")
    )
