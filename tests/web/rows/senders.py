"""Senders: the list, adding one, one sender and what is done with it."""

from __future__ import annotations

from django.utils import timezone

from qafila.senders.actions import pause_sender
from tests.web.pages import Row
from tests.web.world import Place, World


def _sender(place: Place) -> dict[str, object]:
    return {"sender_id": place.sender.public_id}


def _other_line(place: Place) -> dict[str, object]:
    line = place.more["direction"]
    uses = line.sender_id == place.sender.pk
    return {"shown": [str(line.public_id)], "was" if uses else "direction": [str(line.public_id)]}


def _ticked(place: Place) -> dict[str, object]:
    line = str(place.more["direction"].public_id)
    return {"shown": [line], "direction": [line]}


def _hours(place: Place) -> dict[str, object]:
    del place
    return {"when": "some", "from_0_0": "09:00", "until_0_0": "18:00"}


def _paused(world: World) -> None:
    pause_sender(sender=world.here.sender, by="person", actor=world.here.actor, now=timezone.now())


def _bulk(place: Place) -> dict[str, object]:
    return {"action": "pause", "id": [str(place.sender.public_id)], "expected": "1"}


ROWS = {
    "senders:list": Row(post=_bulk, audit="sender.paused"),
    "senders:new": Row(),
    "senders:new_cloud_api": Row(
        post=lambda _: {"token": "t", "account_ref": "12345", "number_ref": "12345", "app_secret": "s"},
        no_audit="nobody answers at the provider's address here; see tests/web/test_the_first_run.py",
        answers=(405,),
    ),
    "senders:new_number": Row(
        post=lambda place: {"name": "Later", "phone": f"{place.phone}88"},
        audit="sender.created",
        answers=(405,),
    ),
    "senders:detail": Row(_sender, budget=29),
    "senders:part": Row(_sender, budget=24),
    "senders:pace": Row(_sender),
    "senders:days": Row(_sender),
    "senders:directions": Row(
        _sender, post=_other_line, audit="direction.changed", foreign=_ticked, answers=(405,)
    ),
    "senders:pause": Row(_sender, post=lambda _: {}, audit="sender.paused"),
    "senders:resume": Row(_sender, post=lambda _: {}, audit="sender.resumed", before=_paused),
    "senders:rest": Row(_sender, post=lambda _: {"hours": "4"}, audit="sender.rested"),
    "senders:read_back": Row(
        _sender,
        post=lambda _: {},
        no_audit="it asks the provider; what a person decides is written down, not what the provider says",
    ),
    "senders:own_pace": Row(_sender, post=lambda _: {"on": "0"}, audit="sender.own_pace_off"),
    "senders:template": Row(
        _sender,
        post=lambda _: {"name": "greeting", "language": "en"},
        audit="sender.default_template_set",
    ),
    "senders:change": Row(
        _sender, post=lambda _: {"name": "Renamed", "in_use_since": "2025-01-31"}, audit="sender.changed"
    ),
    "senders:hours": Row(_sender, post=_hours, audit="sender.changed", answers=(405,)),
    "senders:secrets": Row(
        _sender, post=lambda _: {"token": "canary-token"}, audit="provider_account.secrets_changed"
    ),
}
