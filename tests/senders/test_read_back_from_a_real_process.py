"""The provider against the sandbox process: numbers, accounts and templates are read back, and what fails strands nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from qafila.alerts.models import Alert
from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.providers import doors
from qafila.senders import reading_back, template_queries
from qafila.senders.actions import change_secrets, create_provider_account, create_sender
from qafila.senders.models import AccountHealth, MessageTemplate, ProviderAccount, Sender, SenderHealth
from tests.kit.raw_server import unused_port
from tests.sandbox.conftest import _starter
from tests.sandbox.running import PHONE, TOKEN, WABA, Running

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    for starter in _starter(tmp_path_factory.mktemp("sandbox")):
        yield starter("--speed", "50", "--seed", "7").remember()


@pytest.fixture
def box(process: Running) -> Running:
    return process.fresh()


@pytest.fixture
def connected(box: Running, business: Business, owner_actor: Actor, now: datetime) -> Sender:
    account = create_provider_account(
        business=business, kind="cloud_api", name="Sandbox", base_url=f"{box.url}/v25.0", ref=WABA, token=TOKEN,
        app_secret="", verify_token="", allow_private_network=True, actor=owner_actor, now=now,
    )  # fmt: skip
    return create_sender(
        business=business, name="Main", phone="+12025550123", provider_account=account, ref=PHONE, actor=owner_actor,
        now=now,
    )  # fmt: skip


def read(now: datetime) -> int:
    async def whole() -> int:
        try:
            return await reading_back.read_due(now=now)
        finally:
            await doors.close_all()

    return async_to_sync(whole)()


def test_everything_is_read_once_and_again_after_hours(
    box: Running, connected: Sender, now: datetime
) -> None:
    assert read(now) == 3
    health = SenderHealth.objects.get()
    assert (health.status, health.quality, health.can_send) == ("CONNECTED", "GREEN", "AVAILABLE")
    assert (health.verified_name, health.throughput_level) == ("Sandbox Shop", "STANDARD")
    assert health.limit_tier.startswith("TIER_")
    assert (health.checked_at, health.trouble) == (now, "")
    account = AccountHealth.objects.get()
    assert account.owner_ref == "100100100100100"
    assert account.templates_synced_at == now
    rows = MessageTemplate.objects.values_list("name", "language", "status")
    assert {("qafila_message", language, "APPROVED") for language in ("ar", "en", "he", "ru")} <= set(rows)
    portfolio = ProviderAccount.objects.get().portfolio
    assert portfolio is not None
    assert portfolio.ref == "100100100100100"
    assert read(now + timedelta(hours=3)) == 0
    assert read(now + timedelta(hours=5)) == 3


def test_a_change_at_the_provider_is_followed(box: Running, connected: Sender, now: datetime) -> None:
    read(now)
    box.admin("PATCH", f"/phone_numbers/{PHONE}", {"quality": "RED", "throughput": 1000})
    portfolio = box.admin("GET", "/state")["portfolios"][0]
    box.admin("PATCH", f"/portfolios/{portfolio['id']}", {"limit": 250})
    read(now + timedelta(hours=5))
    connected.refresh_from_db()
    assert connected.throughput == 1000
    found = ProviderAccount.objects.get().portfolio
    assert found is not None
    assert found.cap == 250
    assert Alert.objects.filter(code="quality_low", closed_at=None).exists()


@pytest.mark.parametrize("code", [190, 10, 100, 2, 80007])
def test_what_cannot_be_read_is_said_once_and_keeps_what_was_known(
    box: Running, connected: Sender, owner_actor: Actor, now: datetime, code: int
) -> None:
    read(now)
    if code == 190:
        change_secrets(account=ProviderAccount.objects.get(), token="wrong", actor=owner_actor, now=now)
    else:
        box.admin("POST", "/faults", {"effect": "error_code", "on": "any", "code": code})
    later = now + timedelta(hours=5)
    read(later)
    health = SenderHealth.objects.get()
    assert (health.trouble, health.quality, health.checked_at) == (f"cloud_api.{code}", "GREEN", now)
    lasting = code in (190, 10, 100)
    assert health.due_at == later + (timedelta(hours=4) if lasting else timedelta(minutes=15))
    assert Alert.objects.filter(code="health_unreadable").exists() is lasting


def test_a_provider_that_is_away_costs_nobody_anything(connected: Sender, now: datetime) -> None:
    ProviderAccount.objects.update(base_url=f"http://127.0.0.1:{unused_port()}/v25.0")
    assert read(now) == 3
    health = SenderHealth.objects.get()
    assert (health.trouble, health.checked_at) == ("cloud_api.connect_failed", None)
    assert template_queries.templates_due(kinds=["cloud_api"], now=now + timedelta(minutes=16), limit=9) != []
    assert not Alert.objects.exists()


def test_numbers_of_other_providers_are_left_alone(phone_linked_sender: Any, now: datetime) -> None:
    assert read(now) == 0
