"""Open messages."""

from __future__ import annotations

from django.utils import timezone

from qafila.campaigns.actions import create_open_message
from qafila.campaigns.rules.open_content import read_open_content
from qafila.ledger.models import Batch
from qafila.ledger.states import BatchState
from tests.web.pages import Row
from tests.web.world import Place, World

_NONE = "open_0000000000000000000000"


def _made(world: World) -> None:
    """One over the package of each business."""
    for place in (world.here, world.there):
        opened = create_open_message(
            business=place.business,
            target=place.more["package"],
            content=read_open_content("text", f"{place.business.name} is open"),
            recipients=[f"{place.phone}41", "nonsense"],
            actor=place.actor,
            now=timezone.now(),
        )
        place.more["open"] = opened.campaign


def _held(world: World) -> None:
    _made(world)
    ids = [place.more["open"].batch_id for place in (world.here, world.there)]
    Batch.objects.filter(pk__in=ids).update(state=BatchState.PAUSED, hold_code="package_losses")


def _open(place: Place) -> dict[str, object]:
    made = place.more.get("open")
    return {"open_id": made.public_id if made else _NONE}


ROWS = {
    "open_messages:detail": Row(_open, before=_made),
    "open_messages:part": Row(_open, before=_made),
    "open_messages:resume": Row(_open, post=lambda _: {}, audit="open_message.resumed", before=_held),
    "open_messages:cancel": Row(
        _open, post=lambda _: {"expected": "1"}, audit="open_message.cancelled", before=_made
    ),
}
