"""Dashboard, contracts, messages."""

from __future__ import annotations

from django.utils import timezone

from qafila.campaigns.actions import start_contract
from qafila.ledger.models import BatchSender, Message
from qafila.ledger.states import State
from qafila.senders.actions import pause_all
from tests.web.pages import Row
from tests.web.world import Place, World

_VIEW = "a saved view is the person's own"


def _contract(place: Place) -> dict[str, object]:
    return {"public_id": place.campaign.public_id}


def _to_package(place: Place) -> dict[str, object]:
    return {"to": f"package:{place.more['package'].public_id}", "expected": "10"}


def _message(place: Place) -> dict[str, object]:
    return {"message_id": place.message_id}


def _running(world: World) -> None:
    here = world.here
    start_contract(
        business=here.business, public_id=here.campaign.public_id, actor=here.actor, now=timezone.now()
    )


def _paused_all(world: World) -> None:
    pause_all(business=world.here.business, reason="", actor=world.here.actor, now=timezone.now())


def _failed(world: World) -> None:
    _stands(world, State.FAILED, reason="cloud_api.131016", failed_at=timezone.now())


def _uncertain(world: World) -> None:
    _stands(world, State.UNCERTAIN, uncertain_at=timezone.now())


def _stands(world: World, state: State, **values: object) -> None:
    """One message of ours in that state, the counters with it."""
    row = Message.objects.get(pk=world.here.message_id)
    Message.objects.filter(pk=row.pk).update(state=state, due_at=None, claimed_at=timezone.now(), **values)
    BatchSender.objects.create(batch_id=row.batch_id, sender_id=row.sender_id, **{state.word: 1})


ROWS = {
    "dashboard:home": Row(),
    "dashboard:part": Row(),
    "dashboard:pace": Row(),
    "dashboard:pause-all": Row(post=lambda _: {"reason": "fire"}, audit="sending.paused"),
    "dashboard:resume-all": Row(post=lambda _: {}, audit="sending.resumed", before=_paused_all),
    "campaigns:list": Row(post=lambda _: {"save_view": "1", "name": "x"}, no_audit=_VIEW),
    "campaigns:detail": Row(_contract),
    "campaigns:part": Row(_contract),
    "campaigns:waiting": Row(_contract),
    "campaigns:course": Row(_contract),
    "campaigns:start": Row(_contract, post=lambda _: {}, audit="contract.started"),
    "campaigns:pause": Row(_contract, post=lambda _: {}, audit="contract.paused", before=_running),
    "campaigns:delete": Row(_contract, post=lambda _: {"expected": "10"}, audit="contract.deleted"),
    "campaigns:give": Row(_contract, post=_to_package, audit="contract.moved", foreign=_to_package),
    "campaigns:calendar": Row(),
    "campaigns:copy": Row(_contract, post=lambda _: {"name": "Again"}, audit="contract.created"),
    "campaigns:retry": Row(
        _contract, post=lambda _: {"expected": "1"}, audit="contract.failed_retried", before=_failed
    ),
    "campaigns:hide": Row(
        _contract, post=lambda _: {"expected": "1"}, audit="contract.failed_cleared", before=_failed
    ),
    "campaigns:settle": Row(
        _contract,
        post=lambda _: {"verb": "settle_sent", "expected": "1"},
        audit="messages.settled_sent",
        before=_uncertain,
    ),
    "messages:list": Row(post=lambda _: {"save_view": "1", "name": "x"}, no_audit=_VIEW),
    "messages:story": Row(_message),
    "messages:part": Row(_message),
    "messages:change": Row(_message, post=lambda _: {"verb": "cancel"}, audit="messages.cancelled"),
}
