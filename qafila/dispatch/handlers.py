"""What the engine does about events from below and from receiving (registered when the app starts)."""

from __future__ import annotations

from datetime import timedelta

from qafila.alerts import actions as alerts
from qafila.alerts.models import Level
from qafila.dispatch import actions, consequences, packages, slow_start
from qafila.dispatch.lane import REPLY_PRIORITY
from qafila.dispatch.rules import retry
from qafila.events.registry import EventValue, on
from qafila.ledger.models import Batch, Message
from qafila.ledger.states import BatchState, Target
from qafila.providers.interface import Failure
from qafila.senders.actions.restrictions import heed_restrictions
from qafila.senders.actions.states import REPAIRED
from qafila.senders.models import PackageMember, Sender, SenderState

_WERE_AWAY = ("", SenderState.NOT_CONNECTED, SenderState.STOPPED)
"""From where a number comes that heard nothing of a restriction of its account. Who is resumed from a rest goes on."""


@on("sender.state_changed", "dispatch.wake")
def wake(event: EventValue) -> None:
    """A sender that may send again has work waiting; one that may not goes to sleep when it finds out."""
    sender = Sender.objects.filter(public_id=event.subject_id).values_list("pk", flat=True).first()
    if sender is None:
        return
    before, after = event.data.get("from"), event.data.get("to")
    if after == SenderState.READY:
        if before in _WERE_AWAY and heed_restrictions(sender_id=sender, now=event.at):
            return  # which is told as a change of its own
        if before != after:
            repaired = event.data.get("reason") == REPAIRED
            slow_start.comes_back(sender_id=sender, before=str(before), slowly=repaired, now=event.at)
    elif mine := PackageMember.objects.filter(sender_id=sender).values_list("package_id", flat=True):
        # What was addressed to one that went out of work is the others' at once. Lanes are locked last, and shortly.
        packages.release(now=event.at, package_ids=list(mine))
    actions.wake_senders([sender], now=event.at)


@on("package.changed", "dispatch.packages")
def package_changed(event: EventValue) -> None:
    """Numbers came to a package, left it, or have another share."""
    packages.tend(now=event.at)
    actions.wake_senders([int(one) for one in event.data["senders"]], now=event.at)


@on("account.state_changed", "dispatch.wake")
def wake_account(event: EventValue) -> None:
    """The same for every sender of an account."""
    ids = Sender.objects.filter(provider_account__public_id=event.subject_id).values_list("pk", flat=True)
    actions.wake_senders(list(ids), now=event.at)


@on("account.limits_changed", "dispatch.wake")
def wake_for_limits(event: EventValue) -> None:
    """A portfolio's cap changed: lanes that wait for its next free place look again."""
    wake_account(event)


@on("template.changed", "dispatch.wake")
def wake_for_template(event: EventValue) -> None:
    """A template may be used (again): what waits for it goes on. One that may not be used is passed over by itself."""
    if event.data["can_send"]:
        ids = Sender.objects.filter(provider_account_id=event.data["account"]).values_list("pk", flat=True)
        actions.wake_senders(list(ids), now=event.at)


@on("batch.started", "dispatch.wake")
def wake_batch(event: EventValue) -> None:
    """Rows came back to a batch (a resend, a retry, an upload): whoever may take them looks again."""
    batch = Batch.objects.filter(public_id=event.subject_id).first()
    if batch is not None and batch.state in (BatchState.FLOWING, BatchState.OPEN):
        actions.wake_target((Target(batch.target_kind), batch.target_id), now=event.at)


@on("messages.uncertain", "dispatch.alert")
def tell_uncertain(event: EventValue) -> None:
    """A lost worker left messages of which nobody knows whether they went out: one alert a batch."""
    alerts.raise_alert(
        "uncertain_messages",
        business_id=event.business_id,
        level=Level.WARNING,
        params=dict(event.data),
        subject=("batch", event.subject_id),
        now=event.at,
    )


@on("sender.trouble", "dispatch.consequence")
def trouble(event: EventValue) -> None:
    """A receipt said that a number (or its account) is limited or locked: the same consequences as from an answer."""
    failure, code, sender_id = event.data["failure"], str(event.data["code"]), int(event.data["sender_id"])
    business_id, at = event.business_id, event.at
    if business_id is None:
        return
    sender = Sender.objects.filter(pk=sender_id, business_id=business_id).first()
    if sender is None:
        return
    match failure:
        case Failure.RESTING:
            until = at + timedelta(seconds=retry.rest_seconds(1))
            consequences.rest_sender(
                business_id=business_id,
                sender_id=sender_id,
                until=until,
                code=code,
                answer=_is_answer(business_id, event.data.get("message_ids", [])),
                now=at,
            )
        case Failure.SENDER:
            consequences.stop_sender(business_id=business_id, sender_id=sender_id, code=code, now=at)
        case Failure.ACCOUNT if sender.provider_account_id is not None:
            consequences.stop_account(
                business_id=business_id, account_id=sender.provider_account_id, code=code, now=at
            )


def _is_answer(business_id: int, message_ids: list[int]) -> bool:
    """Whether an answer to a person is among these messages."""
    batches = Message.objects.filter(business_id=business_id, pk__in=message_ids).values("batch_id")
    return Batch.objects.filter(pk__in=batches, priority__lt=REPLY_PRIORITY).exists()
