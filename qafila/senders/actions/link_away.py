"""A linked phone whose session at the gateway does not come up: for a while that is nobody's business, then somebody is told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from qafila.alerts import actions as alerts
from qafila.alerts.models import Level
from qafila.businesses.queries import local_time
from qafila.senders.models import Sender, SenderHealth

CODE: Final = "link_away"
"""Wording code of the alert."""
TELL_AFTER: Final = timedelta(minutes=10)
"""A gateway that is started anew with many sessions takes minutes for the last one."""
_SINCE: Final = "link_away_since"
_TOLD: Final = "link_away_told"


def note_away(*, sender: Sender, health: SenderHealth, now: datetime) -> bool:
    """The gateway says once more that the session is not there yet; after :data:`TELL_AFTER` an alert says so, once.

    In the caller's transaction, who holds ``health`` and saves its ``details``.

    :returns: whether that was told; else it is worth looking again soon.
    """
    since = health.details.get(_SINCE)
    if not isinstance(since, str):
        health.details = {**health.details, _SINCE: now.isoformat()}
        return False
    if health.details.get(_TOLD) is True:
        return True
    began = datetime.fromisoformat(since)
    if now - began < TELL_AFTER:
        return False
    health.details = {**health.details, _TOLD: True}
    alerts.raise_alert(
        CODE,
        business_id=sender.business_id,
        level=Level.WARNING,
        params={"sender": sender.name, "since": local_time(sender.business_id, began)},
        subject=("sender", str(sender.public_id)),
        now=now,
    )
    return True


def end_away(*, sender: Sender, health: SenderHealth, now: datetime) -> None:
    """It is there, or the number stands still for a reason of its own: the alert is over. In the caller's transaction, as above."""
    if health.details.get(_TOLD) is True:
        subject = ("sender", str(sender.public_id))
        alerts.close_alert(CODE, business_id=sender.business_id, subject=subject, now=now)
    if _SINCE in health.details:
        health.details = {name: one for name, one in health.details.items() if name not in (_SINCE, _TOLD)}
