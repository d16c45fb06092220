"""What a gateway says of the link between a phone and us, and what follows. Safe to do twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from qafila.alerts import actions as alerts
from qafila.alerts.models import Level
from qafila.providers.notices import LinkNotice
from qafila.senders.actions.health import health_of
from qafila.senders.actions.states import SWITCHED_OFF, rest_sender, stop_sender, tell
from qafila.senders.models import LinkState, PhoneLink, Sender, SenderState
from qafila.senders.rules import transitions

STOPS: Final = {"logged_out": "phone_logged_out", "banned": "phone_banned"}
"""The vendor-neutral code of a notice to the wording code of why the number stands still."""
RESTS: Final = {"time_locked": "phone_time_locked", "capped": "phone_capped"}
REST: Final = timedelta(hours=24)
"""Where the gateway does not say until when."""
LONGEST: Final = timedelta(days=7)
ENDED_BY_LINK: Final = (
    "phone_not_linked",
    "phone_logged_out",
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


def heed_link(*, account_id: int, notice: LinkNotice, now: datetime) -> None:
    """Does what a notice asks for. Nothing for a number that is not there; a mere break comes back by itself."""
    sender = Sender.objects.filter(provider_account_id=account_id, ref=notice.ref).first()
    if sender is None:
        return
    if notice.code == "connected":
        linked(sender_id=sender.pk, now=now)
    elif notice.code in STOPS:
        _stop(sender, STOPS[notice.code], now)
    elif notice.code in RESTS:
        until = min(notice.until or now + REST, now + LONGEST)
        if until > now:
            _rest(sender, RESTS[notice.code], until, now)


def linked(*, sender_id: int, now: datetime) -> bool:
    """A phone is linked: what waited for that goes on, as it was before (a pause stays one). False: nothing did."""
    with transaction.atomic():
        PhoneLink.objects.filter(sender_id=sender_id, state=LinkState.RUNNING).update(
            state=LinkState.LINKED, reason="", code_mark="", ended_at=now
        )
        sender = Sender.objects.select_for_update(of=("self",)).get(pk=sender_id)
        over = sender.state_reason.rpartition(".")[2] in ENDED_BY_LINK
        if sender.state != SenderState.STOPPED or not over:
            return False
        by, why = sender.paused_by, ""
        if not by and not sender.is_active:  # switched off while it could not send
            by, why = transitions.PERSON, SWITCHED_OFF
        after = SenderState.PAUSED if by else SenderState.READY
        Sender.objects.filter(pk=sender_id).update(
            state=after, state_reason=why, paused_by=by, updated_at=now
        )
        tell(sender, before=sender.state, after=after, reason="phone_linked", now=now)
    return True


def _stop(sender: Sender, code: str, now: datetime) -> None:
    with transaction.atomic():
        if stop_sender(sender_id=sender.pk, reason=code, now=now):
            alerts.raise_alert(
                "sender_stopped",
                business_id=sender.business_id,
                level=Level.CRITICAL,
                params={"sender": sender.name, "reason": code},
                subject=("sender", str(sender.public_id)),
                now=now,
            )


def _rest(sender: Sender, code: str, until: datetime, now: datetime) -> None:
    with transaction.atomic():
        if code == RESTS["time_locked"]:
            health = health_of(sender)
            health.details = {**health.details, "time_locked_until": until.isoformat()}
            health.told_at = now
            health.save(update_fields=["details", "told_at"])
        if rest_sender(sender_id=sender.pk, until=until, reason=code, now=now):
            alerts.raise_alert(
                "sender_resting",
                business_id=sender.business_id,
                level=Level.WARNING,
                params={"sender": sender.name, "until": until.isoformat(), "reason": code},
                subject=("sender", str(sender.public_id)),
                now=now,
            )
