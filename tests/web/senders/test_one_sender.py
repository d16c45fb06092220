"""One sender's page: figures that agree with one another, what a role may do there, and what is written down of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

if TYPE_CHECKING:
    from django.test import Client

    from qafila.businesses.actor import Actor
    from qafila.businesses.models import Business
    from qafila.senders.models import ProviderAccount, Sender

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(phone_linked_sender: Sender) -> str:
    return f"/senders/{phone_linked_sender.public_id}"


def _text(answer: Any) -> str:
    assert answer.status_code == 200, answer.content[:500]
    return " ".join(answer.content.decode().split())


def _tally(sender: Sender, minutes: int, outcome: str, code: str, count: int) -> None:
    from qafila.dispatch.models import Tally

    at = datetime.now(UTC) - timedelta(minutes=minutes)
    Tally.objects.create(
        sender_id=sender.pk,
        at=at - timedelta(seconds=at.timestamp() % 300),
        outcome=outcome,
        code=code,
        count=count,
    )


def test_chart_table_and_error_mix_agree(owner: Client, place: str, phone_linked_sender: Sender) -> None:
    for minutes, outcome, code, count in (
        (10, "accepted", "", 7),
        (300, "accepted", "", 5),
        (300, "recipient", "131026", 3),
        (20, "resting", "131048", 1),
        (10, "recipient", "131026", 2),
        (26 * 60, "accepted", "", 900),
    ):
        _tally(phone_linked_sender, minutes, outcome, code, count)
    page = owner.get(place)
    assert (page.context["accepted"], page.context["refused"]) == (12, 6)
    assert [(one.code, one.count) for one in page.context["troubles"]] == [("131026", 5), ("131048", 1)]
    assert sum(sent for _, sent, _ in page.context["hours"]) == 12
    assert sum(refused for _, _, refused in page.context["hours"]) == 6
    chart = owner.get(f"{place}/pace.json").json()
    assert (sum(chart["accepted"]), sum(chart["refused"])) == (12, 6)
    assert len(chart["at"]) == len(chart["accepted"]) == len(chart["refused"])
    assert 0 < chart["planned"] <= 100


def test_the_part_that_is_live_holds_what_the_page_holds(owner: Client, place: str) -> None:
    part = owner.get(f"{place}/part").content.decode()
    assert part.strip() in owner.get(place).content.decode()
    assert "<html" not in part


def test_pause_rest_and_resume_are_done_and_told(
    owner: Client, place: str, phone_linked_sender: Sender
) -> None:
    sender = phone_linked_sender

    def state() -> str:
        sender.refresh_from_db()
        return str(sender.state)

    assert owner.post(f"{place}/pause").status_code == 302
    assert state() == "paused"
    owner.post(f"{place}/resume")
    assert state() == "ready"
    owner.post(f"{place}/rest", {"hours": "4"})
    assert state() == "resting"
    left = sender.rest_until - datetime.now(UTC)  # type: ignore[operator]
    assert timedelta(hours=3, minutes=59) < left <= timedelta(hours=4)
    page = owner.get(place)
    assert "A person lets the number rest." in page.content.decode()
    texts = [line.text for line in page.context["lines"]]
    assert texts[:3] == ["Let a sender rest", "Resumed a sender", "Paused a sender"]
    assert page.context["lines"][0].who == "Amira Owner"


@pytest.mark.parametrize("hours", ["0", "-5", "1e9", "999999", "", "x"])
def test_a_rest_is_one_of_those_offered(
    owner: Client, place: str, phone_linked_sender: Sender, hours: str
) -> None:
    owner.post(f"{place}/rest", {"hours": hours})
    phone_linked_sender.refresh_from_db()
    assert phone_linked_sender.state == "ready"


POSTS = ("pause", "resume", "rest", "read-back", "own-pace", "template", "change", "secrets")


@pytest.mark.parametrize("role", ["read_only", "agent"])
def test_who_may_only_look_sees_no_buttons_and_changes_nothing(
    browser_of: Callable[..., Client], place: str, phone_linked_sender: Sender, role: str
) -> None:
    from qafila.businesses.models import AuditEntry
    from qafila.senders.models import Sender

    client = browser_of(role)
    page = client.get(place).content.decode()
    assert 'href="#pause"' not in page
    before, audited = Sender.objects.values().get(pk=phone_linked_sender.pk), AuditEntry.objects.count()
    for what in POSTS:
        answer = client.post(f"{place}/{what}", {"hours": "4", "name": "x", "on": "1", "token": "x"})
        assert answer.status_code == 403, what
    for what in ("", "/cloud-api", "/number"):
        assert client.post(f"/senders/new{what}", {"name": "x"}).status_code in (403, 405)
    assert client.get("/senders/new").status_code == 403
    assert Sender.objects.values().get(pk=phone_linked_sender.pk) == before
    assert AuditEntry.objects.count() == audited


def test_another_business_finds_nothing_to_change(
    stranger: Client, place: str, phone_linked_sender: Sender
) -> None:
    for what in POSTS:
        if what == "secrets":
            continue  # asks for the password first, whoever it is
        assert stranger.post(f"{place}/{what}", {"hours": "4"}).status_code == 404, what
    phone_linked_sender.refresh_from_db()
    assert phone_linked_sender.state == "ready"


def test_only_an_owner_switches_the_own_pace_off(
    owner: Client, browser_of: Callable[..., Client], place: str, phone_linked_sender: Sender
) -> None:
    from qafila.businesses.models import AuditEntry

    admin = browser_of("admin")
    assert admin.post(f"{place}/own-pace", {"on": "0"}).status_code == 403
    phone_linked_sender.refresh_from_db()
    assert phone_linked_sender.use_limits is True
    page = owner.post(f"{place}/own-pace", {"on": "0"}, follow=True).content.decode()
    phone_linked_sender.refresh_from_db()
    assert phone_linked_sender.use_limits is False
    assert "banned" in page
    assert AuditEntry.objects.filter(action="sender.own_pace_off").count() == 1
    owner.post(f"{place}/own-pace", {"on": "1"})
    phone_linked_sender.refresh_from_db()
    assert phone_linked_sender.use_limits is True


def test_name_age_throughput_and_template_are_saved_and_nothing_else(
    owner: Client, place: str, phone_linked_sender: Sender
) -> None:
    owner.post(
        f"{place}/change",
        {
            "name": "New",
            "in_use_since": "2025-01-31",
            "throughput": "9",
            "state": "stopped",
            "business": "1",
            "use_limits": "",
        },
    )
    owner.post(f"{place}/template", {"name": "greeting", "language": "ar", "variable": ""})
    sender = phone_linked_sender
    sender.refresh_from_db()
    assert (sender.name, sender.throughput, sender.state, sender.use_limits) == ("New", 9, "ready", True)
    assert sender.default_template == {"name": "greeting", "language": "ar", "variable": None}
    owner.post(f"{place}/template", {"name": "Not A Name!", "language": "ar"})
    sender.refresh_from_db()
    assert sender.default_template is not None
    owner.post(f"{place}/template", {"name": ""})
    sender.refresh_from_db()
    assert sender.default_template is None


def test_a_new_token_asks_who_it_is_and_is_never_shown(
    owner: Client, place: str, phone_linked_sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qafila.senders.actions import stop_account
    from qafila.senders.queries import credentials
    from qafila.web.shell import sudo

    given: dict[str, Any] = {"token": "canary-token", "app_secret": "", "resume": "on"}
    asked = owner.post(f"{place}/secrets", given)
    assert "reauthenticate" in asked.headers.get("Location", "")
    assert credentials(phone_linked_sender.pk)[1].token != "canary-token"
    monkeypatch.setattr(sudo, "did_recently_reauthenticate", lambda request: True)
    account: ProviderAccount | None = phone_linked_sender.provider_account
    assert account is not None
    stop_account(account_id=account.pk, reason="cloud_api.190", now=datetime.now(UTC))
    page = owner.post(f"{place}/secrets", given, follow=True)
    assert "canary" not in page.content.decode()
    assert credentials(phone_linked_sender.pk)[1].token == "canary-token"
    account.refresh_from_db()
    assert account.state == "ok"


def test_a_number_without_a_provider_is_added_and_a_bad_one_is_not(owner: Client) -> None:
    from qafila.senders.models import Sender

    refused = owner.post("/senders/new/number", {"name": "Later", "phone": "12"})
    assert refused.status_code == 422
    assert "too short" in refused.content.decode()
    made = owner.post("/senders/new/number", {"name": "Later", "phone": "+20 100 000 0088"}, follow=True)
    sender = Sender.objects.get(name="Later")
    assert sender.state == "not_connected"
    assert "not connected to a provider" in made.content.decode()


def test_the_guide_shows_a_call_for_an_account_that_there_is(
    owner: Client, phone_linked_sender: Sender
) -> None:
    page = owner.get("/docs/").content.decode()
    assert str(phone_linked_sender.public_id) in page
    assert "/api/docs" in page


def test_its_health_is_said_with_the_reasons(owner: Client, sender: Sender) -> None:
    from qafila.senders.models import Score, ShadowPause

    now = datetime.now(UTC)
    assert "Not reckoned yet" in owner.get(f"/senders/{sender.public_id}").content.decode()
    Score.objects.create(sender=sender, score=62, known=True, factor=0.5, at=now)
    ShadowPause.objects.create(sender=sender, at=now, kind="failing", followed=61)
    text = " ".join(owner.get(f"/senders/{sender.public_id}/part").content.decode().split())
    assert "62 of 100" in text
    assert "<bdi>50 %</bdi> of its limits" in text
    assert "<bdi>61</bdi> more failures followed" in text


def test_what_waits_for_it_is_as_many_as_the_list_holds(
    owner: Client, place: str, phone_linked_sender: Sender, business: Business, owner_actor: Actor
) -> None:
    from qafila.campaigns.actions import create_contract, start_contract

    assert "No message waits for it." in _text(owner.get(place))
    now = datetime.now(UTC)
    made = create_contract(
        business=business,
        sender=phone_linked_sender,
        name="March",
        recipients=[{"phoneNumber": f"7999{1000000 + n}", "message": "Hello"} for n in range(7)],
        actor=owner_actor,
        now=now,
    )
    start_contract(
        business=business, public_id=made.campaign.public_id, confirm=True, actor=owner_actor, now=now
    )
    text = _text(owner.get(place))
    (link,) = re.findall(r'<a href="(/messages/[^"]+)"><bdi>7</bdi> messages wait for it</a>', text)
    listed = owner.get(unescape(link))
    assert len(listed.context["lines"]) == listed.context["total"] == 7
    assert f"/senders/{phone_linked_sender.public_id}" in place


def test_who_may_not_see_messages_hears_no_figure(
    browser_of: Callable[..., Client], place: str, business: Business
) -> None:
    from qafila.businesses.rules.scopes import ROLE_SCOPES

    blind = [
        role for role, scopes in ROLE_SCOPES.items() if "messages:read" not in scopes and "*" not in scopes
    ]
    for role in blind:
        page = browser_of(role).get(place)
        assert page.status_code != 200 or page.context["waiting"] is None


def test_its_directions_are_named_and_linked(
    owner: Client, place: str, phone_linked_sender: Sender, business: Business, owner_actor: Actor
) -> None:
    from qafila.senders.actions import create_direction

    made = create_direction(
        business=business,
        name="Implants",
        sender=phone_linked_sender,
        actor=owner_actor,
        now=datetime.now(UTC),
    )
    link = f'<a href="/directions/{made.public_id}" dir="auto">Implants</a>'
    assert link in _text(owner.get(place))
    assert link in _text(owner.get("/senders/"))
    exported = owner.get("/senders/?format=csv")
    body = b"".join(exported.streaming_content) if exported.streaming else exported.content
    assert "Implants" in body.decode("utf-8-sig")


def test_a_shadow_leads_to_the_switch_of_its_package(
    owner: Client, place: str, phone_linked_sender: Sender, business: Business, owner_actor: Actor
) -> None:
    from qafila.senders.actions import packages
    from qafila.senders.models import ShadowPause

    now = datetime.now(UTC)
    ShadowPause.objects.create(sender=phone_linked_sender, at=now, kind="failing", followed=3)
    assert "It is in no package." in _text(owner.get(place))
    made = packages.create_package(business=business, name="Friends", actor=owner_actor, now=now)
    packages.add_member(package=made, sender=phone_linked_sender, actor=owner_actor, now=now)
    text = _text(owner.get(place))
    assert f'<a href="/packages/{made.public_id}#shadow_title" dir="auto">Friends</a>' in text
    assert 'id="shadow_title"' in _text(owner.get(f"/packages/{made.public_id}"))


def test_the_warm_up_stands_beside_what_was_sent(
    owner: Client, place: str, phone_linked_sender: Sender
) -> None:
    from qafila.senders.models import ScorePoint, Sender

    now = datetime.now(UTC)
    Sender.objects.filter(pk=phone_linked_sender.pk).update(in_use_since=now - timedelta(days=3))
    # Days are the business's: in Cairo it is tomorrow already when it is late here.
    there = now.astimezone(ZoneInfo("Africa/Cairo"))
    noon = there.replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
    for hour, count in ((0, 30), (1, 12)):
        ScorePoint.objects.create(
            sender_id=phone_linked_sender.pk,
            at=noon + timedelta(hours=hour),
            score=90 - hour,
            factor=1.0,
            accepted=count,
        )
    _tally(phone_linked_sender, 1, "accepted", "", 5)
    chart = owner.get(f"{place}/days.json").json()
    assert len(chart["at"]) == len(chart["planned"]) == len(chart["accepted"]) == 4 + 7
    told = there - timedelta(minutes=1)
    told -= timedelta(seconds=told.timestamp() % 300)
    yesterday = 42 if told.date() == there.date() else 42 + 5
    assert (chart["accepted"][-9], chart["accepted"][-7:]) == (yesterday, [None] * 7)
    assert sum(one or 0 for one in chart["accepted"]) == 42 + 5
    assert chart["planned"] == sorted(chart["planned"]) and chart["planned"][0] < chart["planned"][-1]
    page = owner.get(place)
    assert [(day.accepted, day.score) for day in page.context["days"]][1] == (42, 89)
    assert "Warm-up: planned and sent" in _text(page)
    assert f"/numbers/{phone_linked_sender.public_id}" in _text(page)


def test_an_official_number_has_no_plan_of_ours(owner: Client, sender: Sender) -> None:
    page = owner.get(f"/senders/{sender.public_id}")
    assert not page.context["has_plan"]
    assert "Sent each day" in _text(page)
    assert set(owner.get(f"/senders/{sender.public_id}/days.json").json()["planned"]) == {None}
