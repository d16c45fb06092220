"""What a gateway says of the link between a phone and us, and what follows. Safe to do twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from qafila.alerts import actions as alerts
from qafila.alerts.models import Level
from qafila.businesses.queries import local_time
from qafila.providers.notices import LinkNotice
from qafila.senders.actions.health import health_of
from qafila.senders.actions.link_away import end_away
from qafila.senders.actions.states import SWITCHED_OFF, rest_sender, stop_for_worse, stop_sender, tell
from qafila.senders.link_codes import NO_CODE
from qafila.senders.models import LinkState, PhoneLink, Sender, SenderHealth, SenderState
from qafila.senders.rules import transitions

UNLINKED: Final = "phone_unlinked"
"""Wording code of why a number stands still whose phone a person unlinked here."""
STOPS: Final = {"logged_out": "phone_logged_out", "banned": "phone_banned"}
"""The vendor-neutral code of a notice to the wording code of why the number stands still."""
RESTS: Final = {"time_locked": "phone_time_locked", "capped": "phone_capped"}
TOLD: Final = {
    "connected": "link_told_at",
    "logged_out": "link_told_at",
    "banned": "link_told_at",
    "time_locked": "lock_told_at",
    "unlocked": "lock_told_at",
    "capped": "chats_told_at",
    "chats_counted": "chats_told_at",
}
"""Where ``SenderHealth.details`` keeps when the newest word on the same matter was said. A break comes back by itself: nothing
is kept of it."""
REST: Final = timedelta(hours=24)
"""Where the gateway does not say until when."""
RENEWED: Final = timedelta(hours=1)
"""A rest without an end, of which the gateway still speaks, begins anew when so little of it is left."""
LONGEST: Final = timedelta(days=7)
ENDED_BY_LINK: Final = (
    "phone_not_linked",
    "phone_logged_out",
    UNLINKED,
    "disconnected",
    "session_not_working",
    "instance_missing",
    "logged_out",
    "not_linked",
    "qr_not_scanned",
    "session_unknown",
    "session_closed",
    "replaced",
    "bad_session",
    "restart_loop",
)
"""Why a number may stand still that is over when its phone is linked: wording codes, or what follows a kind's dot. A ban is
not among them: a person says when to go on."""


def heed_link(*, account_id: int, notice: LinkNotice, at: datetime, now: datetime) -> None:
    """Does what a notice asks for. Nothing for a number that is not there; a mere break comes back by itself.

    :param at: when it was said. Gateways repeat webhooks for hours: what is older than what was told of the same matter
        changes nothing.
    """
    mark = TOLD.get(notice.code)
    with transaction.atomic():
        sender = Sender.objects.filter(provider_account_id=account_id, ref=notice.ref).first()
        if sender is None or mark is None:
            return
        _hold_link(sender.pk)
        health = health_of(sender)
        if at < _moment(health.details.get(mark), at):
            return
        health.details = {**health.details, mark: at.isoformat()}
        health.told_at = max(at, health.told_at or at)
        until = _until(sender, notice, at, now)
        match notice.code:
            case "connected":
                end_away(sender=sender, health=health, now=now)
            case "time_locked" if until > now:
                health.details |= {"time_locked_until": until.isoformat()}
            case "unlocked":
                health.details.pop("time_locked_until", None)
            case "capped" | "chats_counted":
                _count_chats(health, notice, at, now)
        health.save(update_fields=["details", "told_at"])
        _follow(sender, notice, until, now)


def linked(*, sender_id: int, now: datetime) -> bool:
    """A phone is linked: what waited for that goes on, as it was before (a pause stays one). False: nothing did."""
    with transaction.atomic():
        _hold_link(sender_id)
        sender = Sender.objects.get(pk=sender_id)
        health = health_of(sender)
        health.details = {**health.details, TOLD["connected"]: now.isoformat()}
        end_away(sender=sender, health=health, now=now)
        health.save(update_fields=["details"])
        return _go_on(sender_id, now)


def _hold_link(sender_id: int) -> None:
    """Rows are locked in one order: the attempt to link, what is known of the number, the number."""
    PhoneLink.objects.select_for_update(no_key=True).filter(sender_id=sender_id).first()


def _follow(sender: Sender, notice: LinkNotice, until: datetime, now: datetime) -> None:
    code = notice.code
    if code == "connected":
        _go_on(sender.pk, now)
    elif code in STOPS:
        _stop(sender, STOPS[code], now)
    elif code in RESTS:
        if until > now:
            _rest(sender, RESTS[code], until, now)
    else:
        _end_rest(sender.pk, RESTS["time_locked" if code == "unlocked" else "capped"], now)


def _until(sender: Sender, notice: LinkNotice, at: datetime, now: datetime) -> datetime:
    """When a rest ends that a notice asks for. What is said again without an end does not make the same rest longer each time."""
    rests, wanted = sender.rest_until, RESTS.get(notice.code)
    same = wanted is not None and wanted in (sender.state_reason, sender.rest_reason)
    if notice.until is None and same and rests is not None and rests > now + RENEWED:
        return rests
    return min(notice.until or at + REST, now + LONGEST)


def _count_chats(health: SenderHealth, notice: LinkNotice, at: datetime, now: datetime) -> None:
    """What of the quota of new conversations is used, and until when that counts."""
    kept = dict(health.details)
    for name in ("new_chats_used", "new_chats_until"):
        kept.pop(name, None)
    capped = notice.code == "capped"
    ends, used = notice.until or (at + REST if capped else None), 1.0 if capped else notice.used
    if used is not None and (ends is None or ends > now):
        kept["new_chats_used"] = used
        if ends is not None:
            kept["new_chats_until"] = ends.isoformat()
    health.details = kept


def _go_on(sender_id: int, now: datetime) -> bool:
    PhoneLink.objects.filter(sender_id=sender_id, state=LinkState.RUNNING).update(
        state=LinkState.LINKED, reason="", code_mark="", ended_at=now, **NO_CODE
    )
    sender = Sender.objects.select_for_update(no_key=True, of=("self",)).get(pk=sender_id)
    if sender.state != SenderState.STOPPED or not ends_with_link(sender.state_reason):
        return False
    by, why = sender.paused_by, ""
    if not by and not sender.is_active:  # switched off while it could not send
        by, why = transitions.PERSON, SWITCHED_OFF
    after = SenderState.PAUSED if by else SenderState.READY
    Sender.objects.filter(pk=sender_id).update(state=after, state_reason=why, paused_by=by, updated_at=now)
    tell(sender, before=sender.state, after=after, reason="phone_linked", now=now)
    return True


def ends_with_link(reason: str) -> bool:
    """Whether a number that stands still for this reason goes on when its phone is linked."""
    return reason.rpartition(".")[2] in ENDED_BY_LINK


def _end_rest(sender_id: int, reason: str, now: datetime) -> None:
    """The rest of this reason is over before its time, also where a pause lies over it. Every other rest, and a pause, stay."""
    sender = Sender.objects.select_for_update(no_key=True, of=("self",)).get(pk=sender_id)
    if sender.state == SenderState.RESTING and sender.state_reason == reason:
        over: dict[str, Any] = {"state": SenderState.READY, "state_reason": "", "rest_until": None}
        Sender.objects.filter(pk=sender_id).update(**over, updated_at=now)
        tell(sender, before=sender.state, after=SenderState.READY, reason="", now=now)
    elif sender.state == SenderState.PAUSED and sender.rest_reason == reason:
        Sender.objects.filter(pk=sender_id).update(rest_until=None, rest_reason="", updated_at=now)


def _stop(sender: Sender, code: str, now: datetime) -> None:
    stopped = stop_sender(sender_id=sender.pk, reason=code, now=now)
    if not stopped and code == STOPS["banned"]:
        # A call was answered before, with less than that: nobody must take a ban for a phone to be linked again.
        stopped = stop_for_worse(sender_id=sender.pk, reason=code, now=now)
    if stopped:
        alerts.raise_alert(
            "sender_stopped",
            business_id=sender.business_id,
            level=Level.CRITICAL,
            params={"sender": sender.name, "reason": code},
            subject=("sender", str(sender.public_id)),
            now=now,
        )


def _rest(sender: Sender, code: str, until: datetime, now: datetime) -> None:
    if rest_sender(sender_id=sender.pk, until=until, reason=code, now=now):
        alerts.raise_alert(
            "sender_resting",
            business_id=sender.business_id,
            level=Level.WARNING,
            params={
                "sender": sender.name,
                "until": local_time(sender.business_id, until),
                "reason": code,
            },
            subject=("sender", str(sender.public_id)),
            now=now,
        )


def _moment(value: Any, at: datetime) -> datetime:
    """A moment that was kept as a text; ``at`` where there is none."""
    return datetime.fromisoformat(value) if isinstance(value, str) and value else at
