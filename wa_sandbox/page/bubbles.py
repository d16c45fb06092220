"""One bubble of a chat: quote, content, reactions, time and ticks, and what can be done with it."""

from wa_sandbox.graph.errors import CODES
from wa_sandbox.ledger.threads import Bubble, Thread
from wa_sandbox.page.answers import from_person
from wa_sandbox.page.chats import ticks
from wa_sandbox.page.contents import from_business
from wa_sandbox.page.forms import act_button, act_form
from wa_sandbox.page.html import Html, bdi, h, join, moment
from wa_sandbox.page.icons import icon
from wa_sandbox.page.state import Look

QUOTE = 140
EMOJI = ("👍", "❤️", "😂", "😮", "😢", "🙏")


def bubble_html(look: Look, thread: Thread, bubble: Bubble) -> Html:
    """A bubble: of the business at the start of the line, of the person (whose phone it is) at its end."""
    side = "business" if bubble.mine else "person"
    status, code = _status(look, bubble)
    if bubble.gone:
        inside, buttons = h("p", icon("block"), "This message was deleted", class_="notice"), join()
    elif bubble.mine:
        inside, buttons = from_business(look, bubble)
    else:
        inside, buttons = from_person(look, bubble), join()
    foot = h(
        "span",
        h("span", "edited", class_="edited") if bubble.edited and not bubble.gone else None,
        moment(bubble.at),
        ticks(status, code) if bubble.mine else ticks("read" if bubble.seen else "delivered"),
        class_="foot",
    )
    drawn = h(
        "div",
        _quote(thread, bubble.quoted) if bubble.quoted and not bubble.gone else None,
        inside,
        foot,
        buttons,
        None if bubble.gone else _menu(look, bubble),
        class_="bubble",
    )
    wide = bool(bubble.shown and bubble.shown.get("cards"))
    return h(
        "li",
        drawn,
        _reactions(bubble),
        _failure(code) if status == "failed" else None,
        class_=f"line {side}{' wide-bubble' if wide else ''}",
        id=f"m-{bubble.wamid}",
    )


def words_of_bubble(bubble: Bubble) -> str:
    """The first words of a bubble, for quotes."""
    return "deleted message" if bubble.gone else bubble.text[:QUOTE]


def _status(look: Look, bubble: Bubble) -> tuple[str, int]:
    message = look.box.books.by_wamid.get(bubble.wamid)
    return (message.status, message.code) if message is not None else ("accepted", 0)


def _failure(code: int) -> Html:
    known = CODES.get(code)
    title = known.title if known is not None else ""
    return h("p", f"Not delivered · {code}", f" · {title}" if title else None, class_="failure")


def _quote(thread: Thread, wamid: str) -> Html:
    found = thread.find(wamid)
    if found is None:
        return h("blockquote", "an earlier message", class_="quote")
    who = "Business" if found.mine else "You"
    return h("blockquote", h("b", who), h("span", words_of_bubble(found), dir="auto"), class_="quote")


def _reactions(bubble: Bubble) -> Html | None:
    if not bubble.reactions:
        return None
    shown = [h("span", emoji, title=f"from the {who}") for who, emoji in bubble.reactions.items()]
    return h("p", shown, class_="reactions")


def _menu(look: Look, bubble: Bubble) -> Html:
    state, wamid = look.state, bubble.wamid
    emoji = [h("button", one, name="emoji", value=one, aria_label=f"React with {one}") for one in EMOJI]
    none = h(
        "button",
        icon("close"),
        name="emoji",
        value="",
        title="Take the reaction away",
        aria_label="Take the reaction away",
    )
    base = look.asked
    talk = {"number": state.number, "person": state.person, "top": "phone"}
    answer = h("a", "Reply", href=base.url(**talk, reply=wamid, edit=""), data_go=True)
    if bubble.mine:
        more = act_button(look, "read", "Read up to here", wamid=wamid)
    else:
        change = h("a", "Edit", href=base.url(**talk, edit=wamid, reply=""), data_go=True)
        more = join(change, act_button(look, "revoke", "Delete for everyone", wamid=wamid))
    ids = h(
        "p",
        h("button", "Copy id", type="button", data_copy=wamid, class_="js-yes"),
        h("code", bdi(wamid)),
        class_="ids",
    )
    sheet = h(
        "div",
        act_form(look, "reaction", emoji, none, class_="emoji", wamid=wamid),
        answer,
        more,
        ids,
        class_="pop",
    )
    return h(
        "details",
        h("summary", icon("down", "What to do with this message")),
        sheet,
        class_="more",
        data_menu=True,
    )
