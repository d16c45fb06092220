"""Building HTML: what comes from outside is escaped unless it was built here."""

from collections.abc import Iterable, Mapping
from html import escape
from time import gmtime, strftime
from typing import Final, TypeAlias

Attribute: TypeAlias = str | int | bool | None

_VOID: Final = frozenset(("img", "input", "link", "meta"))
_LAST_SECOND: Final = 253_402_300_799.0  # the end of the year 9999
_NOT_TEXT: Final = {**dict.fromkeys(range(32)), 9: " ", 10: "\n", 13: " ", 127: None}


class Html(str):
    """HTML that is ready to be put in. Any other string is text."""

    __slots__ = ()


Child: TypeAlias = str | int | float | Iterable["Child"] | None


def join(*children: Child) -> Html:
    """Children one after the other: `Html` as it is, text escaped, None left out."""
    return Html("".join(_pieces(children)))


def h(name: str, /, *children: Child, **attributes: Attribute) -> Html:
    """An element. `class_` and the like lose the underscore, `data_x` is `data-x`; True is bare, None and False are left out."""
    opening = f"<{name}{_attributes(attributes)}>"
    return Html(opening) if name in _VOID else Html(f"{opening}{join(*children)}</{name}>")


def bdi(value: object, **attributes: Attribute) -> Html:
    """Words of whatever direction inside a line; they cannot turn the rest of it around."""
    return h("bdi", str(value), dir="auto", **attributes)


def table(head: Iterable[str], rows: Iterable[Iterable[Child]], **attributes: Attribute) -> Html:
    """A table that scrolls sideways inside its own box."""
    top = h("tr", (h("th", name, scope="col") for name in head))
    body = (h("tr", (h("td", cell) for cell in row)) for row in rows)
    return h("div", h("table", h("thead", top), h("tbody", body), **attributes), class_="wide", tabindex="0")


def hidden(fields: Mapping[str, object]) -> Html:
    """Hidden inputs of a form."""
    return join(h("input", type="hidden", name=name, value=str(value)) for name, value in fields.items())


def options(names: Iterable[str] | Mapping[str, str], chosen: str = "") -> Html:
    """The options of a select; a mapping gives value → words."""
    pairs = names.items() if isinstance(names, Mapping) else ((name, name) for name in names)
    return join(h("option", words, value=value, selected=value == chosen) for value, words in pairs)


def moment(at: float, form: str = "%H:%M") -> Html:
    """A time in UTC; the script turns it into the reader's own time."""
    then = gmtime(min(max(at, 0.0), _LAST_SECOND))
    shown = strftime(form, then)
    full = strftime("%Y-%m-%dT%H:%M:%SZ", then)
    kind = "seconds" if "%S" in form else ("full" if "%d" in form else "minutes")
    return h("time", shown, datetime=full, title=strftime("%Y-%m-%d %H:%M:%S UTC", then), data_time=kind)


def _pieces(children: Iterable[Child]) -> Iterable[str]:
    for child in children:
        if child is None:
            continue
        if isinstance(child, Html):
            yield child
        elif isinstance(child, str | int | float):
            yield escape(str(child).translate(_NOT_TEXT), quote=True)
        else:
            yield from _pieces(child)


def _attributes(attributes: Mapping[str, Attribute]) -> str:
    written = []
    for name, value in attributes.items():
        if value is None or value is False:
            continue
        shown = name.rstrip("_").replace("_", "-")
        given = "" if value is True else f'="{escape(str(value), quote=True)}"'
        written.append(f" {shown}{given}")
    return "".join(written)
