"""Dashboard, contracts, messages."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from qafila.campaigns.actions import plan_contract, start_contract
from qafila.campaigns.models import Campaign
from qafila.ledger.models import Batch, BatchSender, Message
from qafila.ledger.states import BatchState, State
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


def _over(world: World) -> None:
    Batch.objects.filter(pk=world.here.campaign.batch_id).update(state=BatchState.FINISHED)


def _tomorrow(_: Place) -> dict[str, object]:
    return {"at": f"{timezone.now() + timedelta(days=1):%Y-%m-%dT%H:%M}"}


def _planned(world: World) -> None:
    now = timezone.now()
    for place in (world.here, world.there):
        plan_contract(
            business=place.business,
            public_id=place.campaign.public_id,
            at=now + timedelta(days=1),
            actor=place.actor,
            now=now,
        )


def _put_away(world: World) -> None:
    _over(world)
    Campaign.objects.filter(pk=world.here.campaign.pk).update(archived_at=timezone.now())


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
    "campaigns:pace": Row(_contract),
    "campaigns:pace-change": Row(lambda place: {**_contract(place), "sender_id": place.sender.public_id}),
    "campaigns:start": Row(_contract, post=lambda _: {}, audit="contract.started"),
    "campaigns:plan": Row(_contract, post=_tomorrow, audit="contract.planned"),
    "campaigns:call-off": Row(_contract, post=lambda _: {}, audit="contract.called_off", before=_planned),
    "campaigns:pause": Row(_contract, post=lambda _: {}, audit="contract.paused", before=_running),
    "campaigns:delete": Row(_contract, post=lambda _: {"expected": "10"}, audit="contract.deleted"),
    "campaigns:archive": Row(_contract, post=lambda _: {}, audit="contract.archived", before=_over),
    "campaigns:unarchive": Row(_contract, post=lambda _: {}, audit="contract.unarchived", before=_put_away),
    "campaigns:give": Row(_contract, post=_to_package, audit="contract.moved", foreign=_to_package),
    "campaigns:calendar": Row(),
    "campaigns:add-rows": Row(
        _contract, post=lambda _: {"pasted": "Phone,Message\n+79991234567,Hi\n"}, audit="draft.created"
    ),
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
