"""Two numbers of a package lost to bans or spam limits within a day: its campaigns are held until a person resumes them, those
that run and those that come.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from qafila.alerts import actions as alerts
from qafila.alerts.models import Level
from qafila.dispatch import actions, package_holds
from qafila.dispatch.addressing import address_windows
from qafila.dispatch.models import PackageHold
from qafila.dispatch.rules import losses as rules
from qafila.events import actions as events
from qafila.events.models import Event
from qafila.events.registry import EventValue, on
from qafila.ledger import actions as ledger
from qafila.ledger.models import Batch
from qafila.ledger.states import BatchState, Target
from qafila.senders import package_queries as packages
from qafila.senders.models import FormerMember, Package, Sender

HELD = package_holds.HELD
MOST_AT_ONCE = 500
"""So many go on in one transaction; the next one goes on with the others."""


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
    left = FormerMember.objects.filter(left_at__gt=event.at - rules.WITHIN)
    touched = Q(members__sender_id__in=ids) | Q(pk__in=left.filter(sender_id__in=ids).values("package_id"))
    for package in Package.objects.filter(touched, deleted_at=None).distinct().order_by("pk"):
        # Who takes a lost number out and puts a new one in has lost it all the same.
        gone = left.filter(package=package).values_list("sender__public_id", flat=True)
        there = [member.sender.public_id for member in packages.members(package.pk)]
        senders = [str(one) for one in {*there, *gone}]
        lost = {
            *_lost_lately(event, event.business_id, senders),
            *_lost_with_accounts(event, event.business_id, senders),
            *(one for one in lost_now if one in senders),
        }
        if rules.too_many(lost) and not _is_echo(package, lost_now, event):
            hold(
                package,
                lost=len(lost),
                reason=str(event.data.get("reason") or event.data.get("code")),
                at=event.at,
            )


def _is_echo(package: Package, lost_now: list[str], event: EventValue) -> bool:
    """Whether a person let the package go on knowing of these losses already: a late receipt or webhook tells once more of a
    number that was lost before that, and has not worked since."""
    released_at = PackageHold.objects.filter(pk=package.pk).values_list("released_at", flat=True).first()
    if released_at is None:
        return False
    for one in lost_now:
        told = Event.objects.filter(
            business_id=package.business_id,
            kind__in=("sender.state_changed", "sender.trouble"),
            subject_id=one,
            at__gt=released_at - rules.WITHIN,
            at__lt=event.at,
        ).order_by("at", "pk")
        known = False
        for kind, data, at in told.values_list("kind", "data", "at"):
            if kind == "sender.state_changed" and data.get("to") == "ready":
                known = False
            elif at <= released_at and rules.is_loss(str(data.get("reason") or data.get("code"))):
                known = True
        if not known:
            return False
    return True


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


@on("batch.held", "dispatch.losses")
def held_at_start(event: EventValue) -> None:
    """Something that was to begin waits with the package: the alert says how many do by now."""
    if event.data.get("code") != HELD or not event.data.get("at_start"):
        return
    batch = Batch.objects.filter(public_id=event.subject_id, target_kind=Target.PACKAGE).first()
    found = batch and PackageHold.objects.filter(pk=batch.target_id, released_at=None).first()
    if found:
        _tell(found.package, lost=found.lost, reason=found.reason, now=event.at)


@on("package.released", "dispatch.losses")
def package_released(event: EventValue) -> None:
    """A person let something go on: what was to begin meanwhile begins, the oldest first, unless a further loss came."""
    package = Package.objects.filter(public_id=event.subject_id, deleted_at=None).first()
    if package is None or package_holds.is_held(package.pk, now=event.at):
        return
    since = datetime.fromisoformat(str(event.data["since"]))
    waiting = package_holds.came_meanwhile(package.pk, package.business_id, since=since)
    # Locked: a person may pause one of them, or give it to others, at this moment.
    some = list(waiting.select_for_update(no_key=True)[: MOST_AT_ONCE + 1])
    for batch in some[:MOST_AT_ONCE]:
        ledger.start_batch(batch_id=batch.pk, business_id=batch.business_id, now=event.at)
        address_windows(batch, now=event.at)
    if len(some) > MOST_AT_ONCE:
        _let_go(package, since, event.at)
    package_holds.close_alert(package, now=event.at)
    # Lanes are locked last, and shortly.
    actions.wake_target((Target.PACKAGE, package.pk), now=event.at)


def hold(package: Package, *, lost: int, reason: str, at: datetime) -> int:
    """Holds a package: what flows over it, with one critical alert, and what is to begin over it from now on
    (``package_holds``). What a person has resumed after that loss stays resumed, however often this runs. Returns how many
    campaigns.

    :param at: when the last number was lost.
    """
    with transaction.atomic():
        Package.objects.select_for_update(no_key=True).get(pk=package.pk)
        if not package_holds.begin(package.pk, lost=lost, reason=reason, at=at):
            return 0
        flowing = Batch.objects.filter(
            target_kind=Target.PACKAGE, target_id=package.pk, state=BatchState.FLOWING
        )
        held = sum(package_holds.keep(batch, now=at) for batch in flowing.order_by("pk"))
        if held:
            events.emit(
                "package.held",
                business_id=package.business_id,
                subject=("package", str(package.public_id)),
                data={"batches": held, "senders": lost},
                now=at,
            )
            _tell(package, lost=lost, reason=reason, now=at)
    return held


def resumed(package: Package, *, now: datetime) -> None:
    """A person let something go on that was held: the package is held no more, and what was to begin meanwhile begins. What
    flowed when the numbers were lost is resumed one by one; the alert is over with the last one."""
    with transaction.atomic():
        since = package_holds.end(package.pk, now=now)
        if since is not None:
            _let_go(package, since, now)
        package_holds.close_alert(package, now=now)


def end_hold(package: Package, *, was_held: bool, now: datetime) -> bool:
    """Something of a package was cancelled, deleted or given to others. If it was held, and nothing is held any more, the
    package's hold and its alert are over. Whether the alert was open until now.

    :param was_held: whether it was held for this package's losses, as read before that.
    """
    with transaction.atomic():
        if not was_held or package_holds.held_over(package.pk, package.business_id).exists():
            return False
        package_holds.end(package.pk, now=now)
        return package_holds.close_alert(package, now=now)


def _let_go(package: Package, since: datetime, now: datetime) -> None:
    events.emit(
        "package.released",
        business_id=package.business_id,
        subject=("package", str(package.public_id)),
        data={"since": since.isoformat()},
        now=now,
    )


def _tell(package: Package, *, lost: int, reason: str, now: datetime) -> None:
    count = package_holds.held_over(package.pk, package.business_id).count()
    if count:
        alerts.raise_alert(
            HELD,
            business_id=package.business_id,
            level=Level.CRITICAL,
            params={"package": package.name, "count": count, "numbers": lost, "reason": reason},
            subject=("package", str(package.public_id)),
            now=now,
        )
