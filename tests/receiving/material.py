"""What tests of `receiving` are made of: webhooks as Meta writes them, messages in any state, the books that must balance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.db import connection

from qafila.businesses.models import Business
from qafila.ledger import attempt_ids
from qafila.ledger.models import Attempt, Batch, Installation, Message
from qafila.ledger.states import BatchState, State, Target
from qafila.senders.models import ProviderAccount, Sender

STATES = ("sending", "uncertain", "sent", "failed", "delivered", "read", "skipped", "cancelled")


def metadata(sender: Sender) -> dict[str, str]:
    """As Meta names the number in each webhook."""
    return {"display_phone_number": sender.phone.lstrip("+"), "phone_number_id": sender.ref}


def webhook(value: Mapping[str, Any], *, field: str = "messages", account: str = "100000000000001") -> bytes:
    """A webhook of Meta's with one change."""
    entry = {"id": account, "changes": [{"field": field, "value": value}]}
    return orjson.dumps({"object": "whatsapp_business_account", "entry": [entry]})


def status(
    provider_id: str,
    word: str,
    at: datetime,
    *,
    attempt_id: str | None = None,
    code: int | None = None,
    to: str = "201000000100",
) -> dict[str, Any]:
    """One receipt as Meta writes it."""
    made: dict[str, Any] = {
        "id": provider_id,
        "status": word,
        "timestamp": str(int(at.timestamp())),
        "recipient_id": to,
    }
    if attempt_id is not None:
        made["biz_opaque_callback_data"] = attempt_id
    if code is not None:
        made["errors"] = [{"code": code, "title": "Said by Meta"}]
    return made


def receipts(sender: Sender, *statuses: Mapping[str, Any]) -> bytes:
    """A webhook of receipts."""
    return webhook(
        {"messaging_product": "whatsapp", "metadata": metadata(sender), "statuses": list(statuses)}
    )


def said(
    sender: Sender, text: str, at: datetime, *, wamid: str, by: str = "201000000100", user_id: str = "EG.1"
) -> bytes:
    """A webhook with one text of a person."""
    return webhook(
        {
            "messaging_product": "whatsapp",
            "metadata": metadata(sender),
            "contacts": [{"profile": {"name": "Nour"}, "wa_id": by, "user_id": user_id}],
            "messages": [
                {
                    "from": by,
                    "id": wamid,
                    "timestamp": str(int(at.timestamp())),
                    "type": "text",
                    "text": {"body": text},
                }
            ],
        }
    )


def store(account: ProviderAccount, body: bytes, at: datetime) -> int:
    """Puts a webhook where the intake would; its id."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO receiving_rawwebhook (received_at, provider_account_id, business_id, body)"
            " VALUES (%s, %s, %s, %s) RETURNING id",
            (at, account.pk, account.business_id, body),
        )
        return int(cursor.fetchone()[0])


def days() -> list[str]:
    """The partitions of the raw webhooks, but for the default one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
            "WHERE i.inhparent = 'receiving_rawwebhook'::regclass AND c.relname !~ 'default' ORDER BY 1"
        )
        return [name for (name,) in cursor.fetchall()]


@dataclass
class Books:
    """Makes messages in any state with their attempts and counters, and compares counters with rows."""

    business: Business
    sender: Sender
    now: datetime
    _key: str = ""

    def batch(self, total: int) -> Batch:
        """A flowing batch."""
        return Batch.objects.create(
            business=self.business,
            state=BatchState.FLOWING,
            target_kind=Target.SENDER,
            target_id=self.sender.pk,
            content={"kind": "text"},
            total=total,
            created_at=self.now,
        )

    def messages(
        self,
        state: State,
        *,
        count: int = 1,
        outcome: str | None = None,
        provider_ids: bool = False,
        attempts: int = 1,
        batch: Batch | None = None,
    ) -> list[Message]:
        """Messages with begun attempts, as the engine leaves them."""
        batch = batch or self.batch(count)
        began = self.now - timedelta(minutes=1)
        made = Message.objects.bulk_create(
            Message(
                business_id=self.business.pk,
                batch_id=batch.pk,
                sender_id=0 if state is State.QUEUED else self.sender.pk,
                state=state,
                attempt=attempts,
                tries=attempts,
                contact_id=None,
                address=f"2010000{100_000 + place}",
                body="Hello",
                created_at=began,
                claimed_at=began,
                due_at=began if state is State.QUEUED else None,
                claimed_by=self.sender.pk if state is State.SENDING else None,
                uncertain_at=began if state is State.UNCERTAIN else None,
                sent_at=began if state is State.SENT else None,
                failed_at=began if state in (State.FAILED, State.SKIPPED, State.CANCELLED) else None,
            )
            for place in range(count)
        )
        if provider_ids:
            for message in made:
                message.provider_id = f"wamid.{message.pk}"
            Message.objects.bulk_update(made, ["provider_id"])
        Attempt.objects.bulk_create(
            Attempt(
                message_id=message.pk,
                number=number,
                sender_id=self.sender.pk,
                worker_id=1,
                epoch=1,
                began_at=began,
                outcome=outcome,
            )
            for message in made
            for number in range(1, attempts + 1)
        )
        self.count_anew(batch)
        return made

    def count_anew(self, batch: Batch) -> None:
        """Sets the counters to what the rows say."""
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM ledger_batchsender WHERE batch_id = %s", [batch.pk])
            cursor.execute(
                f"INSERT INTO ledger_batchsender (batch_id, sender_id, {', '.join(STATES)}) "
                f"SELECT batch_id, CASE WHEN state = 9 THEN 0 ELSE sender_id END AS s, {', '.join(self._counts())} "
                "FROM ledger_message WHERE batch_id = %s AND state BETWEEN 2 AND 9 GROUP BY batch_id, s",
                [batch.pk],
            )

    def attempt_id(self, message: Message, number: int = 1) -> str:
        """As it travels to the provider."""
        if not self._key:
            self._key = Installation.objects.get(pk=1).key
        return attempt_ids.make(self._key, message.pk, number)

    def check(self) -> None:
        """Every counter equals its rows."""
        names = ", ".join(STATES)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT batch_id, CASE WHEN state = 9 THEN 0 ELSE sender_id END AS s, {', '.join(self._counts())} "
                "FROM ledger_message WHERE state BETWEEN 2 AND 9 GROUP BY batch_id, s"
            )
            rows = {tuple(row) for row in cursor.fetchall()}
            cursor.execute(f"SELECT batch_id, sender_id, {names} FROM ledger_batchsender")
            counters = {tuple(row) for row in cursor.fetchall() if any(row[2:])}
        assert counters == rows

    @staticmethod
    def _counts() -> list[str]:
        return [f"count(*) FILTER (WHERE state = {int(State[name.upper()])})" for name in STATES]
