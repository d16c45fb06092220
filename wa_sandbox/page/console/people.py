"""People: who behaves how, by the last two digits; who was set by hand; the business writing with its own app."""

from wa_sandbox.page.forms import console_button, console_form, labelled
from wa_sandbox.page.html import Html, bdi, h, join, options, table
from wa_sandbox.page.state import Look
from wa_sandbox.people.behaviours import BEHAVIOURS
from wa_sandbox.people.identity import NOBODY_SPECIAL, name_of

BY_HAND_SHOWN = 100


def people(look: Look) -> Html:
    """The behaviours with the numbers that have them, and how many of the hundred endings each has."""
    box = look.box
    rows = (
        [
            _endings(box.table, name),
            h("b", name.replace("_", " ")),
            what,
            h(
                "input",
                name=f"slot_{name}",
                type="number",
                min=0,
                max=100,
                value=box.slots.get(name, 0),
                aria_label=f"Endings of {name}",
            ),
        ]
        for name, what in BEHAVIOURS.items()
    )
    slots = console_form(
        look,
        "people",
        "slots",
        table(["Ends in", "Behaviour", "What happens", "Of 100"], rows),
        h("p", h("button", "Save", class_="main"), " The numbers must make 100."),
    )
    return join(
        h(
            "p",
            "The last two digits of a number decide how the person behaves. Two prefixes name an error code: ",
        ),
        h(
            "p",
            h("code", f"{box.settings.people.refuse_prefix}131056", dir="ltr"),
            " is refused with 131056, ",
            h("code", f"{box.settings.people.fail_prefix}131049", dir="ltr"),
            " is accepted and fails later with 131049.",
        ),
        slots,
        h("h3", "Set by hand"),
        _set_by_hand(look),
        h("h3", "The business writes with its own app"),
        _echo(look),
    )


def _set_by_hand(look: Look) -> Html:
    box = look.box
    chosen = list(box.overrides.items())[:BY_HAND_SHOWN]
    if not chosen:
        return h("p", "Nobody. “Open a phone” makes a person you play yourself.", class_="empty")
    rows = (
        [
            h("a", f"+{wa_id}", href=look.asked.talk(look.state.number, wa_id), data_go=True, dir="ltr"),
            bdi(box.profiles.get(wa_id, NOBODY_SPECIAL).name or name_of(wa_id)),
            behaviour.replace("_", " "),
            console_button(look, "people", "forget", "As the number says", person=wa_id),
        ]
        for wa_id, behaviour in chosen
    )
    return table(["Number", "Name", "Behaviour", "Change"], rows)


def _echo(look: Look) -> Html:
    numbers = {number.id: number.display_phone_number for number in look.box.world.phone_numbers.values()}
    return console_form(
        look,
        "echo",
        "echo",
        labelled("From", h("select", options(numbers, look.state.number), name="number")),
        labelled(
            "To",
            h(
                "input",
                name="to",
                type="tel",
                required=True,
                dir="ltr",
                value=f"+{look.state.person}" if look.state.person else "",
            ),
        ),
        labelled("Text", h("input", name="text", required=True, dir="auto")),
        h("button", "Send echo", class_="main"),
        class_="fields reset",
    )


def _endings(slots: list[str], name: str) -> str:
    places = [place for place, behaviour in enumerate(slots) if behaviour == name]
    if not places:
        return "–"
    return f"{places[0]:02d}" if len(places) == 1 else f"{places[0]:02d}–{places[-1]:02d}"
