"""The tenancy matrix (promise 34): every route x ids of another business. A route without a row fails."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from qafila.alerts.actions import raise_alert
from qafila.alerts.models import Level
from qafila.contacts.models import Contact
from qafila.inbox.models import Ticket
from qafila.kit.ids import new_public_id
from qafila.ledger.states import State
from qafila.senders.direction_models import Direction
from qafila.senders.models import ProviderAccount, Sender
from tests.api.routes_of_the_api import routes

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Ids:
    """Ids of things that a caller may name."""

    contract: str
    account: str
    provider: str
    message: str
    alert: str
    business: str
    direction: str
    package: str = ""
    opened: str = ""
    endpoint: str = ""
    delivery: str = ""
    ticket: str = ""
    person: str = ""


Attempt = tuple[str, Any] | tuple[str, Any, str]
"""Path with its query, body, content type."""

CSV = b"phone,message\n79991234567,hello\n"
GOOD_ROW = [{"phoneNumber": "79991234567", "message": "x"}]

MATRIX: dict[str, Callable[[Ids], list[Attempt]] | None] = {
    # None: the route names nothing; test_lists_and_figures_show_only_the_own covers it.
    "GET /api/accounts": None,
    "GET /api/provider-accounts/kinds": None,
    "POST /api/provider-accounts": lambda i: [
        (
            "",
            {
                "kind": "waha",
                "name": "x",
                "accountId": i.account,
                "fields": {"base_url": "https://waha.example.com", "api_key": "k", "session": "s"},
            },
        )
    ],
    "GET /api/queues/status": None,
    "GET /api/contracts": lambda i: [
        (f"?accountId={i.account}", None),
        (f"?accountId={i.account}&status=PENDING", None),
    ],
    "POST /api/contracts": lambda i: [("", {"accountId": i.account, "name": "x", "recipients": GOOD_ROW})],
    "POST /api/contracts/upload": lambda i: [(f"?accountId={i.account}&name=x", CSV, "text/csv")],
    "GET /api/contracts/{contract_id}": lambda i: [("", None)],
    "DELETE /api/contracts/{contract_id}": lambda i: [("", None)],
    "POST /api/contracts/{contract_id}/start": lambda i: [
        ("", None),
        ("?confirm=true", {"confirmDuplicate": True}),
    ],
    "POST /api/contracts/{contract_id}/resume": lambda i: [("", None)],
    "POST /api/contracts/{contract_id}/pause": lambda i: [("", None)],
    "POST /api/contracts/{contract_id}/recipients": lambda i: [
        ("", {"recipients": [{"phoneNumber": "79991234567", "message": "x"}]})
    ],
    "POST /api/contracts/{contract_id}/retry-failed": lambda i: [("", None)],
    "POST /api/contracts/{contract_id}/clear-failed": lambda i: [("", None)],
    "POST /api/contracts/{contract_id}/archive": lambda i: [("", None)],
    "POST /api/contracts/{contract_id}/unarchive": lambda i: [("", None)],
    "GET /api/contracts/{contract_id}/forecast": lambda i: [("", None)],
    "GET /api/contracts/{contract_id}/stats": lambda i: [
        ("", None),
        ("?limit=1", None),
        (f"?after={i.message}", None),
    ],
    "GET /api/contracts/{contract_id}/messages": lambda i: [("", None), ("?state=uncertain", None)],
    "GET /api/contracts/{contract_id}/rejected": lambda i: [("", None), ("?format=csv", None)],
    "POST /api/accounts": lambda i: [
        ("", {"name": "x", "phoneNumber": "+201000000077", "providerAccountId": i.provider})
    ],
    "GET /api/accounts/{account_id}": lambda i: [("", None)],
    "PUT /api/accounts/{account_id}": lambda i: [
        ("", {"useLimits": False}),
        ("", {"defaultTemplate": {"name": "t", "language": "en"}}),
        ("", {}),
    ],
    "GET /api/accounts/{account_id}/templates": lambda i: [("", None)],
    "POST /api/accounts/{account_id}/templates/sync": lambda i: [("", None)],
    "POST /api/accounts/{account_id}/pause": lambda i: [("", None)],
    "POST /api/accounts/{account_id}/log-out": lambda i: [("", None)],
    "POST /api/accounts/{account_id}/resume": lambda i: [("", None)],
    "PUT /api/accounts/{account_id}/provider": lambda i: [
        ("", {"token": "stolen"}),
        ("", {"appSecret": "stolen", "endFormerAppSecret": True}),
        ("", {}),
    ],
    "GET /api/whatsapp-numbers": lambda i: [(f"?userAccountId={i.business}", None)],
    "POST /api/whatsapp-numbers": lambda i: [
        ("", {"userAccountId": i.business, "phone_number": "+201000000078"})
    ],
    "PUT /api/whatsapp-numbers/{number_id}": lambda i: [
        ("", {"label": "stolen"}),
        ("", {"is_active": True}),
        ("", {}),
    ],
    "DELETE /api/whatsapp-numbers/{number_id}": lambda i: [("", None)],
    "POST /api/whatsapp-numbers/{number_id}/validate": lambda i: [("", None)],
    "GET /api/whatsapp-numbers/{number_id}/history": lambda i: [("", None), ("?limit=1", None)],
    "GET /api/whatsapp-numbers/{number_id}/stats": lambda i: [("", None)],
    "GET /api/directions": lambda i: [(f"?userAccountId={i.business}", None)],
    "POST /api/directions": lambda i: [
        ("", {"name": "x", "whatsapp_phone_number_id": i.account}),
        ("", {"name": "y", "userAccountId": i.business}),
    ],
    "PUT /api/directions/{direction_id}": lambda i: [("", {"name": "stolen"}), ("", {})],
    "GET /api/directions/{direction_id}/resolve": lambda i: [("", None)],
    "DELETE /api/directions/{direction_id}": lambda i: [("", None)],
    "PUT /api/contracts/{contract_id}": lambda i: [
        ("", {"packageId": i.package}),
        ("", {"accountId": i.account}),
    ],
    "GET /api/v1/packages": None,
    "POST /api/v1/packages": None,
    "GET /api/v1/packages/{package_id}": lambda i: [("", None)],
    "PUT /api/v1/packages/{package_id}": lambda i: [("", {"name": "stolen"}), ("", {})],
    "PATCH /api/v1/packages/{package_id}": lambda i: [("", {"auto_pause_on_failures": True})],
    "DELETE /api/v1/packages/{package_id}": lambda i: [("", None)],
    "POST /api/v1/packages/{package_id}/pause": lambda i: [("", None), ("", {"reason": "x"})],
    "POST /api/v1/packages/{package_id}/resume": lambda i: [("", None)],
    "GET /api/v1/packages/{package_id}/profiles": lambda i: [("", None)],
    "POST /api/v1/packages/{package_id}/profiles": lambda i: [("", {"profile_id": i.account})],
    "PUT /api/v1/packages/{package_id}/profiles/{profile_id}": lambda i: [("", {"weight": 7})],
    "DELETE /api/v1/packages/{package_id}/profiles/{profile_id}": lambda i: [("", None)],
    "POST /api/v1/packages/{package_id}/profiles/{profile_id}/pause": lambda i: [("", None)],
    "POST /api/v1/packages/{package_id}/profiles/{profile_id}/resume": lambda i: [("", None)],
    "POST /api/v1/packages/{package_id}/messages/open": lambda i: [
        ("", {"message_type": "text", "content": "x", "recipients": ["+79991234567"]})
    ],
    "POST /api/accounts/{account_id}/messages/open": lambda i: [
        ("", {"content": "x", "recipients": ["+79991234567"]})
    ],
    "POST /api/directions/{direction_id}/messages/open": lambda i: [
        ("", {"content": "x", "recipients": ["+79991234567"]})
    ],
    "GET /api/v1/messages/open": lambda i: [(f"?package_id={i.package}", None)],
    "GET /api/v1/messages/open/{open_id}": lambda i: [("", None)],
    "POST /api/v1/messages/open/{open_id}/resume": lambda i: [("", None)],
    "POST /api/v1/messages/open/{open_id}/cancel": lambda i: [("", None)],
    "GET /api/v1/webhook-endpoints": None,
    "POST /api/v1/webhook-endpoints": None,
    "GET /api/v1/webhook-endpoints/{endpoint_id}": lambda i: [("", None)],
    "PUT /api/v1/webhook-endpoints/{endpoint_id}": lambda i: [("", {"description": "stolen"}), ("", {})],
    "DELETE /api/v1/webhook-endpoints/{endpoint_id}": lambda i: [("", None)],
    "POST /api/v1/webhook-endpoints/{endpoint_id}/enable": lambda i: [("", None)],
    "POST /api/v1/webhook-endpoints/{endpoint_id}/disable": lambda i: [("", None)],
    "POST /api/v1/webhook-endpoints/{endpoint_id}/rotate-secret": lambda i: [("", None)],
    "POST /api/v1/webhook-endpoints/{endpoint_id}/test": lambda i: [("", None)],
    "POST /api/v1/webhook-endpoints/{endpoint_id}/deliveries/{delivery_id}/resend": lambda i: [("", None)],
    "POST /api/v1/webhook-endpoints/{endpoint_id}/resend": lambda i: [
        ("", {"since": "2026-01-01T00:00:00Z"})
    ],
    "GET /api/v1/webhook-endpoints/{endpoint_id}/deliveries": lambda i: [("", None), ("?state=failed", None)],
    "GET /api/v1/webhook-endpoints/{endpoint_id}/deliveries/{delivery_id}": lambda i: [("", None)],
    "GET /api/v1/tickets": lambda i: [
        (f"?directionId={i.direction}", None),
        (f"?contactId={i.person}", None),
    ],
    "GET /api/v1/tickets/{ticket_id}": lambda i: [("", None)],
    "POST /api/v1/tickets/{ticket_id}/transfer": lambda i: [
        ("", {"directionId": None}),
        ("", {"directionId": i.direction}),
    ],
    "POST /api/v1/tickets/{ticket_id}/close": lambda i: [("", None)],
    "GET /api/alerts": None,
    "POST /api/alerts/read-all": None,
    "POST /api/alerts/{alert_id}/read": lambda i: [("", None)],
    "POST /api/alerts/{alert_id}/mute": lambda i: [("", {}), ("", {"minutes": 5, "wholeCode": True})],
    "POST /api/alerts/{alert_id}/unmute": lambda i: [("", None)],
    "DELETE /api/alerts/{alert_id}": lambda i: [("", None)],
    "GET /api/messages/{message_id}": lambda i: [("", None)],
    "POST /api/messages/{message_id}/resolve": lambda i: [("", {"as": "sent"}), ("", {"as": "resend"})],
    "POST /api/messages/resolve": lambda i: [
        ("", {"as": "sent", "contractId": i.contract}),
        ("", {"as": "resend", "ids": [i.message]}),
    ],
}
WATCHED = (
    "campaigns_campaign",
    "ledger_batch",
    "ledger_message",
    "senders_sender",
    "senders_direction",
    "senders_package",
    "senders_packagemember",
    "senders_provideraccount",
    "senders_accounthealth",
    "alerts_alert",
    "alerts_mute",
    "inbox_ticket",
    "inbox_ticketmessage",
    "events_webhookendpoint",
    "events_webhookdelivery",
    "businesses_auditentry",
)


@pytest.fixture
def foreign(
    posted: Callable[..., dict[str, Any]],
    become: Any,
    call: Any,
    phone_linked_sender: Sender,
    provider_account: ProviderAccount,
) -> Ids:
    """Things of the business that the stranger must not see."""
    contract = posted(3, name="Secret name")["id"]
    become(contract, [1], State.UNCERTAIN)
    message = call.get(f"/api/contracts/{contract}/messages").json()["messages"][0]["id"]
    alert = raise_alert(
        "sender_stopped",
        business_id=phone_linked_sender.business_id,
        level=Level.CRITICAL,
        params={"sender": "Secret name"},
        subject=("sender", str(phone_linked_sender.public_id)),
        now=datetime.now(UTC),
    )
    direction = Direction.objects.create(
        business=phone_linked_sender.business, name="Secret name", sender=phone_linked_sender
    )
    return Ids(
        contract,
        str(phone_linked_sender.public_id),
        str(provider_account.public_id),
        message,
        str(alert.public_id),
        str(phone_linked_sender.business.public_id),
        str(direction.public_id),
        *_package_and_open_message(call, str(phone_linked_sender.public_id)),
        *_endpoint_and_delivery(call),
        *_ticket_and_person(direction, phone_linked_sender),
    )


def _endpoint_and_delivery(call: Any) -> tuple[str, str]:
    given = {"url": "https://93.184.216.34/hook", "description": "Secret name"}
    endpoint = call.post("/api/v1/webhook-endpoints", given).json()["id"]
    return endpoint, call.post(f"/api/v1/webhook-endpoints/{endpoint}/test").json()["id"]


def _ticket_and_person(direction: Direction, number: Sender) -> tuple[str, str]:
    now, business = datetime.now(UTC), number.business
    person = Contact.objects.create(business=business, name="Secret name")
    ticket = Ticket.objects.create(
        business=business,
        contact=person,
        direction=direction,
        senders=[number.pk],
        opened_at=now,
        last_inbound_at=now,
    )
    return str(ticket.public_id), str(person.public_id)


def _package_and_open_message(call: Any, account: str) -> tuple[str, str]:
    package = call.post("/api/v1/packages", {"name": "Secret name"}).json()["id"]
    call.post(f"/api/v1/packages/{package}/profiles", {"profile_id": account})
    opened = call.post(
        f"/api/v1/packages/{package}/messages/open",
        {"message_type": "text", "content": "Secret words", "recipients": ["+79991000077"]},
    )
    return package, opened.json()["id"]


@pytest.fixture
def unknown() -> Ids:
    """Ids in the right form that nothing has."""
    return Ids(
        new_public_id("contract"),
        str(uuid.uuid4()),
        str(uuid.uuid4()),
        "999999999",
        str(uuid.uuid4()),
        *_two(),
        str(uuid.uuid4()),
        new_public_id("open"),
        *_two(),
        *_two(),
    )


def _two() -> tuple[str, str]:
    return str(uuid.uuid4()), str(uuid.uuid4())


def _rows(table: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT t::text FROM {table} t ORDER BY 1")
        return cursor.fetchall()


def _do(caller: Any, route: str, attempt: Attempt, ids: Ids) -> tuple[int, Any]:
    method, path = route.split(" ")
    address = path.format(
        contract_id=ids.contract,
        account_id=ids.account,
        message_id=ids.message,
        alert_id=ids.alert,
        number_id=ids.account,
        direction_id=ids.direction,
        package_id=ids.package,
        profile_id=ids.account,
        open_id=ids.opened,
        endpoint_id=ids.endpoint,
        delivery_id=ids.delivery,
        ticket_id=ids.ticket,
    )
    if len(attempt) == 3:
        answer = caller(method, address + attempt[0], raw=attempt[1], content_type=attempt[2])
    else:
        answer = caller(method, address + attempt[0], attempt[1])
    said = answer.json()
    said.get("error", {}).pop("requestId", None)
    return answer.status_code, said


def test_every_route_has_a_row() -> None:
    assert set(routes()) == set(MATRIX)


@pytest.mark.parametrize("route", sorted(name for name, row in MATRIX.items() if row))
def test_a_foreign_id_is_answered_as_one_that_there_is_not(
    route: str, foreign: Ids, unknown: Ids, stranger: Any
) -> None:
    row = MATRIX[route]
    assert row is not None
    before = {table: _rows(table) for table in WATCHED}
    for theirs, nobodys in zip(row(foreign), row(unknown), strict=True):
        status, said = _do(stranger, route, theirs, foreign)
        assert (status, said) == _do(stranger, route, nobodys, unknown)
        assert status == 404, said
        text = str(said)
        assert not any(value in text for value in ("Secret", "7999", foreign.contract, foreign.account))
    assert {table: _rows(table) for table in WATCHED} == before


@pytest.mark.parametrize("route", sorted(name for name, row in MATRIX.items() if row))
def test_the_owner_gets_no_404_for_the_same(route: str, foreign: Ids, call: Any) -> None:
    row = MATRIX[route]
    assert row is not None
    for attempt in row(foreign):
        status, said = (404, None) if not attempt else _do_any(call, route, attempt, foreign)
        assert status != 404, said
        if route.startswith("DELETE"):
            break


def _do_any(caller: Any, route: str, attempt: Attempt, ids: Ids) -> tuple[int, Any]:
    if "format=csv" in attempt[0]:
        return caller("GET", f"/api/contracts/{ids.contract}/rejected?format=csv").status_code, None
    return _do(caller, route, attempt, ids)


def test_one_foreign_message_among_own_ones_refuses_all(
    foreign: Ids, key_for: Any, other_business: Any, stranger: Any, call: Any
) -> None:
    answer = stranger.post("/api/messages/resolve", {"as": "sent", "ids": [foreign.message]})
    assert answer.status_code == 404
    assert call.get(f"/api/messages/{foreign.message}").json()["state"] == "uncertain"


def test_lists_and_figures_show_only_the_own(foreign: Ids, stranger: Any) -> None:
    assert stranger.get("/api/accounts").json() == {"accounts": []}
    for state in ("unread", "open", "all"):
        seen = stranger.get(f"/api/alerts?state={state}").json()
        assert seen == {"alerts": [], "unread": 0, "nextAfter": None}
    assert stranger.get(f"/api/alerts?after={foreign.alert}").json()["error"]["code"] == "invalid_cursor"
    assert stranger.post("/api/alerts/read-all").json() == {"marked": 0}
    assert stranger.get("/api/v1/packages").json() == {"packages": []}
    for query in ("", "?state=all", "?directionId=none"):
        seen = stranger.get(f"/api/v1/tickets{query}").json()
        assert seen == {"tickets": [], "open": 0, "nextAfter": None}
    assert stranger.get(f"/api/v1/tickets?after={foreign.ticket}").json()["error"]["code"] == "invalid_cursor"
    assert stranger.get("/api/v1/messages/open").json() == {"messages": [], "next_after": None}
    assert stranger.get("/api/contracts").json() == {"contracts": [], "nextAfter": None}
    status = stranger.get("/api/queues/status").json()
    assert not any(count for part in status.values() for count in part.values())
    after = stranger.get(f"/api/contracts?after={foreign.contract}")
    assert (after.status_code, after.json()["error"]["code"]) == (422, "invalid_cursor")


@pytest.mark.parametrize(
    "text", ["", "x", "contract_", "1e5", "-1", "٣", "9" * 30, "%00", "a%2Fb", "contract_" + "é" * 22]
)
def test_nonsense_for_an_id_is_404_too(call: Any, text: str) -> None:
    for path in (f"/api/contracts/{text}", f"/api/accounts/{text}", f"/api/messages/{text}"):
        if text or path.count("/") > 3:
            assert call.get(path).status_code == 404
