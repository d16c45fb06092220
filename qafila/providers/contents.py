"""What can be sent to a person: a few values that say it once for every vendor, and how they stand in the ledger as JSON.

Every kind but a template is free-form: an official number may send it only while the person's 24-hour window is open.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Text:
    """Free text, at most 4,096 characters.

    :ivar preview_url: show a preview of the first link.
    """

    body: str
    preview_url: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """An approved template with the values of its variables.

    :ivar body: positional values of the body, or named ones where the template is of the NAMED format.
    :ivar components: further components (header, buttons, carousel …) in the vendor's shape; what they hold is checked.
    """

    name: str
    language: str
    body: Sequence[str] | Mapping[str, str] = ()
    components: Sequence[Mapping[str, Any]] = ()


class MediaKind(enum.StrEnum):
    """What a file is to the person who gets it."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    DOCUMENT = "document"
    STICKER = "sticker"


@dataclass(frozen=True, slots=True)
class Media:
    """A file: one that was uploaded to the vendor before (``ref``), or one the vendor fetches itself (``link``).

    :ivar filename: for a document: the name under which the person sees it.
    :ivar voice: for audio: a voice message.
    """

    kind: MediaKind
    ref: str = ""
    link: str = ""
    caption: str = ""
    filename: str = ""
    voice: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to press. ``id`` comes back in the answer; ``description`` is for lists."""

    id: str
    title: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Rows of a list under one title (which may be empty where there is one section)."""

    title: str
    choices: Sequence[Choice]


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the body of an interactive message: a header of text or a file, and a footer."""

    header: str | Media | None = None
    footer: str = ""


@dataclass(frozen=True, slots=True)
class Buttons:
    """A text with up to three reply buttons."""

    body: str
    buttons: Sequence[Choice]
    frame: Frame = Frame()


@dataclass(frozen=True, slots=True)
class Menu:
    """A text with one button that opens a list of up to ten rows. Its header can only be text."""

    body: str
    button: str
    sections: Sequence[Section]
    frame: Frame = Frame()


@dataclass(frozen=True, slots=True)
class LinkButton:
    """A text with one button that opens an address."""

    body: str
    title: str
    url: str
    frame: Frame = Frame()


@dataclass(frozen=True, slots=True)
class Form:
    """A text with one button that opens a form of the vendor (WhatsApp Flow).

    :ivar flow: the vendor's id of the form, or with ``by_name`` its name.
    :ivar token: comes back with the answers.
    :ivar screen: the first screen; None asks the form's own endpoint for it.
    """

    body: str
    title: str
    flow: str
    token: str = ""
    screen: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    by_name: bool = False
    draft: bool = False
    frame: Frame = Frame()


@dataclass(frozen=True, slots=True)
class LocationRequest:
    """A text that asks the person where they are."""

    body: str


@dataclass(frozen=True, slots=True)
class Product:
    """One product of a catalog that belongs to the business. Only its frame's footer is possible; the body may be empty.

    :ivar catalog: the vendor's id of the catalog; :ivar product: our own id of the product in it.
    """

    catalog: str
    product: str
    body: str = ""
    frame: Frame = Frame()


@dataclass(frozen=True, slots=True)
class ProductSection:
    """Products under one title (which may be empty where there is one section), by our own ids of them."""

    title: str
    products: Sequence[str]


@dataclass(frozen=True, slots=True)
class ProductList:
    """Up to thirty products of a catalog in up to ten sections. It needs a header, of text."""

    body: str
    catalog: str
    sections: Sequence[ProductSection]
    frame: Frame = Frame()


@dataclass(frozen=True, slots=True)
class CatalogMessage:
    """A text with one button that opens the whole catalog. Only its frame's footer is possible.

    :ivar product: whose picture stands above it; "": the first one's.
    """

    body: str
    product: str = ""
    frame: Frame = Frame()


@dataclass(frozen=True, slots=True)
class CallRequest:
    """Asks whether the business may call the person; the body may be empty."""

    body: str = ""


@dataclass(frozen=True, slots=True)
class AddressRequest:
    """A text with one button that opens a form for a postal address. WhatsApp has it in a few countries (India, Singapore).

    :ivar country: two letters, as ISO 3166 has them.
    :ivar values: what stands in the form already, by the vendor's names of its fields; :ivar errors: what is wrong in it.
    :ivar saved: addresses to choose from: ``{"id", "value": {field: text}}``.
    """

    body: str
    country: str
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    saved: Sequence[Mapping[str, Any]] = ()
    frame: Frame = Frame()


@dataclass(frozen=True, slots=True)
class Reaction:
    """An emoji on a message; an empty one takes it back. ``message_id``: the vendor's id of that message."""

    message_id: str
    emoji: str


@dataclass(frozen=True, slots=True)
class Location:
    """A place; degrees north and east."""

    latitude: float
    longitude: float
    name: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Contacts:
    """Business cards in the vendor's shape; each has a ``name`` with ``formatted_name``."""

    cards: Sequence[Mapping[str, Any]]


Content = (
    Text
    | Template
    | Media
    | Buttons
    | Menu
    | LinkButton
    | Form
    | LocationRequest
    | Product
    | ProductList
    | CatalogMessage
    | CallRequest
    | AddressRequest
    | Reaction
    | Location
    | Contacts
)
