"""A caller of the API: keys of two businesses, and requests in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import django
import pytest
from django.test import Client

django.setup()  # this file is read before pytest-django does it, and names models

from qafila.api import caller
from qafila.businesses.actions import create_api_key
from qafila.businesses.actor import Actor, command_actor
from qafila.businesses.models import Business
from qafila.campaigns.models import Campaign
from qafila.ledger.states import State
from qafila.senders.models import Sender


@dataclass(frozen=True)
class Answer:
    """A response, read to its end."""

    status_code: int
    headers: Any
    content: bytes

    def json(self) -> Any:
        return json.loads(self.content)


class Caller:
    """A program with a key."""

    def __init__(self, key: str | None) -> None:
        self.key = key
        self.client = Client(raise_request_exception=False)

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        raw: bytes | None = None,
        content_type: str = "application/json",
        **headers: str,
    ) -> Answer:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.key is not None and "Authorization" not in given and "X-API-Key" not in given:
            given["Authorization"] = f"Bearer {self.key}"
        data = raw if raw is not None else json.dumps(body).encode() if body is not None else b""
        response: Any = self.client.generic(method, path, data, content_type=content_type, headers=given)
        content = b"".join(response.streaming_content) if response.streaming else response.content
        return Answer(response.status_code, response.headers, content)

    def get(self, path: str, **headers: str) -> Answer:
        return self("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self("POST", path, body, **headers)


@pytest.fixture(autouse=True)
def _forget_noted_keys() -> None:
    caller._noted.clear()


@pytest.fixture
def key_for(db: None) -> Callable[..., Caller]:
    """Makes a caller with a key of these rights in a business."""

    def make(business: Business, *scopes: str) -> Caller:
        _, full = create_api_key(
            business=business,
            name="tests",
            scopes=scopes or ("*",),
            actor=command_actor(business),
            now=datetime.now(UTC),
        )
        return Caller(full)

    return make


@pytest.fixture
def call(key_for: Callable[..., Caller], business: Business) -> Caller:
    """A caller with every right in :func:`business`."""
    return key_for(business)


@pytest.fixture
def stranger(key_for: Callable[..., Caller], other_business: Business) -> Caller:
    """A caller with every right, in another business."""
    return key_for(other_business)


@pytest.fixture
def nobody() -> Caller:
    """A caller without a key."""
    return Caller(None)


@pytest.fixture
def posted(call: Caller, phone_linked_sender: Sender) -> Callable[..., dict[str, Any]]:
    """Posts a contract of ``count`` good rows from the phone-linked number, or of the rows given."""

    def post(
        count: int = 3, *, rows: list[Any] | None = None, name: str = "March", **fields: Any
    ) -> dict[str, Any]:
        recipients = rows or [
            {"phoneNumber": f"7999{1000000 + n}", "message": f"Hello {n}"} for n in range(count)
        ]
        answer = call.post(
            "/api/contracts",
            {
                "accountId": str(phone_linked_sender.public_id),
                "name": name,
                "recipients": recipients,
                **fields,
            },
        )
        assert answer.status_code == 201, answer.content
        made: dict[str, Any] = answer.json()
        return made

    return post


@pytest.fixture
def somebody(owner_actor: Actor) -> Actor:
    """The owner, for actions."""
    return owner_actor


@pytest.fixture
def become() -> Callable[..., None]:
    """Puts messages of a contract into a state, counters and all, as the engine would have: ``become(id, rows, state)``."""
    from django.db import connection

    def put(contract: str, rows: list[int], state: State, **columns: Any) -> None:
        batch = Campaign.objects.get(public_id=contract).batch_id
        now = datetime.now(UTC)
        values: dict[str, Any] = {"state": int(state), "due_at": None, "tries": 1, "attempt": 1}
        if state in (State.SENT, State.DELIVERED, State.READ):
            values["sent_at"] = now
        elif state is State.UNCERTAIN:
            values["uncertain_at"] = now
        else:
            values["failed_at"] = now
        values |= columns
        settings = ", ".join(f"{name} = %s" for name in values)
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE ledger_message SET {settings} WHERE batch_id = %s AND row_number = ANY (%s)",
                [*values.values(), batch, rows],
            )
            assert cursor.rowcount == len(rows)
            cursor.execute(
                f"INSERT INTO ledger_batchsender AS c (batch_id, sender_id, {state.word}) VALUES (%s, 0, %s)"
                f" ON CONFLICT (batch_id, sender_id) DO UPDATE SET {state.word} = c.{state.word} + excluded.{state.word}",
                [batch, len(rows)],
            )

    return put
