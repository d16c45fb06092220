"""Why the engine holds a campaign, in words."""

from __future__ import annotations

from qafila.alerts.queries import all_alerts
from qafila.alerts.saying import says
from qafila.campaigns.models import Campaign
from qafila.dispatch.losses import HELD
from qafila.wording import Wording, say


def hold_says(campaign: Campaign, code: str, language: str) -> Wording:
    """What a hold's code says. After losses of a package the alert knows how many numbers, and why; it is said once for all
    that is held with it.

    :param code: of the batch, or of an import that did not succeed.
    """
    if code != HELD or campaign.package is None:
        return say(code, language)
    subject = {"subject_kind": "package", "subject_id": str(campaign.package.public_id)}
    rows = all_alerts(campaign.business_id).filter(code=HELD, **subject)
    alert = rows.order_by("-last_at", "-pk").first()
    if alert is None:
        return say(code, language, count=1, package=campaign.package.name)
    return says(alert, language)
