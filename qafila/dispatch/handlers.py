"""What the engine does about events from below and from receiving (registered when the app starts)."""

from __future__ import annotations

from datetime import timedelta

from qafila.dispatch import actions, consequences
from qafila.dispatch.rules import retry
from qafila.events.registry import EventValue, on
from qafila.providers.interface import Failure
from qafila.senders.models import Sender


@on("sender.state_changed", "dispatch.wake")
def wake(event: EventValue) -> None:
    """A sender that may send again has work waiting; one that may not goes to sleep when it finds out."""
    sender = Sender.objects.filter(public_id=event.subject_id).values_list("pk", flat=True).first()
    if sender is not None:
        actions.wake_senders([sender], now=event.at)


@on("account.state_changed", "dispatch.wake")
def wake_account(event: EventValue) -> None:
    """The same for every sender of an account."""
    ids = Sender.objects.filter(provider_account__public_id=event.subject_id).values_list("pk", flat=True)
    actions.wake_senders(list(ids), now=event.at)


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
                business_id=business_id, sender_id=sender_id, until=until, code=code, now=at
            )
        case Failure.SENDER:
            consequences.stop_sender(business_id=business_id, sender_id=sender_id, code=code, now=at)
        case Failure.ACCOUNT if sender.provider_account_id is not None:
            consequences.stop_account(
                business_id=business_id, account_id=sender.provider_account_id, code=code, now=at
            )
