"""What alerts hold up: how many running contracts wait for a number, an account or a package. Registered when the app starts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from django.utils.translation import ngettext

from qafila.alerts.effects import effect_reader
from qafila.alerts.models import Alert
from qafila.campaigns.models import Campaign, Kind
from qafila.dispatch.flowing import flowing_over
from qafila.kit.ids import parse_uuid
from qafila.ledger.states import BatchState
from qafila.senders.models import Sender
from qafila.senders.package_queries import packages_of

_COUNTED = frozenset({"sender", "provider_account", "package"})
_GOES_ON = frozenset(
    {
        *("number_black_hole", "number_failing", "number_unwell", "quality_low", "name_declined"),
        *("limit_lowered", "portfolio_shared", "health_unreadable", "webhooks_refused"),
        *("template_paused", "template_disabled", "template_rejected"),
        *("account_restricted", "account_restricted_numbers", "account_violation", "account_disabling"),
        *("account_partner_removed", "account_review_rejected", "account_pin_changed", "account_alert"),
        "package_losses",  # what it holds is not counted here: its own sentence says how much that is
    }
)
"""Alerts of trouble that stops nothing by itself: what runs goes on, and what an alert says must not deny it."""


@effect_reader
def held_up(alerts: Sequence[Alert], business_id: int) -> Mapping[int, str]:
    """Row of an alert to its effect, in the active language; of a contract's alert its name. At most seven statements."""
    counts = waiting_for([(one.subject_kind, one.subject_id) for one in alerts], business_id)
    names = _names(alerts, business_id)
    running = _running(alerts, business_id)
    found: dict[int, str] = {}
    for alert in alerts:
        if alert.code == "no_worker_running" and running:
            found[alert.pk] = _waits(running)
        elif alert.subject_kind == "batch":
            found[alert.pk] = names.get(alert.subject_id, "")
        elif count := counts.get((alert.subject_kind, alert.subject_id), 0):
            found[alert.pk] = _goes_on(count) if alert.code in _GOES_ON else _waits(count)
    return found


def _running(alerts: Sequence[Alert], business_id: int) -> int:
    """How many contracts of the business wait for any worker at all; asked only when one of the alerts says that there is none."""
    if not any(one.code == "no_worker_running" and one.closed_at is None for one in alerts):
        return 0
    flowing = Campaign.objects.filter(business_id=business_id, kind=Kind.CONTRACT, deleted_at=None)
    return flowing.filter(batch__state=BatchState.FLOWING).count()


def _waits(count: int) -> str:
    return ngettext(
        "%(count)d running contract waits for it", "%(count)d running contracts wait for it", count
    ) % {"count": count}


def _goes_on(count: int) -> str:
    return ngettext(
        "%(count)d running contract goes out over it", "%(count)d running contracts go out over it", count
    ) % {"count": count}


def waiting_for(subjects: Collection[tuple[str, str]], business_id: int) -> dict[tuple[str, str], int]:
    """How many running contracts each waits for: those of a number are addressed to it or to a package that it is in, those
    of a provider account to one of its numbers.

    :param subjects: (kind, public id); what is no sender, provider account or package of the business is not in the answer.
    """
    wanted = {one for one in subjects if one[0] in _COUNTED}
    if not wanted:
        return {}
    numbers, packages = _numbers(wanted, business_id), _packages(wanted, business_id)
    return flowing_over(numbers, packages)


def _numbers(subjects: Iterable[tuple[str, str]], business_id: int) -> dict[tuple[str, str], set[int]]:
    """The numbers that each number or account stands for."""
    subjects = list(subjects)
    own = Sender.objects.filter(business_id=business_id)
    found: dict[tuple[str, str], set[int]] = defaultdict(set)
    if ids := _ids(subjects, "sender"):
        for pk, public_id in own.filter(public_id__in=ids).values_list("pk", "public_id"):
            found["sender", str(public_id)].add(pk)
    if ids := _ids(subjects, "provider_account"):
        rows = own.filter(provider_account__public_id__in=ids)
        for pk, public_id in rows.values_list("pk", "provider_account__public_id"):
            found["provider_account", str(public_id)].add(pk)
    return found


def _packages(subjects: Iterable[tuple[str, str]], business_id: int) -> dict[tuple[str, str], int]:
    ids = _ids(subjects, "package")
    rows = packages_of(business_id).filter(public_id__in=ids).values_list("pk", "public_id") if ids else ()
    return {("package", str(public_id)): pk for pk, public_id in rows}


def _ids(subjects: Iterable[tuple[str, str]], kind: str) -> list[UUID]:
    parsed = (parse_uuid(public_id) for one, public_id in subjects if one == kind)
    return [one for one in parsed if one]


def _names(alerts: Sequence[Alert], business_id: int) -> dict[str, str]:
    """Public id of a batch to the name of its contract or open message."""
    ids = _ids([(one.subject_kind, one.subject_id) for one in alerts], "batch")
    if not ids:
        return {}
    rows = Campaign.objects.filter(kind__in=(Kind.CONTRACT, Kind.OPEN), deleted_at=None)
    found = rows.filter(business_id=business_id, batch__public_id__in=ids)
    return {str(public_id): name for public_id, name in found.values_list("batch__public_id", "name")}
