"""Webhook endpoints over the API: added with a secret shown once, changed, tested, switched, sent again."""

from __future__ import annotations

from typing import Any

import pytest

from qafila.events.webhooks.models import DeliveryState, WebhookDelivery

pytestmark = pytest.mark.django_db
PATH = "/api/v1/webhook-endpoints"
URL = "https://93.184.216.34/hook"


@pytest.fixture
def made(call: Any) -> dict[str, Any]:
    """A new endpoint."""
    answer = call.post(PATH, {"url": URL, "eventTypes": ["campaign.finished", "alert.raised"]})
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()
    return found


def test_the_secret_is_shown_once(call: Any, made: dict[str, Any]) -> None:
    assert made["secret"].startswith("whsec_")
    assert made["state"] == "enabled"
    seen = [call.get(PATH), call.get(f"{PATH}/{made['id']}")]
    assert all(made["secret"].encode() not in answer.content for answer in seen)
    replaced = call.post(f"{PATH}/{made['id']}/rotate-secret").json()
    assert replaced["secret"].startswith("whsec_")
    assert replaced["secret"] != made["secret"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"url": "http://127.0.0.1/x"}, "webhook_address_forbidden"),
        ({"url": "http://169.254.169.254/latest"}, "webhook_address_forbidden"),
        ({"url": "http://0x7f.1/"}, "webhook_address_forbidden"),
        ({"url": "http://localhost./"}, "webhook_address_forbidden"),
        ({"url": "ftp://example.com/"}, "webhook_url_scheme"),
        ({"url": "https://me:pass@example.com/"}, "webhook_url_userinfo"),
        ({"url": "https://example.com:25/"}, "webhook_port_forbidden"),
        ({"url": "https://exa mple.com/"}, "webhook_url_unreadable"),
        ({"url": URL, "eventTypes": ["no.such"]}, "webhook_type_unknown"),
    ],
)
def test_what_cannot_be_called_is_refused_at_once(call: Any, given: dict[str, Any], code: str) -> None:
    answer = call.post(PATH, given)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
    assert answer.json()["error"]["step"]
    assert call.get(PATH).json() == {"endpoints": []}


def test_it_is_changed_switched_and_deleted(call: Any, made: dict[str, Any]) -> None:
    where = f"{PATH}/{made['id']}"
    changed = call("PUT", where, {"description": "Shop", "withContents": True}).json()
    assert (changed["description"], changed["withContents"], changed["url"]) == ("Shop", True, URL)
    assert call.post(f"{where}/disable").json()["changed"] is True
    assert call.post(f"{where}/disable").json()["changed"] is False
    assert call.get(where).json()["disabledReason"] == "person"
    refused = call.post(f"{where}/test")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "webhook_endpoint_is_off")
    assert call.post(f"{where}/enable").json()["changed"] is True
    assert call("DELETE", where).status_code == 200
    assert call.get(where).status_code == 404


def test_deliveries_are_seen_and_sent_again(call: Any, made: dict[str, Any]) -> None:
    where = f"{PATH}/{made['id']}"
    first, second = (call.post(f"{where}/test").json() for _ in range(2))
    assert first["type"] == "webhook.test"
    assert first["state"] == "pending"
    WebhookDelivery.objects.update(state=DeliveryState.FAILED, next_at=None, tries=11)
    assert call.get(where).json()["notDelivered"] == 2
    page = call.get(f"{where}/deliveries?limit=1").json()
    assert [one["id"] for one in page["deliveries"]] == [second["id"]]
    rest = call.get(f"{where}/deliveries?limit=5&after={page['nextAfter']}").json()
    assert [one["id"] for one in rest["deliveries"]] == [first["id"]]
    seen = call.get(f"{where}/deliveries/{first['id']}").json()
    assert seen["payload"]["type"] == "webhook.test"
    assert seen["messageId"] == first["messageId"]
    assert call.post(f"{where}/deliveries/{first['id']}/resend").json() == {"count": 1}
    assert call.get(f"{where}/deliveries?state=pending").json()["deliveries"][0]["tries"] == 0
    again = call.post(f"{where}/resend", {"since": "2020-01-01T00:00:00Z"})
    assert again.json() == {"count": 1}, "only what did not arrive"
    everything = call.post(f"{where}/resend", {"since": "2020-01-01T00:00:00+02:00", "alsoDelivered": True})
    assert everything.json() == {"count": 2}
    naive = call.post(f"{where}/resend", {"since": "2020-01-01T00:00:00"})
    assert naive.status_code == 422


@pytest.mark.parametrize(
    ("since", "status"),
    [
        ("2020-01-01T00:00:00+23:59", 200),
        ("2020-01-01T00:00:00-23:59", 200),
        ("0001-01-01T00:00:00Z", 200),
        ("0001-01-01T00:00:00+18:43", 422),
        ("9999-12-31T23:59:59-23:59", 422),
    ],
)
def test_a_moment_on_any_clock_is_taken_or_refused(
    call: Any, made: dict[str, Any], since: str, status: int
) -> None:
    """PostgreSQL itself takes no offset of sixteen hours and more."""
    answer = call.post(f"{PATH}/{made['id']}/resend", {"since": since, "until": "2020-01-03T00:00:00-23:59"})
    assert answer.status_code == status
