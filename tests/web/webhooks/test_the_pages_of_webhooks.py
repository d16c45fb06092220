"""The pages of webhooks out: a secret shown once, how an endpoint does, why it is off, every try; muting and e-mail of alerts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from django.test import Client

    from tests.web.world import World

pytestmark = pytest.mark.django_db
URL = "https://93.184.216.34/hook/secret-path"


@pytest.fixture
def owner(world: World, browser: Callable[..., Client]) -> Client:
    """The owner's browser."""
    return browser(world.here.people["owner"])


def made(world: World, **changes: Any) -> Any:
    from qafila.events.webhooks.actions import create_endpoint
    from qafila.events.webhooks.models import WebhookEndpoint

    row, _ = create_endpoint(
        business=world.here.business, url=URL, actor=world.here.actor, now=datetime.now(UTC)
    )
    WebhookEndpoint.objects.filter(pk=row.pk).update(**changes)
    row.refresh_from_db()
    return row


def test_a_new_endpoint_shows_its_secret_once(owner: Client) -> None:
    assert "No endpoint yet" in owner.get("/webhooks-out/").content.decode()
    given = {"url": URL, "description": "Shop", "event_types": ["campaign.finished"]}
    first = owner.post("/webhooks-out/create", given, follow=True).content.decode()
    assert "whsec_" in first
    again = owner.get("/webhooks-out/").content.decode()
    assert "whsec_" not in again
    assert "93.184.216.34" in again
    assert "secret-path" not in again, "a path may be a secret: the list names the host"


def test_an_address_inside_is_refused_in_the_form(owner: Client) -> None:
    answer = owner.post("/webhooks-out/create", {"url": "http://10.0.0.1/x"}).content.decode()
    assert "not on the public internet" in answer
    assert 'value="http://10.0.0.1/x"' in answer


def test_who_has_not_confirmed_lately_is_asked_first(world: World, browser: Callable[..., Client]) -> None:
    from qafila.events.webhooks.models import WebhookEndpoint

    client = browser(world.here.people["owner"], confirmed=False)
    answer = client.post("/webhooks-out/create", {"url": URL})
    assert answer.status_code == 302
    assert "reauthenticate" in answer["Location"]
    assert not WebhookEndpoint.objects.exists()


def test_one_that_was_switched_off_says_why_and_what_to_do(owner: Client, world: World) -> None:
    from qafila.events.webhooks.actions import send_test
    from qafila.events.webhooks.models import DeliveryState, WebhookDelivery

    row = made(world)
    send_test(endpoint=row, actor=world.here.actor, now=datetime.now(UTC))
    WebhookDelivery.objects.update(state=DeliveryState.MISSED, next_at=None)
    type(row).objects.update(state="disabled", disabled_reason="failing", disabled_at=datetime.now(UTC))
    page = owner.get(f"/webhooks-out/{row.public_id}").content.decode()
    assert "nothing but failures for five days" in page
    assert "send again what it missed" in page
    assert "Send a test" not in page
    owner.post(f"/webhooks-out/{row.public_id}/switch", {"on": "1"})
    back = owner.post(f"/webhooks-out/{row.public_id}/again", {"span": "24"}, follow=True).content.decode()
    assert "1 delivery is sent again." in back
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"pending"}


def test_every_try_is_shown_with_its_answer_as_text(owner: Client, world: World) -> None:
    from qafila.events.webhooks.actions import send_test
    from qafila.events.webhooks.models import WebhookDelivery

    row = made(world)
    sent = send_test(endpoint=row, actor=world.here.actor, now=datetime.now(UTC))
    sent.attempts.create(
        at=datetime.now(UTC), ms=1234, status=500, code="answer_not_ok", snippet="<script>alert(1)</script>"
    )
    WebhookDelivery.objects.update(
        tries=1,
        last_status=500,
        last_code="answer_not_ok",
        last_at=datetime.now(UTC),
        next_at=datetime.now(UTC) + timedelta(minutes=5),
    )
    page = owner.get(f"/webhooks-out/{row.public_id}/{sent.public_id}").content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page
    assert "It answered with a failure." in page
    assert "Next try:" in page
    assert sent.message.public_id in page
    listed = owner.get(f"/webhooks-out/{row.public_id}").content.decode()
    assert "webhook.test" in listed
    part = owner.get(f"/webhooks-out/{row.public_id}/{sent.public_id}", headers={"hx-target": "tries"})
    assert "<html" not in part.content.decode()


def test_a_filter_shows_only_what_failed(owner: Client, world: World) -> None:
    from qafila.events.webhooks.actions import send_test
    from qafila.events.webhooks.models import WebhookDelivery

    row = made(world)
    first, _second = (
        send_test(endpoint=row, actor=world.here.actor, now=datetime.now(UTC)) for _ in range(2)
    )
    WebhookDelivery.objects.filter(pk=first.pk).update(state="failed", next_at=None)
    answer = owner.get(f"/webhooks-out/{row.public_id}?state=failed")
    assert answer.context["total"] == 1
    assert answer.context["counts"]["pending"] == 1


def test_many_are_sent_again_at_once_or_none(owner: Client, world: World) -> None:
    from qafila.businesses.models import AuditEntry
    from qafila.events.webhooks.actions import send_test
    from qafila.events.webhooks.models import WebhookDelivery

    row, other = made(world), made(world)
    for endpoint in (row, row, row, other):
        send_test(endpoint=endpoint, actor=world.here.actor, now=datetime.now(UTC))
    WebhookDelivery.objects.update(state="failed", next_at=None)
    entries = AuditEntry.objects.filter(action="webhook.sent_again")
    where, chosen = f"/webhooks-out/{row.public_id}?state=failed", {"action": "again", "all": "1"}
    assert "3 deliveries are sent again" in owner.post(where, chosen).content.decode()
    type(row).objects.filter(pk=row.pk).update(state="disabled", disabled_reason="person")
    owner.post(where, {**chosen, "expected": "3"})
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"failed"}
    type(row).objects.filter(pk=row.pk).update(state="enabled", disabled_reason="")
    done = owner.post(where, {**chosen, "expected": "3"}, follow=True).content.decode()
    assert "3 deliveries are sent again." in done
    states = dict(WebhookDelivery.objects.order_by("pk").values_list("pk", "state"))
    assert list(states.values()) == ["pending", "pending", "pending", "failed"]
    (entry,) = entries
    assert entry.detail["count"] == 3


@pytest.fixture
def lost(world: World, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An endpoint that lost five deliveries, which are very many: two are done in one step."""
    from qafila.events.webhooks import resending
    from qafila.events.webhooks.actions import send_test
    from qafila.events.webhooks.models import WebhookDelivery
    from qafila.web.pages.webhooks import attempts

    monkeypatch.setattr(attempts, "AT_ONCE", 2)
    monkeypatch.setattr(resending, "CHUNK", 2)
    row = made(world)
    for _ in range(5):
        send_test(endpoint=row, actor=world.here.actor, now=datetime.now(UTC))
    WebhookDelivery.objects.update(state="failed", next_at=None)
    return row


def sent(row: Any) -> list[int]:
    """How often each of its deliveries was sent again."""
    from qafila.events.webhooks.models import WebhookDelivery

    return list(WebhookDelivery.objects.filter(endpoint=row).order_by("pk").values_list("claims", flat=True))


def begun(answer: Any) -> Any:
    from qafila.web.models import Change

    change = Change.objects.get()
    assert answer["Location"] == f"/changes/{change.public_id}"
    return change


def test_very_many_are_sent_again_by_a_job_and_none_twice(owner: Client, lost: Any) -> None:
    from qafila.businesses.models import AuditEntry
    from qafila.events.webhooks.models import WebhookDelivery
    from qafila.web.lists import changing

    where = f"/webhooks-out/{lost.public_id}?state=failed"
    change = begun(owner.post(where, {"action": "again", "all": "1", "expected": "5"}))
    assert sent(lost) == [0] * 5
    stops = iter([False, True])
    changing.run(change.pk, now=datetime.now(UTC), is_stopping=lambda: next(stops))
    assert sent(lost) == [1, 1, 0, 0, 0]
    page = owner.get(f"/changes/{change.public_id}").content.decode()
    assert 'value="2" max="5"' in page
    # Before another worker goes on, one of them failed once more: it is among those that match again.
    WebhookDelivery.objects.filter(claims=1).update(state="failed", next_at=None)
    changing.run(change.pk, now=datetime.now(UTC))
    assert sent(lost) == [1] * 5
    assert "5 deliveries are sent again." in owner.get(f"/changes/{change.public_id}").content.decode()
    (entry,) = AuditEntry.objects.filter(action="webhook.sent_again")
    assert entry.detail["count"] == 5


@pytest.mark.parametrize("everything", [False, True])
def test_a_long_span_is_sent_again_by_a_job(owner: Client, world: World, lost: Any, everything: bool) -> None:
    from qafila.events.webhooks.actions import send_test
    from qafila.events.webhooks.models import WebhookDelivery, WebhookMessage
    from qafila.web.lists import changing

    arrived, old = WebhookDelivery.objects.order_by("pk")[1:3]
    WebhookDelivery.objects.filter(pk=arrived.pk).update(state="delivered")
    day_before = datetime.now(UTC) - timedelta(hours=30)
    WebhookMessage.objects.filter(pk=old.message_id).update(at=day_before)
    given = {"span": "24", **({"everything": "on"} if everything else {})}
    change = begun(owner.post(f"/webhooks-out/{lost.public_id}/again", given))
    assert change.total == 3 + everything
    later = send_test(endpoint=lost, actor=world.here.actor, now=datetime.now(UTC))
    WebhookDelivery.objects.filter(pk=later.pk).update(state="failed", next_at=None)
    changing.run(change.pk, now=datetime.now(UTC))
    assert sent(lost) == [1, int(everything), 0, 1, 1, 0]


def test_one_that_is_switched_off_meanwhile_gets_no_more_of_them(owner: Client, lost: Any) -> None:
    from qafila.businesses.models import AuditEntry
    from qafila.web.lists import changing

    change = begun(owner.post(f"/webhooks-out/{lost.public_id}/again", {"span": "24"}))
    stops = iter([False, True])
    changing.run(change.pk, now=datetime.now(UTC), is_stopping=lambda: next(stops))
    owner.post(f"/webhooks-out/{lost.public_id}/switch", {"on": ""})
    changing.run(change.pk, now=datetime.now(UTC))
    assert sent(lost)[2:] == [0, 0, 0]
    page = owner.get(f"/changes/{change.public_id}").content.decode()
    assert "The endpoint is switched off." in page
    (entry,) = AuditEntry.objects.filter(action="bulk_action.given_up")
    assert (entry.detail["count"], entry.detail["asked"]) == (2, 5)


def test_one_that_is_deleted_meanwhile_ends_it(owner: Client, lost: Any) -> None:
    from qafila.web.lists import changing

    change = begun(owner.post(f"/webhooks-out/{lost.public_id}/again", {"span": ""}))
    owner.post(f"/webhooks-out/{lost.public_id}/delete")
    changing.run(change.pk, now=datetime.now(UTC))
    change.refresh_from_db()
    assert change.state == "failed"
    assert owner.get(f"/changes/{change.public_id}").status_code == 404


def test_the_span_is_asked_for_by_its_form_alone(owner: Client, lost: Any) -> None:
    where = f"/webhooks-out/{lost.public_id}"
    assert 'value="again_since"' not in owner.get(where).content.decode()
    body = {"action": "again_since", "all": "1", "expected": "5", "reason": "2000-01-01"}
    assert owner.post(where, body).status_code == 400


def test_the_tabs_are_counted_in_one_statement(
    owner: Client, world: World, django_assert_num_queries: Any
) -> None:
    from qafila.events.webhooks.actions import send_test
    from qafila.events.webhooks.models import DeliveryState, WebhookDelivery
    from qafila.web.lists.query import ListQuery
    from qafila.web.pages.webhooks.attempts import Deliveries

    row = made(world)
    for state in ("failed", "failed", "delivered", "pending"):
        sent = send_test(endpoint=row, actor=world.here.actor, now=datetime.now(UTC))
        WebhookDelivery.objects.filter(pk=sent.pk).update(state=state, next_at=None)
    answer = owner.get(f"/webhooks-out/{row.public_id}?state=failed")
    counts = {"": 4, "failed": 2, "delivered": 1, "pending": 1}
    assert answer.context["counts"] == {**dict.fromkeys(DeliveryState.values, 0), **counts}
    page: Deliveries = answer.context["page"]
    with django_assert_num_queries(1):
        page.counts(page.current, ListQuery(filters={"state": "failed"}))


def test_who_only_reads_sees_no_button(world: World, browser: Callable[..., Client]) -> None:
    row = made(world)
    client = browser(world.here.people["read_only"])
    page = client.get(f"/webhooks-out/{row.public_id}").content.decode()
    assert "Make a new secret" not in page
    assert browser(world.here.people["agent"]).get("/webhooks-out/").status_code == 403


@pytest.mark.parametrize("language", ["ar", "he", "ru"])
def test_the_pages_are_there_in_every_language(owner: Client, world: World, language: str) -> None:
    from qafila.businesses.models import User

    User.objects.filter(pk=world.here.people["owner"].pk).update(language=language)
    row = made(world)
    for where in ("/webhooks-out/", f"/webhooks-out/{row.public_id}", "/alerts/channels"):
        page = owner.get(where)
        assert page.status_code == 200
        assert f'dir="{"ltr" if language == "ru" else "rtl"}"' in page.content.decode()


def test_an_alert_is_muted_on_its_page_and_ended_again(owner: Client, world: World) -> None:
    from qafila.alerts.actions import raise_alert
    from qafila.alerts.models import Level, Mute

    alert = raise_alert(
        "sender_stopped",
        business_id=world.here.business.pk,
        level=Level.CRITICAL,
        params={"sender": "Shop", "reason": "cloud_api.190"},
        subject=("sender", str(world.here.sender.public_id)),
        now=datetime.now(UTC),
    )
    assert f"/alerts/{alert.public_id}/mute" in owner.get("/alerts/").content.decode()
    assert "8 hours" in owner.get(f"/alerts/{alert.public_id}/mute").content.decode()
    after = owner.post(f"/alerts/{alert.public_id}/mute", {"span": "8"}, follow=True)
    assert after.context["counts"] == {"": 0, "open": 0, "muted": 1, "all": 1}
    assert owner.get("/live/badge").json()["alerts"] == 0
    until = Mute.objects.get().until
    assert until is not None
    assert timedelta(hours=7, minutes=50) < until - datetime.now(UTC) < timedelta(hours=8)
    page = owner.get("/alerts/channels").content.decode()
    assert f"/alerts/mutes/{Mute.objects.get().public_id}/end" in page
    owner.post(f"/alerts/mutes/{Mute.objects.get().public_id}/end")
    assert owner.get("/live/badge").json()["alerts"] == 1


def test_a_person_chooses_their_e_mails_and_is_told_when_none_can_be_sent(
    owner: Client, world: World
) -> None:
    from qafila.alerts.models import MailChoice

    page = owner.get("/alerts/channels").content.decode()
    assert "EMAIL_HOST" in page
    assert owner.post("/alerts/channels", {"least": "warning", "hourly": "1"}).status_code == 302
    choice = MailChoice.objects.get(user=world.here.people["owner"])
    assert (choice.least, choice.hourly) == ("warning", True)
    assert owner.post("/alerts/channels", {"least": "loud"}).status_code == 200
    assert MailChoice.objects.get().least == "warning"
