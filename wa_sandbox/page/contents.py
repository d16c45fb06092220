"""What is in a message of the business: header, media, text, footer, buttons, list, cards, as a phone shows them."""

from typing import Any, Final

from wa_sandbox.ledger.threads import Bubble
from wa_sandbox.page.files import file_tile
from wa_sandbox.page.forms import act_button
from wa_sandbox.page.html import Html, bdi, h, join, moment
from wa_sandbox.page.icons import icon
from wa_sandbox.page.state import Look
from wa_sandbox.page.wording import marked, part, rows, said, word
from wa_sandbox.people.replies import OFFERS, TAPPED

DRAWINGS: Final = {
    "reply": "reply",
    "quick_reply": "reply",
    "flow": "form",
    "address": "form",
    "url": "link",
    "phone_number": "phone",
    "call": "phone",
    "voice_call": "phone",
    "copy_code": "copy",
    "location": "place",
    "contact": "person",
    "catalog": "basket",
    "mpm": "basket",
    "spm": "basket",
    "pay": "basket",
    "order_details": "basket",
}


def from_business(look: Look, bubble: Bubble) -> tuple[Html, Html]:
    """The inside of a bubble of the business, and the buttons under it."""
    shown = bubble.shown or {}
    if not shown:
        return said(bubble.text), join()
    places = _places(shown)
    inside = join(_content(look, shown), _cards(look, bubble.wamid, shown, places))
    return inside, join(_buttons(look, bubble.wamid, shown, places), _list(look, bubble.wamid, shown, places))


def _places(shown: dict[str, Any]) -> dict[int, int]:
    """Where what can be tapped stands among the choices of its message, as `people.replies.choices` has them.

    Each button, the first row of the list, and (by the message or card they are in) the first of the products.
    """
    holders = (shown, *rows(shown, "cards"))
    places: dict[int, int] = {}
    place = 0
    for holder in holders:
        for button in rows(holder, "buttons"):
            if button.get("kind") in TAPPED:
                places[id(button)] = place
                place += 1
    if shown.get("list"):
        places[id(shown["list"])] = place
        place += sum(len(rows(section, "rows")) for section in rows(shown["list"], "sections"))
    for holder in holders:
        places[id(holder)] = place
        place += len(OFFERS) * len(holder.get("products") or ())
    return places


def _content(look: Look, shown: dict[str, Any]) -> Html:
    offer = part(shown, "offer")
    text, footer = word(shown, "text"), word(shown, "footer")
    products = shown.get("products")
    return join(
        _header(look, part(shown, "header")),
        _media(look, part(shown, "media")),
        location_tile(part(shown, "location")) if shown.get("location") else None,
        [contact_tile(word(card, "name"), card.get("phones")) for card in rows(shown, "contacts")],
        _offer(offer) if offer else None,
        h("p", icon("basket"), f"Products: {', '.join(map(str, products))}", class_="products")
        if products
        else None,
        said(text) if text else None,
        h("p", marked(footer), class_="footer", dir="auto") if footer else None,
    )


def _buttons(look: Look, wamid: str, shown: dict[str, Any], places: dict[int, int]) -> Html | None:
    buttons = [_button(look, wamid, button, places) for button in rows(shown, "buttons")]
    products = [str(product) for product in shown.get("products") or ()]
    if len(products) == 1:
        buttons += _offers(look, wamid, products[0], places[id(shown)], "choice")
    return join(
        h("div", buttons, class_="buttons") if buttons else None,
        _items(look, wamid, products, places[id(shown)]) if len(products) > 1 else None,
    )


def _offers(look: Look, wamid: str, product: str, place: int, class_: str) -> list[Html]:
    """What can be done with a product, from this place among the choices on."""
    return [
        act_button(
            look,
            "tap",
            icon("basket"),
            bdi(words.format(product)),
            class_=class_,
            wamid=wamid,
            choice=place + n,
        )
        for n, (_, words) in enumerate(OFFERS)
    ]


def _items(look: Look, wamid: str, products: list[str], place: int) -> Html:
    offered = [
        h("li", _offers(look, wamid, product, place + n * len(OFFERS), "row"))
        for n, product in enumerate(products)
    ]
    opener = h("summary", icon("list"), "View items", class_="choice")
    return h("details", opener, h("div", h("ul", offered), class_="sheet"), class_="buttons menu-list")


def _header(look: Look, header: dict[str, Any]) -> Html | None:
    if not header:
        return None
    if header.get("type") == "text":
        return h("p", word(header, "text"), class_="header", dir="auto")
    if header.get("type") == "location":
        return location_tile(part(header, "location"))
    if header.get("type") == "product":
        return h("p", icon("basket"), f"Product {word(header, 'product')}", class_="products")
    return _media(look, part(header, "media"))


def _media(look: Look, media: dict[str, Any]) -> Html | None:
    if not media:
        return None
    return file_tile(
        look,
        word(media, "kind"),
        word(media, "id"),
        word(media, "link"),
        word(media, "filename"),
        voice=bool(media.get("voice")),
    )


def location_tile(place: dict[str, Any]) -> Html:
    """A place: a drawn map (no map is fetched), its name and where it is."""
    where = f"{word(place, 'latitude')}, {word(place, 'longitude')}"
    name, address = word(place, "name"), word(place, "address")
    words = h(
        "span", h("b", bdi(name)) if name else None, bdi(address) if address else None, h("small", where)
    )
    return h("div", h("span", icon("place"), class_="map", aria_hidden="true"), words, class_="place")


def contact_tile(name: str, phones: Any) -> Html:
    """A card of somebody, with the numbers on it."""
    numbers = [h("small", str(phone), dir="ltr") for phone in phones] if isinstance(phones, list) else None
    words = h("span", h("b", bdi(name or "Contact")), numbers, class_="file-words")
    return h("div", h("span", icon("person"), class_="file-sign round"), words, class_="file")


def _offer(offer: dict[str, Any]) -> Html:
    ends = offer.get("expires_at")
    until = join(" ends ", moment(float(ends), "%Y-%m-%d %H:%M")) if isinstance(ends, int | float) else None
    return h("p", icon("clock"), h("b", bdi(word(offer, "text"))), until, class_="offer")


def _button(look: Look, wamid: str, button: dict[str, Any], places: dict[int, int]) -> Html:
    kind, text = word(button, "kind"), word(button, "text")
    label = join(icon(DRAWINGS.get(kind, "reply")), bdi(text))
    if kind in TAPPED:
        return act_button(look, "tap", label, class_="choice", wamid=wamid, choice=places[id(button)])
    if kind == "url" and word(button, "url").startswith(("http://", "https://")):
        url = word(button, "url")
        return h("a", label, href=url, title=url, class_="choice", target="_blank", rel="noopener noreferrer")
    if kind == "copy_code":
        code = word(button, "code")
        return h(
            "button",
            label,
            h("code", code),
            type="button",
            class_="choice",
            data_copy=code,
            title="Copy the code",
        )
    what = word(button, "phone_number") or word(button, "url") or "Nothing comes back when this is tapped."
    return h("span", label, class_="choice still", title=what)


def _list(look: Look, wamid: str, shown: dict[str, Any], places: dict[int, int]) -> Html | None:
    menu = part(shown, "list")
    if not menu:
        return None
    place = places[id(menu)]
    sections = []
    for section in rows(menu, "sections"):
        items = []
        for row in rows(section, "rows"):
            description = word(row, "description")
            label = join(
                h("b", bdi(word(row, "title"))), h("small", bdi(description)) if description else None
            )
            items.append(h("li", act_button(look, "tap", label, class_="row", wamid=wamid, choice=place)))
            place += 1
        title = word(section, "title")
        sections.append(join(h("h4", bdi(title)) if title else None, h("ul", items)))
    opener = h("summary", icon("list"), bdi(word(menu, "button")), class_="choice")
    return h("details", opener, h("div", sections, class_="sheet"), class_="buttons menu-list")


def _cards(look: Look, wamid: str, shown: dict[str, Any], places: dict[int, int]) -> Html | None:
    cards = rows(shown, "cards")
    if not cards:
        return None
    drawn = [h("li", _content(look, card), _buttons(look, wamid, card, places)) for card in cards]
    return h("ul", drawn, class_="cards", tabindex="0", aria_label="Cards")
