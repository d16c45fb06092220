"""Contents as they stand in the ledger.

A batch says how its messages go out (``content``), a message what it says (``body``) and with which values (``params``):

- ``{"kind": "text"}``: the body is the text. A message of such a batch may be something else: its ``params`` are then
  ``{"content": {…}}`` with one of the kinds below (an agent's picture among answers).
- ``{"kind": "template", "name", "language", "variable", "components"?}``: ``params`` are the values of the template's body
  (``[]``: it has none); without them the body fills the one variable. ``components`` are the rest (header, buttons …) in
  the vendor's shape, the same for everybody. Where a message has values for them too, its ``params`` are
  ``{"body": values, "more": {key: text}}``, which fill the places ``{"$": key}`` in ``components``, or
  ``{"body": values, "components": […]}`` of its own.
- ``{"kind": "image" | "video" | "audio" | "document" | "sticker", "ref" | "link", "filename"?, "voice"?}``: body: the caption.
- ``{"kind": "buttons", "buttons": [{"id", "title"}], "header"?, "footer"?}``; ``"list"`` with ``button`` and
  ``sections: [{"title", "choices": [{"id", "title", "description"?}]}]``; ``"link_button"`` with ``title`` and ``url``;
  ``"form"`` with ``title``, ``flow``, ``token``?, ``screen``?, ``data``?, ``by_name``?, ``draft``?;
  ``"location_request"``. A header is a text or ``{"kind": "image", …}``.
- ``{"kind": "product", "catalog", "product", "footer"?}``; ``"product_list"`` with ``catalog``, ``header`` (a text) and
  ``sections: [{"title", "products": [id]}]``; ``"catalog_message"`` with ``product``? (whose picture); ``"call_request"``;
  ``"address_request"`` with ``country``, ``values``?, ``errors``?, ``saved``? (``[{"id", "value"}]``).
- ``{"kind": "reaction", "message_id", "emoji"}``; ``{"kind": "location", "latitude", "longitude", "name"?, "address"?}``;
  ``{"kind": "contacts", "cards": […]}``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qafila.providers.contents import (
    AddressRequest,
    Buttons,
    CallRequest,
    CatalogMessage,
    Choice,
    Contacts,
    Content,
    Form,
    Frame,
    LinkButton,
    Location,
    LocationRequest,
    Media,
    MediaKind,
    Menu,
    Product,
    ProductList,
    ProductSection,
    Reaction,
    Section,
    Template,
    Text,
)
from qafila.providers.failures import Failure, ProviderError

_MEDIA = frozenset(kind.value for kind in MediaKind)
KINDS = (
    "text",
    "template",
    *sorted(_MEDIA),
    "buttons",
    "list",
    "link_button",
    "form",
    "location_request",
    "product",
    "product_list",
    "catalog_message",
    "call_request",
    "address_request",
    "reaction",
    "location",
    "contacts",
)
"""Every kind there is."""
PLACE = "$"
"""The one key of an object in a template's components that a message's own text takes the place of."""
_INTERACTIVE = frozenset(
    {"buttons", "list", "link_button", "form", "location_request", "call_request", "address_request"}
)
_OF_CATALOGS = frozenset({"product", "product_list", "catalog_message"})


def is_free_form(content: Mapping[str, Any]) -> bool:
    """Whether it needs an open window: everything but a template."""
    return content.get("kind") != "template"


def own_content(content: Mapping[str, Any], params: Any) -> Mapping[str, Any]:
    """The content of one message: its own in a batch of texts, if it has one, else its batch's."""
    if params is None or content.get("kind") != "text" or not isinstance(params, Mapping):
        return content
    own = params.get("content")
    return own if isinstance(own, Mapping) else content


def read(content: Mapping[str, Any], body: str, params: Any = None) -> Content:
    """What goes out: the batch says how, the message says what.

    :raises ProviderError: CONTENT ``content_unknown`` (a kind that there is not) or ``content_malformed``.
    """
    if content.get("kind") == "template":
        return _template(content, body, params)
    return _read(own_content(content, params), body)


def is_extended(params: Any) -> bool:
    """Whether a message's ``params`` hold values of more than the body."""
    return isinstance(params, Mapping) and isinstance(params.get("body"), list | Mapping)


def values_in(params: Any) -> list[str]:
    """Every text in a message's ``params``, those of the body first; not what stands in components of its own."""
    if is_extended(params):
        more = params.get("more")
        return [*values_in(params["body"]), *(more.values() if isinstance(more, Mapping) else ())]
    return list(params.values()) if isinstance(params, Mapping) else list(params or ())


def filled(components: Sequence[Mapping[str, Any]], more: Mapping[str, str]) -> list[Mapping[str, Any]]:
    """Components with each place ``{"$": key}`` taken by the text of that key; a key that is not there stays empty."""
    return [_filled(one, more) for one in components]


def _filled(part: Any, more: Mapping[str, str]) -> Any:
    if isinstance(part, Mapping):
        if len(part) == 1 and isinstance(key := part.get(PLACE), str):
            return more.get(key, "")
        return {name: _filled(one, more) for name, one in part.items()}
    if isinstance(part, list | tuple):
        return [_filled(one, more) for one in part]
    return part


def _template(content: Mapping[str, Any], body: str, params: Any) -> Template:
    variable = content.get("variable")
    components = _list(content, "components", must=False)
    values = params if params is not None else ({variable: body} if variable else [body])
    if params is not None and is_extended(params):
        values = params["body"]
        if "components" in params:
            components = _list(params, "components")
        elif isinstance(params.get("more"), Mapping):
            components = filled(components, params["more"])
    return Template(_text(content, "name"), _text(content, "language"), values, components)


def _read(content: Mapping[str, Any], body: str) -> Content:
    kind = content.get("kind")
    if kind in _MEDIA:
        return _media(content, body)
    if kind in _INTERACTIVE:
        return _interactive(content, body)
    if kind in _OF_CATALOGS:
        return _of_catalog(content, body)
    match kind:
        case "text":
            return Text(body, preview_url=content.get("preview_url") is True)
        case "template":
            return _template(content, body, content.get("params"))
        case "reaction":
            return Reaction(_text(content, "message_id"), _text(content, "emoji", must=False))
        case "location":
            return Location(
                _number(content, "latitude"),
                _number(content, "longitude"),
                _text(content, "name", must=False),
                _text(content, "address", must=False),
            )
        case "contacts":
            return Contacts(_list(content, "cards"))
    raise ProviderError(
        Failure.CONTENT, "content_unknown", f"There is no kind of content {str(kind)[:40]!r}."
    )


def _media(content: Mapping[str, Any], body: str) -> Media:
    return Media(
        MediaKind(content["kind"]),
        ref=_text(content, "ref", must=False),
        link=_text(content, "link", must=False),
        caption=body,
        filename=_text(content, "filename", must=False),
        voice=content.get("voice") is True,
    )


def _of_catalog(content: Mapping[str, Any], body: str) -> Content:
    frame = _frame(content)
    match content["kind"]:
        case "product":
            return Product(_text(content, "catalog"), _text(content, "product"), body, frame)
        case "product_list":
            sections = [
                ProductSection(_text(one, "title", must=False), _words(one, "products"))
                for one in _list(content, "sections")
            ]
            return ProductList(body, _text(content, "catalog"), sections, frame)
        case _:
            return CatalogMessage(body, _text(content, "product", must=False), frame)


def _interactive(content: Mapping[str, Any], body: str) -> Content:
    frame = _frame(content)
    match content["kind"]:
        case "buttons":
            return Buttons(body, [_choice(one) for one in _list(content, "buttons")], frame)
        case "list":
            sections = [
                Section(_text(one, "title", must=False), [_choice(row) for row in _list(one, "choices")])
                for one in _list(content, "sections")
            ]
            return Menu(body, _text(content, "button"), sections, frame)
        case "link_button":
            return LinkButton(body, _text(content, "title"), _text(content, "url"), frame)
        case "form":
            data = content.get("data")
            return Form(
                body,
                _text(content, "title"),
                _text(content, "flow"),
                token=_text(content, "token", must=False),
                screen=_text(content, "screen", must=False) or None,
                data=data if isinstance(data, Mapping) else {},
                by_name=content.get("by_name") is True,
                draft=content.get("draft") is True,
                frame=frame,
            )
        case "call_request":
            return CallRequest(body)
        case "address_request":
            return AddressRequest(
                body,
                _text(content, "country"),
                _texts(content, "values"),
                _texts(content, "errors"),
                [
                    {"id": _text(one, "id"), "value": _texts(one, "value")}
                    for one in _list(content, "saved", must=False)
                ],
                frame,
            )
        case _:
            return LocationRequest(body)


def _frame(content: Mapping[str, Any]) -> Frame:
    return Frame(_header(content.get("header")), _text(content, "footer", must=False))


def _header(given: Any) -> str | Media | None:
    if isinstance(given, Mapping):
        if given.get("kind") not in _MEDIA:
            raise _malformed("header")
        return _media(given, "")
    if given is None or isinstance(given, str):
        return given or None
    raise _malformed("header")


def _choice(one: Mapping[str, Any]) -> Choice:
    return Choice(_text(one, "id"), _text(one, "title"), _text(one, "description", must=False))


def _text(content: Mapping[str, Any], key: str, *, must: bool = True) -> str:
    found = content.get(key)
    if isinstance(found, str):
        return found
    if found is None and not must:
        return ""
    raise _malformed(key)


def _texts(content: Mapping[str, Any], key: str) -> Mapping[str, str]:
    """Texts by name; none where there is no such part."""
    found = content.get(key, {})
    if isinstance(found, Mapping) and all(isinstance(one, str) for one in found.values()):
        return found
    raise _malformed(key)


def _words(content: Mapping[str, Any], key: str) -> Sequence[str]:
    found = content.get(key)
    if isinstance(found, list) and all(isinstance(one, str) for one in found):
        return found
    raise _malformed(key)


def _number(content: Mapping[str, Any], key: str) -> float:
    found = content.get(key)
    if isinstance(found, int | float) and not isinstance(found, bool):
        return float(found)
    raise _malformed(key)


def _list(content: Mapping[str, Any], key: str, *, must: bool = True) -> Sequence[Mapping[str, Any]]:
    found = content.get(key)
    if found is None and not must:
        return ()
    if isinstance(found, list) and all(isinstance(one, Mapping) for one in found):
        return found
    raise _malformed(key)


def _malformed(key: str) -> ProviderError:
    return ProviderError(
        Failure.CONTENT, "content_malformed", f"The content's {key!r} is missing or of the wrong kind."
    )
