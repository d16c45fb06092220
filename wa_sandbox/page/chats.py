"""The list of conversations at the side."""

from wa_sandbox.admin.conversations import thread_json
from wa_sandbox.ledger.threads import Thread
from wa_sandbox.page.forms import console_form, labelled
from wa_sandbox.page.html import Html, bdi, h, hidden, join, moment, options
from wa_sandbox.page.icons import icon
from wa_sandbox.page.state import Look

SHOWN = 40
PREVIEW = 120
HUES = 8
STATUS_WORDS = {
    "accepted": ("clock", "accepted"),
    "sent": ("tick", "sent"),
    "delivered": ("ticks", "delivered"),
    "read": ("ticks", "read"),
    "played": ("ticks", "played"),
    "failed": ("alert", "not delivered"),
}


def chats(look: Look) -> Html:
    """The conversations, the latest first, each with its last line."""
    rows = [_row(look, thread) for thread in _found(look)]
    if not rows:
        words = (
            "Nobody was found."
            if look.asked.find
            else "No messages yet. The line under “Start” sends the first one."
        )
        return h("p", words, class_="empty")
    return h("ol", rows, class_="chats", role="list")


def chats_top(look: Look) -> Html:
    """Searching, and opening the phone of somebody new."""
    carried = {
        "number": look.asked.number,
        "person": look.asked.person,
        "view": look.asked.view,
        "top": "chats",
    }
    find = h(
        "form",
        hidden({name: value for name, value in carried.items() if value}),
        h(
            "input",
            type="search",
            name="find",
            value=look.asked.find,
            placeholder="Name or number",
            aria_label="Search chats",
        ),
        h("button", "Search", class_="js-no"),
        action="/",
        class_="find",
        data_quick=True,
    )
    return join(
        find, h("details", h("summary", icon("plus"), h("span", "Open a phone")), _new(look), class_="new")
    )


def avatar(name: str, wa_id: str) -> Html:
    """A round sign with initials; its colour follows from the number."""
    letters = "".join(word[0] for word in name.split()[:2])
    return h("span", letters or "?", class_=f"avatar hue-{sum(map(int, wa_id)) % HUES}", aria_hidden="true")


def ticks(status: str, code: int | None = None) -> Html:
    """What became of a message of the business: clock, tick, two ticks, two blue ticks, or a warning."""
    drawing, words = STATUS_WORDS.get(status, ("clock", status))
    label = f"{words} ({code})" if code else words
    return h("span", icon(drawing), h("span", label, class_="aloud"), class_=f"ticks {status}", title=label)


def _found(look: Look) -> list[Thread]:
    asked = look.asked.find.casefold()
    threads = look.box.books.threads
    if not asked:
        return list(threads.latest(SHOWN))
    digits = "".join(letter for letter in asked if letter.isdigit())
    found = []
    for thread in threads.latest(10_000):
        name = str(thread_json(look.box, thread, 1)["name"]).casefold()
        if asked in name or (digits and digits in thread.wa_id):
            found.append(thread)
    return found[:SHOWN]


def _row(look: Look, thread: Thread) -> Html:
    data = thread_json(look.box, thread, 1)
    number_id, wa_id = thread.number_id, thread.wa_id
    last = data["bubbles"][-1] if data["bubbles"] else None
    line: Html | None = None
    if data["business_is_typing"]:
        line = h("span", "typing…", class_="typing")
    elif last is not None:
        words = "deleted message" if last["deleted"] else last["text"]
        line = join(
            ticks(last["status"], last["code"]) if last["from_business"] else None,
            bdi(" ".join(words[:PREVIEW].split())),
        )
    several = len(look.box.world.phone_numbers) > 1
    here = (number_id, wa_id) == (look.state.number, look.state.person)
    return h(
        "li",
        h(
            "a",
            avatar(data["name"], wa_id),
            h("span", h("b", bdi(data["name"])), moment(last["at"]) if last else None, class_="who"),
            h("span", line, class_="last"),
            h(
                "span",
                h("span", f"+{wa_id}", dir="ltr"),
                h("span", str(data["behaviour"]).replace("_", " "), class_="tag"),
                h("span", f"to {number_id[-4:]}", class_="tag") if several else None,
                h("span", "blocked", class_="tag bad") if data["person_blocked_business"] else None,
                class_="meta",
            ),
            href=look.asked.talk(number_id, wa_id),
            class_="talk",
            data_go=True,
            aria_current="true" if here else None,
        ),
        id=f"chat-{number_id}-{wa_id}",
    )


def _new(look: Look) -> Html:
    numbers = {number.id: number.display_phone_number for number in look.box.world.phone_numbers.values()}
    business = (
        labelled("Writes with", h("select", options(numbers, look.state.number), name="number"))
        if len(numbers) > 1
        else h("input", type="hidden", name="number", value=look.state.number)
    )
    how = h(
        "select",
        options({"by_hand": "I play this person", "": "as the number says"}, "by_hand"),
        name="behaviour",
    )
    return console_form(
        look,
        "person",
        "open",
        labelled(
            "Phone number",
            h("input", name="person", type="tel", required=True, placeholder="+1 555 123 0001", dir="ltr"),
        ),
        labelled("Behaviour", how),
        business,
        h("button", "Open", class_="main"),
        class_="card",
    )
