"""The page of alerts: urgent first, what to do, what waits; read ones leave the view; a storm is one line."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from django.test import Client

    from qafila.alerts.models import Alert
    from qafila.businesses.actor import Actor
    from qafila.businesses.models import Business
    from qafila.senders.models import Sender

pytestmark = pytest.mark.django_db


@pytest.fixture
def trouble(business: Business) -> Callable[..., Alert]:
    """Raises an alert: ``trouble("sender_stopped", sender=…)``."""
    from qafila.alerts.actions import raise_alert
    from qafila.alerts.models import Level

    def raise_one(
        code: str,
        *,
        level: str = "warning",
        subject: tuple[str, str] = ("", ""),
        minutes: int = 0,
        **params: Any,
    ) -> Alert:
        return raise_alert(
            code,
            business_id=business.pk,
            level=Level(level),
            params=params,
            subject=subject,
            now=datetime.now(UTC) - timedelta(minutes=minutes),
        )

    return raise_one


def _codes(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content[:500]
    return [line.row.alert.code for line in answer.context["lines"]]


def _total(answer: Any) -> int:
    found = re.search(r'id="list-total"><bdi[^>]*>([\d,]+)<', answer.content.decode())
    assert found
    return int(found[1].replace(",", ""))


def test_urgent_ones_stand_first_each_with_what_to_do(
    owner: Client, trouble: Callable[..., Alert], phone_linked_sender: Sender
) -> None:
    trouble("disk_nearly_full", level="info", free="1 GB")
    subject = ("sender", str(phone_linked_sender.public_id))
    trouble(
        "sender_stopped",
        level="critical",
        subject=subject,
        minutes=60,
        sender="Shop",
        reason="cloud_api.133010",
    )
    trouble("uncertain_messages", count=3)
    page = owner.get("/alerts/")
    assert _codes(page) == ["sender_stopped", "uncertain_messages", "disk_nearly_full"]
    text = page.content.decode()
    assert "The number Shop cannot send." in text
    assert "put right what it says, then resume it" in text
    assert f"/senders/{phone_linked_sender.public_id}" in text


def test_what_waits_for_it_is_said(
    owner: Client,
    trouble: Callable[..., Alert],
    phone_linked_sender: Sender,
    owner_actor: Actor,
    business: Business,
) -> None:
    from qafila.campaigns.actions import create_contract, start_contract

    now = datetime.now(UTC)
    for name in ("one", "two", "not started"):
        made = create_contract(
            business=business,
            sender=phone_linked_sender,
            name=name,
            recipients=[{"phoneNumber": "79991234567", "message": name}],
            actor=owner_actor,
            now=now,
        )
        if name != "not started":
            start_contract(
                business=business, public_id=made.campaign.public_id, confirm=True, actor=owner_actor, now=now
            )
    trouble(
        "sender_stopped",
        level="critical",
        subject=("sender", str(phone_linked_sender.public_id)),
        sender="Shop",
    )
    account = phone_linked_sender.provider_account
    assert account is not None
    trouble("account_stopped", level="critical", subject=("provider_account", str(account.public_id)))
    batch = made.campaign.batch.public_id
    trouble(
        "campaign_held_content", level="critical", subject=("batch", str(batch)), reason="cloud_api.132001"
    )
    rows = {line.row.alert.code: line.row for line in owner.get("/alerts/").context["lines"]}
    assert rows["sender_stopped"].effect == "2 running contracts wait for it"
    assert rows["account_stopped"].effect == "2 running contracts wait for it"
    assert rows["campaign_held_content"].url.endswith(made.campaign.public_id)


def test_a_storm_is_one_line_with_its_count(owner: Client, trouble: Callable[..., Alert]) -> None:
    for _ in range(500):
        trouble("webhooks_refused", count=2)
    page = owner.get("/alerts/")
    assert _total(page) == 1
    assert "×500" in page.content.decode()


def test_read_ones_leave_the_default_view_and_the_tabs_count_right(
    owner: Client, trouble: Callable[..., Alert], business: Business
) -> None:
    from qafila.alerts.actions import close_alert

    alerts = [trouble(f"storm_{n}") for n in range(4)]
    owner.post("/alerts/", {"action": "read", "id": [str(alerts[0].public_id)], "expected": "1"})
    close_alert("storm_1", business_id=business.pk, now=datetime.now(UTC))
    page = owner.get("/alerts/")
    counts = page.context["counts"]
    assert counts == {"": 2, "open": 3, "muted": 0, "all": 4}
    for state, number in counts.items():
        listed = owner.get("/alerts/", {"state": state} if state else {})
        assert _total(listed) == len(_codes(listed)) == number
    assert owner.post("/alerts/read-all", follow=True).context["counts"] == {
        "": 0,
        "open": 3,
        "muted": 0,
        "all": 4,
    }
    assert "Nothing needs you" in owner.get("/alerts/").content.decode()


def test_all_that_match_are_deleted_and_no_other(owner: Client, trouble: Callable[..., Alert]) -> None:
    from qafila.alerts.models import Alert
    from qafila.businesses.models import AuditEntry

    for n in range(3):
        trouble(f"storm_{n}", level="info")
    kept = trouble("kept", level="critical")
    owner.post("/alerts/?level=info", {"action": "delete", "all": "1", "expected": "3"})
    assert [alert.pk for alert in Alert.objects.filter(deleted_at=None)] == [kept.pk]
    assert AuditEntry.objects.filter(action="alert.deleted").count() == 3


def test_who_may_only_look_changes_nothing_and_a_stranger_sees_nothing(
    browser_of: Callable[..., Client], stranger: Client, trouble: Callable[..., Alert]
) -> None:
    from qafila.alerts.models import Alert

    alert = trouble("disk_nearly_full", free="1 GB")
    reader = browser_of("read_only")
    assert _total(reader.get("/alerts/")) == 1
    assert "Mark all as read" not in reader.get("/alerts/").content.decode()
    for who, status in ((reader, 403), (stranger, 404)):
        for what in ("read", "delete"):
            assert who.post(f"/alerts/{alert.public_id}/{what}").status_code == status
    assert reader.post("/alerts/read-all").status_code == 403
    stranger.post("/alerts/read-all")
    assert _total(stranger.get("/alerts/?state=all")) == 0
    assert Alert.objects.filter(read_at=None, deleted_at=None).count() == 1


def test_hostile_parameters_are_text(owner: Client, trouble: Callable[..., Alert]) -> None:
    trouble("sender_stopped", sender="<img src=x onerror=alert(1)>", reason="<b>")
    trouble("campaign_held_content", subject=("batch", "'; DROP TABLE x"), reason="x")
    page = owner.get("/alerts/").content.decode()
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_one_is_read_and_leads_back_only_within_the_house(
    owner: Client, trouble: Callable[..., Alert]
) -> None:
    alert = trouble("disk_nearly_full", free="1 GB")
    assert (
        owner.post(f"/alerts/{alert.public_id}/read", {"back": "//evil.example/"})["Location"] == "/alerts/"
    )
    assert (
        owner.post(f"/alerts/{alert.public_id}/delete", {"back": "/alerts/?state=all"})["Location"]
        == "/alerts/?state=all"
    )


def test_a_page_of_many_asks_as_often_as_a_page_of_few(
    owner: Client,
    trouble: Callable[..., Alert],
    phone_linked_sender: Sender,
    django_assert_max_num_queries: Any,
) -> None:
    for n in range(25):
        trouble(f"storm_{n}", subject=("sender", str(phone_linked_sender.public_id)))
    with django_assert_max_num_queries(28):
        owner.get("/alerts/")


def test_what_concerns_the_installation_is_for_owners_and_admins_and_leads_to_the_system_check(
    browser_of: Callable[..., Client], business: Business
) -> None:
    from qafila.alerts.actions import raise_alert
    from qafila.alerts.models import Level

    now = datetime.now(UTC)
    since = datetime(2026, 11, 22, 6, 30, tzinfo=UTC).isoformat()
    alert = raise_alert(
        "no_worker_running", business_id=None, level=Level.CRITICAL, params={"since": since}, now=now
    )
    for role in ("owner", "admin"):
        client = browser_of(role)
        text = " ".join(client.get("/alerts/").content.decode().split())
        assert "Messages are waiting since 2026-11-22 08:30." in text, "on the clock of the business"
        assert 'href="/welcome/steps/#check"' in text
        assert client.get(f"/alerts/{alert.public_id}")["Location"] == "/welcome/steps/#check"
        ((shown, said),) = client.get("/").context["alerts"]
        assert (shown.pk, said.cause) == (alert.pk, "Messages are waiting since 2026-11-22 08:30.")
    agent = browser_of("agent")
    assert _codes(agent.get("/alerts/")) == []
    assert agent.get(f"/alerts/{alert.public_id}").status_code == 404
