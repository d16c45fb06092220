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
from qafila.kit.ids import new_public_id
from qafila.ledger.states import State
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


Attempt = tuple[str, Any] | tuple[str, Any, str]
"""Path with its query, body, content type."""

CSV = b"phone,message\n79991234567,hello\n"
GOOD_ROW = [{"phoneNumber": "79991234567", "message": "x"}]

MATRIX: dict[str, Callable[[Ids], list[Attempt]] | None] = {
    # None: the route names nothing; test_lists_and_figures_show_only_the_own covers it.
    "GET /api/accounts": None,
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
    "POST /api/contracts/{contract_id}/pause": lambda i: [("", None)],
    "POST /api/contracts/{contract_id}/retry-failed": lambda i: [("", None)],
    "POST /api/contracts/{contract_id}/clear-failed": lambda i: [("", None)],
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
    "POST /api/accounts/{account_id}/resume": lambda i: [("", None)],
    "PUT /api/accounts/{account_id}/provider": lambda i: [
        ("", {"token": "stolen"}),
        ("", {"appSecret": "stolen", "endFormerAppSecret": True}),
        ("", {}),
    ],
    "GET /api/alerts": None,
    "POST /api/alerts/read-all": None,
    "POST /api/alerts/{alert_id}/read": lambda i: [("", None)],
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
    "senders_provideraccount",
    "senders_accounthealth",
    "alerts_alert",
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
    return Ids(
        contract,
        str(phone_linked_sender.public_id),
        str(provider_account.public_id),
        message,
        str(alert.public_id),
    )


@pytest.fixture
def unknown() -> Ids:
    """Ids in the right form that nothing has."""
    return Ids(
        new_public_id("contract"), str(uuid.uuid4()), str(uuid.uuid4()), "999999999", str(uuid.uuid4())
    )


def _rows(table: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT t::text FROM {table} t ORDER BY 1")
        return cursor.fetchall()


def _do(caller: Any, route: str, attempt: Attempt, ids: Ids) -> tuple[int, Any]:
    method, path = route.split(" ")
    address = path.format(
        contract_id=ids.contract, account_id=ids.account, message_id=ids.message, alert_id=ids.alert
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
