"""Packages: pools of numbers."""

from __future__ import annotations

from qafila.kit.ids import new_public_id
from qafila.senders.actions.packages import pause_all
from tests.web.pages import Row
from tests.web.world import Place, World


def _package(place: Place) -> dict[str, object]:
    return {"package_id": place.more["package"].public_id}


def _bulk(place: Place) -> dict[str, object]:
    return {"action": "pause", "id": [str(place.more["package"].public_id)], "expected": "1"}


def _member(place: Place) -> dict[str, object]:
    return {"number": str(place.sender.public_id)}


def _paused(world: World) -> None:
    here = world.here
    pause_all(package=here.more["package"], reason="", actor=here.actor, now=world.now)


ROWS = {
    "packages:list": Row(post=_bulk, audit="package.paused", budget=24),
    "packages:new": Row(post=lambda _: {"name": "Pool"}, audit="package.created"),
    "packages:detail": Row(_package, budget=26),
    "packages:detail_part": Row(_package, budget=23),
    "packages:rename": Row(_package, post=lambda _: {"name": "Renamed"}, audit="package.renamed"),
    "packages:auto_pause": Row(_package, post=lambda _: {"on": "1"}, audit="package.auto_pause_on"),
    "packages:add": Row(
        _package,
        post=lambda place: {"number": str(place.more["number"].public_id), "weight": "2"},
        audit="package.member_added",
        foreign=lambda place: {"number": str(place.more["number"].public_id), "weight": "2"},
    ),
    "packages:share": Row(
        _package,
        post=lambda place: {**_member(place), "weight": "3"},
        audit="package.weight_set",
        foreign=lambda place: {**_member(place), "weight": "3"},
    ),
    "packages:remove": Row(_package, post=_member, audit="package.member_removed", foreign=_member),
    "packages:pause": Row(_package, post=lambda _: {"reason": "Rush"}, audit="package.paused"),
    "packages:resume": Row(_package, post=lambda _: {}, audit="package.resumed", before=_paused),
    "packages:delete": Row(_package, post=lambda _: {}, audit="package.deleted"),
    "packages:message": Row(
        _package,
        post=lambda place: {
            "recipients": f"{place.phone}31\nnonsense",
            "text": "We are open again.",
            "open_id": new_public_id("open"),
            "expected": "1",
        },
        audit="open_message.created",
    ),
}
