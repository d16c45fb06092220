"""The phone in the middle: whose it is, the chat with the business, and the line to write back."""

from wa_sandbox.admin.conversations import thread_json
from wa_sandbox.ledger.threads import Bubble, Thread
from wa_sandbox.page.bubbles import bubble_html, words_of_bubble
from wa_sandbox.page.forms import act_button, act_form, labelled
from wa_sandbox.page.html import Html, bdi, h, join, moment, options
from wa_sandbox.page.icons import icon
from wa_sandbox.page.state import Look
from wa_sandbox.people import samples
from wa_sandbox.people.behaviours import BEHAVIOURS
from wa_sandbox.people.identity import NOBODY_SPECIAL

KINDS = {
    "": "as its type says",
    "image": "Picture",
    "video": "Video",
    "audio": "Sound",
    "voice": "Voice message",
    "document": "Document",
    "sticker": "Sticker",
}


def thread_of(look: Look) -> Thread:
    """The conversation that is shown; an empty one when nothing was said yet."""
    state = look.state
    return look.box.books.threads.get(state.number, state.person) or Thread(state.number, state.person)


def phone_top(look: Look) -> Html:
    """Who the person is, and whom they talk to: the business, as their phone shows it."""
    if not look.state.person:
        return h("p", "Nobody’s phone is open.", class_="empty")
    data = thread_json(look.box, thread_of(look), 0)
    number = look.box.world.phone_numbers.get(look.state.number)
    business = number.verified_name if number is not None else "No number"
    display = number.display_phone_number if number is not None else ""
    doing = (
        h("small", "typing…", class_="typing")
        if data["business_is_typing"]
        else h("small", display, dir="ltr")
    )
    owner = h(
        "p",
        h(
            "a",
            icon("back", "Back to the chats"),
            href=look.asked.url(top="chats"),
            class_="to-chats",
            data_go=True,
        ),
        h("span", "Phone of ", h("b", bdi(data["name"])), h("small", f" +{look.state.person}", dir="ltr")),
        class_="owner",
    )
    bar = h(
        "div",
        h("span", icon("shop"), class_="avatar shop", aria_hidden="true"),
        h("span", h("b", bdi(business)), doing, class_="who"),
        h(
            "details",
            h("summary", icon("menu", "What this person can do")),
            _sheet(look, data),
            class_="more",
            data_menu=True,
        ),
        class_="bar",
    )
    return join(owner, bar)


def chat(look: Look) -> Html:
    """The bubbles, the oldest first, and what state the chat is in."""
    if not look.state.person:
        return h("p", "Choose a chat, or open the phone of a number.", class_="empty")
    thread = thread_of(look)
    data = thread_json(look.box, thread, 0)
    lines = [bubble_html(look, thread, bubble) for bubble in thread.bubbles]
    if not lines:
        lines = [h("li", "No messages yet. Write the first one: it opens the 24-hour window.", class_="hint")]
    if data["business_is_typing"]:
        dots = h(
            "div",
            h("i"),
            h("i"),
            h("i"),
            class_="bubble dots",
            role="img",
            aria_label="The business is typing",
        )
        lines.append(h("li", dots, class_="line business", id="typing"))
    return h("ol", lines, class_="lines", role="list")


def phone_state(look: Look) -> Html:
    """Notes between chat and writing line: window, blocks, marketing stopped."""
    if not look.state.person:
        return join()
    data = thread_json(look.box, thread_of(look), 0)
    until = data["window_open_until"]
    notes = [
        h("span", "Window open until ", moment(until, "%d %b %H:%M"), class_="tag good")
        if until
        else h("span", "Window closed: only templates arrive", class_="tag")
    ]
    if data["person_blocked_business"]:
        notes.append(h("span", "This person blocked the business", class_="tag bad"))
    if data["business_blocked_person"]:
        notes.append(h("span", "The business blocked this person", class_="tag bad"))
    if data["stopped_marketing"]:
        notes.append(h("span", "Marketing stopped", class_="tag bad"))
    return join(notes)


def compose(look: Look) -> Html:
    """The line to write back: a text, an answer, a change of an own message, a file, a sample."""
    if not look.state.person:
        return join()
    thread = thread_of(look)
    changed = thread.find(look.asked.edit) if look.asked.edit else None
    quoted = thread.find(look.asked.reply) if look.asked.reply else None
    if changed is not None and not changed.mine:
        return join(_about(look, "Edit", changed), _writing(look, "edit", changed.text, wamid=changed.wamid))
    if quoted is not None:
        return join(_about(look, "Reply to", quoted), _writing(look, "text", "", reply_to=quoted.wamid))
    return _writing(look, "text", "")


def _about(look: Look, what: str, bubble: Bubble) -> Html:
    away = h("a", icon("close", "Leave it"), href=look.asked.url(reply="", edit=""), data_go=True)
    return h("div", h("span", h("b", what), " ", bdi(words_of_bubble(bubble))), away, class_="about")


def _writing(look: Look, do: str, words: str, **fields: object) -> Html:
    aloud = "Write as this person"
    box = h(
        "textarea",
        words,
        name="text",
        rows=1,
        dir="auto",
        required=True,
        placeholder="Message",
        aria_label=aloud,
        data_write=True,
    )
    send = h("button", icon("send", "Send"), class_="send")
    key = "-".join((do, look.state.number, look.state.person, *map(str, fields.values())))
    writing = act_form(look, do, box, send, class_="write", **fields)
    add = h(
        "details",
        h("summary", icon("attach", "Send a file or a sample")),
        _attach(look),
        class_="more up",
        data_menu=True,
    )
    return h("div", add, writing, class_="compose", id=f"compose-{key}")


def _attach(look: Look) -> Html:
    file = act_form(
        look,
        "media",
        h("h4", "A file"),
        labelled("File (without one a sample is sent)", h("input", type="file", name="file")),
        labelled("As", h("select", options(KINDS), name="kind")),
        labelled("Caption", h("input", name="caption", dir="auto", maxlength=1024)),
        h("button", "Send file", class_="main"),
        class_="card",
    )
    sample = act_form(
        look,
        "sample",
        h("h4", "A sample of every kind"),
        labelled("Sample", h("select", options(samples.names()), name="sample")),
        h("button", "Send sample", class_="main"),
        class_="card",
    )
    return h("div", file, sample, class_="pop")


def _sheet(look: Look, data: dict[str, object]) -> Html:
    blocked, stopped = data["person_blocked_business"], data["stopped_marketing"]
    profile = look.box.profiles.get(look.state.person, NOBODY_SPECIAL)
    behaviours = {"": "as the number says", **{name: name.replace("_", " ") for name in BEHAVIOURS}}
    chosen = look.box.overrides.get(look.state.person, "")
    behaviour = act_form(
        look,
        "behaviour",
        labelled("Behaviour", h("select", options(behaviours, chosen), name="behaviour")),
        labelled(
            "Name",
            h("input", name="name", value=profile.name or "", placeholder=str(data["name"]), dir="auto"),
        ),
        h("button", "Save", class_="main"),
        class_="card",
    )
    return h(
        "div",
        act_button(look, "read", "Read everything"),
        act_button(look, "stop", "Write STOP"),
        act_button(look, "unblock", "Unblock the business")
        if blocked
        else act_button(look, "block", "Block the business", class_="danger"),
        act_button(look, "marketing", "Resume marketing", value="resume")
        if stopped
        else act_button(look, "marketing", "Stop marketing", value="stop"),
        behaviour,
        class_="pop",
    )
