"""Linking a phone, and senders on gateways. Their walks are in ``tests/web/senders``."""

from __future__ import annotations

import json
from typing import Any

from django.utils import timezone

from qafila.providers.http_gateway.setup import presets
from qafila.senders.actions.links import begin_link
from qafila.senders.models import ProviderAccount
from tests.web.pages import Row
from tests.web.world import Place, World

NOWHERE = "http://127.0.0.1:9"
"""A port that belongs to another service: the door opens for nobody there, so nothing is called."""


def _sender(place: Place) -> dict[str, object]:
    return {"sender_id": place.sender.public_id}


def _becomes(world: World, kind: str, config: dict[str, Any]) -> None:
    sender = world.here.sender
    rows = ProviderAccount.objects.filter(pk=sender.provider_account_id)
    rows.update(kind=kind, base_url=NOWHERE, config=config)


def _linkable(world: World) -> None:
    _becomes(world, "wppconnect", {})


def _under_way(world: World) -> None:
    _linkable(world)
    begin_link(sender=world.here.sender, actor=world.here.actor, now=timezone.now())


def _gateway(world: World) -> None:
    _becomes(world, "http_gateway", {"gateway": presets()["zentra"]})


def _closed(world: World) -> None:
    ProviderAccount.objects.filter(pk=world.here.sender.provider_account_id).update(
        allow_private_network=False
    )


def _new(place: Place) -> dict[str, object]:
    return {
        "kind": "waha",
        "name": "On a gateway",
        "phone": f"{place.phone}77",
        "own_base_url": "https://waha.example.com",
        "own_api_key": "key",
        "own_session": "default",
    }


ROWS = {
    "pairing:page": Row(_sender),
    "pairing:part": Row(_sender, answers=(204,)),
    "pairing:start": Row(
        _sender, post=lambda _: {}, audit="sender.link_begun", before=_linkable, answers=(405,)
    ),
    "pairing:code": Row(
        _sender, post=lambda _: {}, audit="sender.link_begun", before=_linkable, answers=(405,)
    ),
    "pairing:cancel": Row(
        _sender, post=lambda _: {}, audit="sender.link_ended", before=_under_way, answers=(405,)
    ),
    "pairing:guest": Row(lambda _: {"token": "forged"}, answers=(404,)),
    "pairing:guest_part": Row(lambda _: {"token": "forged"}, answers=(204,)),
    "senders:log_out": Row(
        _sender,
        post=lambda _: {},
        no_audit="nobody answers at the gateway here, and then nothing is changed; see tests/web/senders",
        before=_linkable,
        answers=(405,),
    ),
    "senders:new_kind": Row(),
    "senders:add_kind": Row(post=_new, audit="provider_account.created", answers=(405,)),
    "senders:set_up": Row(
        _sender,
        post=lambda _: {"gateway": json.dumps({**presets()["zentra"], "note": "Ours."})},
        audit="provider_account.set_up",
        before=_gateway,
        answers=(200, 404),
    ),
    "senders:set_up_file": Row(_sender, before=_gateway, answers=(200, 404)),
    "senders:try_gateway": Row(
        _sender,
        post=lambda _: {"phone": "+201000000001", "text": "Test"},
        audit="sender.gateway_tried",
        before=_gateway,
        answers=(200, 404),
    ),
    "senders:private_network": Row(
        _sender,
        post=lambda _: {"on": "1"},
        audit="provider_account.private_network_allowed",
        before=_closed,
        answers=(405,),
    ),
}
