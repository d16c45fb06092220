"""What an alert holds up, and where its cause is put right: read for a page of alerts in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from qafila.alerts.models import Alert
from qafila.alerts.saying import says
from qafila.campaigns.models import Campaign, Kind
from qafila.kit.ids import parse_uuid
from qafila.ledger.models import Batch
from qafila.ledger.states import BatchState, Target
from qafila.senders.models import Package, ProviderAccount, Sender
from qafila.senders.package_queries import packages_of
from qafila.wording import Wording

_WAITING = (BatchState.FLOWING, BatchState.OPEN)


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
    waiting = _waiting(Target.SENDER, senders.values())
    in_packages = _waiting(Target.PACKAGE, packages.values())
    by_account: dict[int, int] = {}
    for each in senders.values():
        if each.provider_account_id is not None:
            before = by_account.get(each.provider_account_id, 0)
            by_account[each.provider_account_id] = before + waiting.get(each.pk, 0)
    language = get_language() or "en"
    rows: list[Row] = []
    for alert in alerts:
        effect, url, action = "", "", ""
        if alert.subject_kind == "sender" and (sender := senders.get(alert.subject_id)):
            effect = _holds_up(waiting.get(sender.pk, 0))
            url, action = reverse("senders:detail", args=[sender.public_id]), _("Open the sender")
        elif alert.subject_kind == "provider_account" and (account := accounts.get(alert.subject_id)):
            effect = _holds_up(by_account.get(account.pk, 0))
            url = f"{reverse('senders:list')}?account={account.public_id}"
            action = _("Open its senders")
        elif alert.subject_kind == "batch" and (campaign := campaigns.get(alert.subject_id)):
            effect = campaign.name
            if campaign.is_contract:
                url, action = reverse("campaigns:detail", args=[campaign.public_id]), _("Open the contract")
            else:
                url, action = (
                    reverse("open_messages:detail", args=[campaign.public_id]),
                    _("Open the message"),
                )
        elif alert.subject_kind == "package" and (package := packages.get(alert.subject_id)):
            effect = _holds_up(in_packages.get(package.pk, 0))
            url, action = reverse("packages:detail", args=[package.public_id]), _("Open the package")
        elif alert.subject_kind == "webhook_endpoint" and (endpoint := parse_uuid(alert.subject_id)):
            url, action = reverse("webhooks:detail", args=[endpoint]), _("Open the endpoint")
        muted = getattr(alert, "muted", False) or alert.closed_at is not None
        public_id, said = str(alert.public_id), says(alert, language)
        rows.append(Row(alert, public_id, said, effect, url, action, may_mute and not muted))
    return rows


def _holds_up(count: int) -> str:
    if not count:
        return ""
    return ngettext(
        "%(count)d running contract waits for it", "%(count)d running contracts wait for it", count
    ) % {"count": count}


def _ids(alerts: Iterable[Alert], kind: str) -> list[UUID]:
    parsed = (parse_uuid(alert.subject_id) for alert in alerts if alert.subject_kind == kind)
    return [one for one in parsed if one]


def _senders(alerts: Sequence[Alert], business_id: int) -> dict[str, Sender]:
    """The senders that alerts are about, and all of the provider accounts that alerts are about; by public id."""
    own: QuerySet[Sender] = Sender.objects.filter(business_id=business_id)
    ids, accounts = _ids(alerts, "sender"), _ids(alerts, "provider_account")
    found = list(own.filter(public_id__in=ids)) if ids else []
    found += list(own.filter(provider_account__public_id__in=accounts)) if accounts else []
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


def _waiting(kind: Target, targets: Iterable[Sender | Package]) -> dict[int, int]:
    """How many running contracts are addressed to each number, or to each package."""
    ids = {target.pk for target in targets}
    if not ids:
        return {}
    found = Batch.objects.filter(target_kind=kind, target_id__in=ids, state__in=_WAITING)
    return dict(found.values_list("target_id").annotate(number=Count("pk")))
