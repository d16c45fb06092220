"""The moment at which a contract begins by itself, as it is kept, and what is said when nothing came of it. Each within the
transaction of whoever holds the contract's row (:mod:`planning`, :mod:`running`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from qafila.alerts import actions as alerts
from qafila.alerts.models import Level
from qafila.businesses.actor import Actor
from qafila.campaigns.actions.opening import audit
from qafila.campaigns.models import Campaign
from qafila.events import live
from qafila.kit.stamps import stamp

REFUSED: Final = "planned_start_refused"
"""Wording code of the alert that a contract did not begin at its moment."""
_OWN: Final = frozenset({"contract", "reason"})
"""What this alert says itself, under names that a refusal may not take."""


def keep(campaign: Campaign, at: datetime | None) -> None:
    """Writes the moment down, or that there is none, and lets open pages look again."""
    Campaign.objects.filter(pk=campaign.pk).update(begins_at=at)
    campaign.begins_at = at
    for topic in ("dashboard", f"batch:{campaign.public_id}"):
        live.notify_now(campaign.business_id, topic)


def forget(campaign: Campaign, *, actor: Actor, now: datetime) -> bool:
    """A person takes the moment back. False: there was none."""
    if campaign.begins_at is None:
        return False
    audit(campaign, "called_off", actor=actor, now=now, detail={"at": stamp(campaign.begins_at)})
    keep(campaign, None)
    return True


def refused(
    campaign: Campaign, code: str, params: Mapping[str, Any] | None = None, *, actor: Actor, now: datetime
) -> None:
    """It could not begin at its moment: it has none any more, and a person hears which contract, why, and what to do.

    :param code: why, a wording code, with its ``params``.
    """
    planned = campaign.begins_at
    keep(campaign, None)
    audit(campaign, "not_begun", actor=actor, now=now, detail={"at": stamp(planned), "reason": code})
    said = {name: value for name, value in (params or {}).items() if name not in _OWN}
    alerts.raise_alert(
        REFUSED,
        business_id=campaign.business_id,
        level=Level.CRITICAL,
        params={**said, "contract": campaign.name, "reason": code},
        subject=_subject(campaign),
        now=now,
    )


def close_refusal(campaign: Campaign, *, now: datetime) -> None:
    """A person has seen to it that it did not begin: it began, has another moment, or is gone."""
    alerts.close_alert(REFUSED, business_id=campaign.business_id, subject=_subject(campaign), now=now)


def _subject(campaign: Campaign) -> tuple[str, str]:
    return "batch", str(campaign.batch.public_id)
