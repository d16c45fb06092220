"""Two numbers of a package lost to bans or spam limits within a day: its campaigns are held until a person resumes them."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from qafila.alerts import actions as alerts
from qafila.alerts.models import Level
from qafila.dispatch.rules import losses as rules
from qafila.events import actions as events
from qafila.events.models import Event
from qafila.events.registry import EventValue, on
from qafila.ledger import actions as ledger
from qafila.ledger.models import Batch
from qafila.ledger.states import BatchState, Target
from qafila.senders import package_queries as packages
from qafila.senders.models import Package, Sender

HELD = "package_losses"
"""Wording code of a campaign that was held for it, and of the alert."""


@on("sender.state_changed", "dispatch.losses")
def sender_changed(event: EventValue) -> None:
    """A number went out of work: was it lost?"""
    if event.data["to"] in ("stopped", "resting") and rules.is_loss(str(event.data["reason"])):
        _look([event.subject_id], event)


@on("sender.trouble", "dispatch.losses")
def sender_trouble(event: EventValue) -> None:
    """The same from a receipt or a webhook, also where the number's state stays what it was."""
    if rules.is_loss(str(event.data["code"])):
        _look([event.subject_id], event)


@on("account.state_changed", "dispatch.losses")
def account_changed(event: EventValue) -> None:
    """A provider account was blocked: all its numbers are lost at once."""
    if event.data["to"] != "ok" and rules.is_loss(str(event.data["reason"])):
        rows = Sender.objects.filter(provider_account__public_id=event.subject_id)
        _look([str(one) for one in rows.values_list("public_id", flat=True)], event)


def _look(lost_now: list[str], event: EventValue) -> None:
    if event.business_id is None:
        return
    rows = Sender.objects.filter(business_id=event.business_id, public_id__in=lost_now)
    ids = list(rows.values_list("pk", flat=True))
    found = Package.objects.filter(members__sender_id__in=ids, deleted_at=None).distinct().order_by("pk")
    for package in found:
        senders = [str(member.sender.public_id) for member in packages.members(package.pk)]
        lost = {
            *_lost_lately(event, event.business_id, senders),
            *_lost_with_accounts(event, event.business_id, senders),
            *(one for one in lost_now if one in senders),
        }
        if rules.too_many(lost):
            hold(
                package,
                lost=len(lost),
                reason=str(event.data.get("reason") or event.data.get("code")),
                at=event.at,
            )


def _lost_lately(event: EventValue, business_id: int, senders: list[str]) -> set[str]:
    """Of these numbers (public ids): which were lost within a day before the event, by what the events tell."""
    rows = Event.objects.filter(
        business_id=business_id,
        kind__in=("sender.state_changed", "sender.trouble"),
        subject_id__in=senders,
        at__gt=event.at - rules.WITHIN,
        at__lt=event.at + rules.WITHIN,  # two machines' clocks differ: the earlier of two may be handled last
    ).values_list("kind", "subject_id", "data")
    lost = set()
    for kind, subject_id, data in rows:
        out = kind == "sender.trouble" or data.get("to") in ("stopped", "resting")
        if out and rules.is_loss(str(data.get("reason") or data.get("code"))):
            lost.add(subject_id)
    return lost


def _lost_with_accounts(event: EventValue, business_id: int, senders: list[str]) -> set[str]:
    """Of these numbers: whose provider account was blocked within a day of the event; a blocked account says nothing of each."""
    rows = Sender.objects.filter(
        business_id=business_id, public_id__in=senders, provider_account__isnull=False
    ).values_list("public_id", "provider_account__public_id")
    accounts: dict[str, list[str]] = {}
    for sender, account in rows:
        accounts.setdefault(str(account), []).append(str(sender))
    told = Event.objects.filter(
        business_id=business_id,
        kind="account.state_changed",
        subject_id__in=accounts,
        at__gt=event.at - rules.WITHIN,
        at__lt=event.at + rules.WITHIN,
    ).values_list("subject_id", "data")
    return {
        sender
        for account, data in told
        if data.get("to") != "ok" and rules.is_loss(str(data.get("reason")))
        for sender in accounts[account]
    }


def hold(package: Package, *, lost: int, reason: str, at: datetime) -> int:
    """Holds what flows over a package since before that moment, and raises one critical alert. What a person has resumed
    after it stays resumed, however often this runs. Returns how many campaigns.

    :param at: when the last number was lost.
    """
    with transaction.atomic():
        flowing = Batch.objects.filter(
            target_kind=Target.PACKAGE,
            target_id=package.pk,
            state=BatchState.FLOWING,
            started_at__lte=at,
        )
        held = 0
        for batch in flowing.order_by("pk"):
            if ledger.hold_batch(batch_id=batch.pk, code=HELD, now=at):
                held += 1
                events.emit(
                    "batch.held",
                    business_id=package.business_id,
                    subject=("batch", str(batch.public_id)),
                    data={"code": HELD},
                    now=at,
                )
        if held:
            subject = ("package", str(package.public_id))
            events.emit(
                "package.held",
                business_id=package.business_id,
                subject=subject,
                data={"batches": held, "senders": lost},
                now=at,
            )
            alerts.raise_alert(
                HELD,
                business_id=package.business_id,
                level=Level.CRITICAL,
                params={"package": package.name, "count": held, "numbers": lost, "reason": reason},
                subject=subject,
                now=at,
            )
    return held


def end_hold(package: Package, *, now: datetime) -> bool:
    """A person resumed: once nothing of the package is held for it any more, the alert is over."""
    held = Batch.objects.filter(
        target_kind=Target.PACKAGE, target_id=package.pk, state=BatchState.PAUSED, hold_code=HELD
    )
    if held.exists():
        return False
    return alerts.close_alert(
        HELD, business_id=package.business_id, subject=("package", str(package.public_id)), now=now
    )
