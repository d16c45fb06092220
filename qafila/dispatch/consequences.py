"""What follows from failures beyond the message: senders rest or stop, accounts stop, batches are held, alerts are raised."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import connection, transaction

from qafila.alerts import actions as alerts
from qafila.alerts.models import Level
from qafila.businesses.queries import local_time
from qafila.dispatch.actions import HELD_CONTENT
from qafila.dispatch.rules.losses import is_loss
from qafila.events import actions as events
from qafila.kit.statements import statement
from qafila.ledger import actions as ledger
from qafila.ledger.models import Batch
from qafila.senders import actions as senders
from qafila.senders.actions.restrictions import heed_refusal, heed_restrictions
from qafila.senders.models import ProviderAccount, Sender

log = logging.getLogger(__name__)


def rest_sender(
    *, business_id: int, sender_id: int, until: datetime, code: str, answer: bool = False, now: datetime
) -> None:
    """The provider's temporary limit: the sender rests and comes back by itself.

    :param answer: it was told, elsewhere than by the lane's own call, of an answer to a person: answers rest as well.
    """
    with transaction.atomic():
        if senders.rest_sender(sender_id=sender_id, until=until, reason=code, now=now):
            sender = Sender.objects.get(pk=sender_id)
            alerts.raise_alert(
                "sender_resting",
                business_id=business_id,
                level=Level.WARNING,
                params={"sender": sender.name, "until": local_time(business_id, until), "reason": code},
                subject=("sender", str(sender.public_id)),
                now=now,
            )
        if answer:  # lanes are locked last
            with connection.cursor() as cursor:
                cursor.execute(
                    statement("qafila.dispatch", "rest_answers"),
                    {"sender": sender_id, "until": until.timestamp()},
                )


def end_rest(*, business_id: int, sender_id: int, now: datetime) -> None:
    """A rest is over: the sender is ready again and begins slowly. While its account is restricted it rests on for that."""
    with transaction.atomic():
        if senders.end_rest(sender_id=sender_id, now=now):
            heed_restrictions(sender_id=sender_id, now=now)
            public_id = str(Sender.objects.values_list("public_id", flat=True).get(pk=sender_id))
            alerts.close_alert(
                "sender_resting", business_id=business_id, subject=("sender", public_id), now=now
            )


def stop_sender(*, business_id: int, sender_id: int, code: str, now: datetime) -> None:
    """The sender cannot send until a person acts."""
    with transaction.atomic():
        before = Sender.objects.values_list("state_reason", flat=True).get(pk=sender_id)
        if not senders.stop_sender(sender_id=sender_id, reason=code, now=now) and not (
            _is_worse(code, before) and senders.stop_for_worse(sender_id=sender_id, reason=code, now=now)
        ):
            return
        sender = Sender.objects.get(pk=sender_id)
        alerts.raise_alert(
            "sender_stopped",
            business_id=business_id,
            level=Level.CRITICAL,
            params={"sender": sender.name, "reason": code},
            subject=("sender", str(sender.public_id)),
            now=now,
        )


def _is_worse(code: str, before: str) -> bool:
    """Whether what is said now is a ban, and what was known before is none: then the number is lost (``losses``)."""
    return is_loss(code) and not is_loss(before)


def stop_account(*, business_id: int, account_id: int, code: str, now: datetime) -> None:
    """No sender of the provider account can send until a person acts. Where the provider has told that it restricts the account
    until some day its numbers rest instead."""
    with transaction.atomic():
        if heed_refusal(account_id=account_id, code=code, now=now):
            return
        before = ProviderAccount.objects.values_list("state_reason", flat=True).get(pk=account_id)
        if not senders.stop_account(account_id=account_id, reason=code, now=now) and not (
            _is_worse(code, before)
            and senders.stop_account_for_worse(account_id=account_id, reason=code, now=now)
        ):
            return
        account = ProviderAccount.objects.get(pk=account_id)
        alerts.raise_alert(
            "account_stopped",
            business_id=business_id,
            level=Level.CRITICAL,
            params={"account": account.name, "reason": code},
            subject=("provider_account", str(account.public_id)),
            now=now,
        )


def hold_for_content(*, business_id: int, batch_id: int, code: str, now: datetime) -> None:
    """Several content failures in a row: the campaign waits for a person instead of failing message by message."""
    with transaction.atomic():
        if not ledger.hold_batch(batch_id=batch_id, code=code, now=now):
            return
        public_id = str(Batch.objects.values_list("public_id", flat=True).get(pk=batch_id))
        events.emit(
            "batch.held", business_id=business_id, subject=("batch", public_id), data={"code": code}, now=now
        )
        alerts.raise_alert(
            HELD_CONTENT,
            business_id=business_id,
            level=Level.CRITICAL,
            params={"reason": code},
            subject=("batch", public_id),
            now=now,
        )
