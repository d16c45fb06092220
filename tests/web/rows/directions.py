"""Directions, and the list of numbers."""

from __future__ import annotations

from tests.web.pages import Row
from tests.web.world import Place


def _direction(place: Place) -> dict[str, object]:
    return {"direction_id": place.more["direction"].public_id}


def _number(place: Place) -> dict[str, object]:
    return {"number_id": place.more["number"].public_id}


def _bulk(place: Place) -> dict[str, object]:
    return {"action": "off", "id": [str(place.more["number"].public_id)], "expected": "1"}


def _of_number(place: Place) -> dict[str, object]:
    return {"name": "Braces", "number": str(place.more["number"].public_id), "colour": ""}


ROWS = {
    "directions:list": Row(
        post=lambda _: {"save_view": "1", "name": "x"}, no_audit="a saved view is the person's own"
    ),
    "directions:new": Row(post=_of_number, audit="direction.created", foreign=_of_number),
    "directions:edit": Row(_direction, post=_of_number, audit="direction.changed", foreign=_of_number),
    "directions:delete": Row(_direction, post=lambda _: {}, audit="direction.deleted"),
    "numbers:list": Row(post=_bulk, audit="sender.switched_off"),
    "numbers:new": Row(
        post=lambda place: {"phone": f"{place.phone}77", "label": "Reception"}, audit="sender.created"
    ),
    "numbers:detail": Row(_number),
    "numbers:figures": Row(_number),
    "numbers:label": Row(_number, post=lambda _: {"label": "Renamed"}, audit="sender.changed"),
    "numbers:default": Row(_number, post=lambda _: {}, audit="sender.made_default"),
    "numbers:switch": Row(_number, post=lambda _: {"on": "0"}, audit="sender.switched_off"),
    "numbers:validate": Row(
        _number,
        post=lambda _: {},
        no_audit="it only asks the provider, and writes nothing down",
    ),
    "numbers:delete": Row(_number, post=lambda _: {}, audit="sender.deleted"),
}
