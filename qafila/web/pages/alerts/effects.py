"""What an alert holds up, and where its cause is put right: read for a page of alerts in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from qafila.alerts.effects import effects_of
from qafila.alerts.models import Alert
from qafila.alerts.saying import says
from qafila.campaigns.models import Campaign, Kind
from qafila.kit.ids import parse_uuid
from qafila.senders.models import Package, ProviderAccount, Sender
from qafila.senders.package_queries import packages_of
from qafila.wording import Wording


@dataclass(frozen=True, slots=True)
class Row:
    """An alert with what a page says of it.

    :ivar effect: what it holds up; "" for nothing known. :ivar url: where to go on; "" for nowhere.
    """

    alert: Alert
    public_id: str
    said: Wording
    effect: str
    url: str
    action: str
    may_mute: bool = False


def rows_of(alerts: Sequence[Alert], *, business_id: int, may_mute: bool = False) -> list[Row]:
    """In the same order.

    :param may_mute: whether the reader may mute alerts.
    """
    senders = _senders(alerts, business_id)
    accounts = _accounts(alerts, business_id)
    campaigns = _campaigns(alerts, business_id)
    packages = _packages(alerts, business_id)
    language = get_language() or "en"
    effects = effects_of(alerts, business_id=business_id, language=language)
    rows: list[Row] = []
    for alert in alerts:
        url, action = "", ""
        if alert.subject_kind == "sender" and (sender := senders.get(alert.subject_id)):
            url, action = reverse("senders:detail", args=[sender.public_id]), _("Open the sender")
        elif alert.subject_kind == "provider_account" and (account := accounts.get(alert.subject_id)):
            url = f"{reverse('senders:list')}?account={account.public_id}"
            action = _("Open its senders")
        elif alert.subject_kind == "batch" and (campaign := campaigns.get(alert.subject_id)):
            if campaign.is_contract:
                url, action = reverse("campaigns:detail", args=[campaign.public_id]), _("Open the contract")
            else:
                url, action = (
                    reverse("open_messages:detail", args=[campaign.public_id]),
                    _("Open the message"),
                )
        elif alert.subject_kind == "package" and (package := packages.get(alert.subject_id)):
            url, action = reverse("packages:detail", args=[package.public_id]), _("Open the package")
        elif alert.subject_kind == "webhook_endpoint" and (endpoint := parse_uuid(alert.subject_id)):
            url, action = reverse("webhooks:detail", args=[endpoint]), _("Open the endpoint")
        elif alert.business_id is None:
            url, action = f"{reverse('first_run:steps')}#check", _("System check")
        muted = getattr(alert, "muted", False) or alert.closed_at is not None
        public_id, said = str(alert.public_id), says(alert, language)
        effect = effects.get(alert.pk, "")
        rows.append(Row(alert, public_id, said, effect, url, action, may_mute and not muted))
    return rows


def _ids(alerts: Iterable[Alert], kind: str) -> list[UUID]:
    parsed = (parse_uuid(alert.subject_id) for alert in alerts if alert.subject_kind == kind)
    return [one for one in parsed if one]


def _senders(alerts: Sequence[Alert], business_id: int) -> dict[str, Sender]:
    ids = _ids(alerts, "sender")
    found = Sender.objects.filter(business_id=business_id, public_id__in=ids) if ids else []
    return {str(sender.public_id): sender for sender in found}


def _accounts(alerts: Sequence[Alert], business_id: int) -> dict[str, ProviderAccount]:
    ids = _ids(alerts, "provider_account")
    found = ProviderAccount.objects.filter(business_id=business_id, public_id__in=ids) if ids else []
    return {str(account.public_id): account for account in found}


def _campaigns(alerts: Sequence[Alert], business_id: int) -> dict[str, Campaign]:
    ids = _ids(alerts, "batch")
    if not ids:
        return {}
    rows = Campaign.objects.filter(kind__in=(Kind.CONTRACT, Kind.OPEN), deleted_at=None)
    found = rows.filter(business_id=business_id, batch__public_id__in=ids)
    return {str(campaign.batch.public_id): campaign for campaign in found.select_related("batch")}


def _packages(alerts: Sequence[Alert], business_id: int) -> dict[str, Package]:
    ids = _ids(alerts, "package")
    found = packages_of(business_id).filter(public_id__in=ids) if ids else []
    return {str(package.public_id): package for package in found}
