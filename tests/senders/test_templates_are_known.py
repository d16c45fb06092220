"""Templates are kept as the provider lists them and as webhooks tell; one that may not be used is named with its reason."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from qafila.alerts.models import Alert
from qafila.events.models import Event
from qafila.providers.management import TemplateInfo
from qafila.providers.notices import TemplateNotice
from qafila.senders import template_queries
from qafila.senders.actions import templates
from qafila.senders.models import AccountHealth, MessageTemplate, ProviderAccount
from qafila.senders.rules import template_states

pytestmark = pytest.mark.django_db


def info(name: str, status: str = "APPROVED", language: str = "en") -> TemplateInfo:
    return TemplateInfo(
        f"ref-{name}", name, language, status, category="UTILITY", components=[{"type": "BODY"}]
    )


def store(account: ProviderAccount, now: datetime, *found: TemplateInfo) -> None:
    assert templates.store_templates(account_id=account.pk, found=found, asked_at=now, now=now)


def tell(account: ProviderAccount, at: datetime, status: str = "", **more: str) -> bool:
    notice = TemplateNotice("sale", "en", status=status, **more)  # type: ignore[arg-type]
    return templates.heed_template(account_id=account.pk, notice=notice, at=at, now=at)


def refusal(account: ProviderAccount) -> str | None:
    refusal = template_queries.template_refusal(account_id=account.pk, name="sale", language="en")
    return refusal.code if refusal else None


def test_the_list_is_kept_and_what_it_no_longer_holds_is_deleted(
    provider_account: ProviderAccount, now: datetime
) -> None:
    store(provider_account, now, info("sale"), info("sale", language="ar"), info("bill", "PENDING"))
    ids = dict(MessageTemplate.objects.values_list("ref", "public_id"))
    store(provider_account, now + timedelta(hours=1), info("sale"), info("bill"))
    rows = {(row.name, row.language): row for row in MessageTemplate.objects.all()}
    assert {key: (row.status, row.can_send) for key, row in rows.items()} == {
        ("sale", "en"): ("APPROVED", True),
        ("sale", "ar"): ("DELETED", False),
        ("bill", "en"): ("APPROVED", True),
    }
    assert rows["bill", "en"].public_id == ids["ref-bill"]
    assert [row.name for row in template_queries.templates_of(provider_account.pk)] == ["bill", "sale"]
    health = AccountHealth.objects.get()
    assert health.templates_synced_at == now + timedelta(hours=1)
    assert not Alert.objects.exists()


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("APPROVED", None),
        ("FLAGGED", None),
        ("REINSTATED", None),
        ("PENDING", "template_not_approved"),
        ("IN_APPEAL", "template_not_approved"),
        ("PENDING_DELETION", "template_not_approved"),
        ("OF_TOMORROW", "template_not_approved"),
        ("PAUSED", "template_paused"),
        ("REJECTED", "template_rejected"),
        ("DISABLED", "template_disabled"),
    ],
)
def test_what_may_be_used(
    provider_account: ProviderAccount, now: datetime, status: str, code: str | None
) -> None:
    assert refusal(provider_account) is None, "of what is not known here the provider decides"
    tell(provider_account, now, status)
    assert refusal(provider_account) == code
    assert template_states.may_send(status) is (code is None)


def test_a_pause_is_told_and_its_end_too(provider_account: ProviderAccount, now: datetime) -> None:
    store(provider_account, now, info("sale"))
    tell(provider_account, now + timedelta(minutes=1), "PAUSED", reason="Quality")
    alert = Alert.objects.get()
    assert (alert.code, alert.params) == ("template_paused", {"template": "sale (en)", "why": "Quality"})
    event = Event.objects.get(kind="template.changed")
    assert event.data == {
        "account": provider_account.pk,
        "name": "sale",
        "language": "en",
        "state": "PAUSED",
        "can_send": False,
    }
    assert AccountHealth.objects.get().templates_due_at == now + timedelta(minutes=1)
    tell(provider_account, now + timedelta(minutes=2), "APPROVED")
    assert not Alert.objects.filter(closed_at=None).exists()
    assert Event.objects.filter(kind="template.changed").count() == 2


def test_a_list_tells_the_same(provider_account: ProviderAccount, now: datetime) -> None:
    store(provider_account, now, info("sale"))
    store(provider_account, now + timedelta(hours=4), info("sale", "REJECTED"))
    assert Alert.objects.get().code == "template_rejected"
    store(provider_account, now + timedelta(hours=8), info("sale", "REJECTED"))
    assert Alert.objects.get().count == 1
    assert Event.objects.filter(kind="template.changed").count() == 1


def test_the_newest_news_counts_whatever_the_order(provider_account: ProviderAccount, now: datetime) -> None:
    later = now + timedelta(minutes=5)
    tell(provider_account, later, "APPROVED")
    assert not tell(provider_account, now, "REJECTED")
    assert refusal(provider_account) is None
    assert not Alert.objects.exists()


def test_what_a_webhook_told_during_the_reading_stays(
    provider_account: ProviderAccount, now: datetime
) -> None:
    store(provider_account, now, info("sale"))
    tell(provider_account, now + timedelta(seconds=5), "PAUSED")
    templates.store_templates(
        account_id=provider_account.pk,
        found=[info("sale")],
        asked_at=now + timedelta(seconds=4),
        now=now + timedelta(seconds=6),
    )
    assert refusal(provider_account) == "template_paused"


def test_other_news_of_a_template(provider_account: ProviderAccount, now: datetime) -> None:
    tell(provider_account, now, quality="YELLOW")
    row = MessageTemplate.objects.get()
    assert (row.status, row.can_send, row.quality) == ("UNKNOWN", True, "YELLOW")
    store(provider_account, now + timedelta(minutes=1), info("sale"))
    tell(provider_account, now + timedelta(minutes=2), category="MARKETING")
    row.refresh_from_db()
    assert (row.status, row.category) == ("APPROVED", "MARKETING")


def test_six_thousand_templates_are_stored_in_one_go(
    provider_account: ProviderAccount, now: datetime
) -> None:
    many = [info(f"t{n}") for n in range(6000)]
    store(provider_account, now, *many)
    store(provider_account, now + timedelta(hours=1), *many)
    assert MessageTemplate.objects.filter(can_send=True).count() == 6000
