"""Automatic pauses: where a package asks for them; what they would have done where it does not; and their repair."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db import transaction

from qafila.alerts import actions as alerts
from qafila.alerts.models import Level
from qafila.businesses.actor import Actor, command_actor, system_actor
from qafila.senders.actions.packages import set_auto_pause
from qafila.senders.actions.states import REPAIRED, pause_sender, resume_sender
from qafila.senders.models import Package, Score, Sender, SenderState, ShadowPause
from qafila.senders.queries import can_work, effective, paused_automatically

log = logging.getLogger(__name__)

AUTO: Final = "auto"
ALERT = "profile_auto_paused"


def auto_pause(*, sender: Sender, reason: str, now: datetime) -> bool:
    """Takes a number that seems blocked out of work until somebody resumes it. One that cannot send at all stays stopped,
    and counts as paused automatically, too. False: it was paused before.

    :param sender: with its business. :param reason: a wording code; ``pause_reason`` of the user's profiles.
    """
    with transaction.atomic():
        actor = system_actor(sender.business)
        paused = pause_sender(sender=sender, by=AUTO, reason=reason, actor=actor, now=now)
        if not paused:
            stopped = Sender.objects.filter(pk=sender.pk, state=SenderState.STOPPED, paused_by="")
            if not stopped.update(paused_by=AUTO, updated_at=now):
                return False
        ShadowPause.objects.filter(sender=sender, ended_at=None).update(ended_at=now)
        alerts.raise_alert(
            ALERT,
            business_id=sender.business_id,
            level=Level.CRITICAL,
            params={"sender": sender.name, "reason": reason},
            subject=("sender", str(sender.public_id)),
            now=now,
        )
        public_id = str(sender.public_id)
        transaction.on_commit(
            lambda: log.error(
                "Profile auto-paused due to block detection", extra={"profile": public_id, "reason": reason}
            )
        )
    return True


def would_pause(*, sender_id: int, kind: str, code: str, now: datetime) -> bool:
    """Notes that auto-pause, were it on, would have paused the number now. False: that was noted, and still goes on."""
    _, made = ShadowPause.objects.get_or_create(
        sender_id=sender_id, ended_at=None, defaults={"at": now, "kind": kind, "code": code[:64]}
    )
    return made


def end_shadow(*, sender_id: int, now: datetime) -> bool:
    """The trouble is over, or the number is out of work. False: there was none."""
    return ShadowPause.objects.filter(sender_id=sender_id, ended_at=None).update(ended_at=now) > 0


@dataclass(slots=True)
class Report:
    """What a repair did (or would do), each with name and public id.

    :ivar packages: all; :ivar updated: those whose switch was on. :ivar paused: numbers that were paused automatically.
    :ivar resumed: of those, the ones that work again; :ivar cannot_send: those that cannot, with a wording code.
    """

    packages: list[tuple[str, str]] = field(default_factory=list)
    updated: list[tuple[str, str]] = field(default_factory=list)
    paused: list[tuple[str, str]] = field(default_factory=list)
    resumed: list[tuple[str, str]] = field(default_factory=list)
    cannot_send: list[tuple[str, str, str]] = field(default_factory=list)


def repair(*, dry_run: bool, now: datetime) -> Report:
    """Switches automatic pauses off in every package and resumes every number that was paused automatically: not those that
    a person paused, not one that cannot send. All or nothing; doing it again changes nothing more. Resumed numbers begin
    slowly.
    """
    report = Report()
    with transaction.atomic():
        for package in Package.objects.filter(deleted_at=None).select_related("business").order_by("pk"):
            named = (package.name, str(package.public_id))
            report.packages.append(named)
            if package.auto_pause_on_failures:
                report.updated.append(named)
                if not dry_run:
                    actor = command_actor(package.business)
                    set_auto_pause(package=package, on=False, actor=actor, now=now)
        for sender in paused_automatically().select_related("business", "provider_account"):
            named = (sender.name, str(sender.public_id))
            report.paused.append(named)
            if not can_work(sender):
                report.cannot_send.append((*named, _what_holds(sender)))
            elif dry_run or _resume(sender, command_actor(sender.business), now):
                report.resumed.append(named)
    return report


def _what_holds(sender: Sender) -> str:
    """Wording code of why it cannot send: of its stopped provider account, too, and not of the pause that lies over that."""
    if sender.provider_account is None:
        return "account_not_connected"
    return effective(sender).reason or "sender_stopped"


def _resume(sender: Sender, actor: Actor, now: datetime) -> bool:
    # Of one that was never reckoned nothing good is known: it begins slowly like the others.
    Score.objects.get_or_create(sender=sender, defaults={"score": 0, "at": now})
    if not resume_sender(sender=sender, only_paused_by=AUTO, reason=REPAIRED, actor=actor, now=now):
        return False
    alerts.close_alert(
        ALERT, business_id=sender.business_id, subject=("sender", str(sender.public_id)), now=now
    )
    return True
