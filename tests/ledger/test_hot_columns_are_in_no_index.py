"""How the ledger's tables are stored: what every message goes through after it was sent stands in no index, and pages keep
room, so that PostgreSQL updates the row where it lies (HOT) and no index is touched."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from bench.seeding import fill
from qafila.businesses.models import Business
from qafila.ledger.models import Message
from qafila.ledger.states import State

pytestmark = pytest.mark.django_db
CHANGING = {"state", "delivered_at", "read_at"}
"""Every message changes them two or three times after its call."""
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def columns_of_indexes() -> dict[str, set[str]]:
    """Index of ``ledger_message`` to the columns in its keys, expressions and predicate."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.relname, a.attname
            FROM pg_index i
            JOIN pg_class c ON c.oid = i.indexrelid
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum > 0 AND (
                a.attnum = ANY (i.indkey) OR EXISTS (
                    SELECT FROM pg_depend d
                    WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
                      AND d.refobjid = i.indrelid AND d.refobjsubid = a.attnum
                )
            )
            WHERE i.indrelid = 'ledger_message'::regclass
            """
        )
        found: dict[str, set[str]] = {}
        for index, column in cursor.fetchall():
            found.setdefault(index, set()).add(column)
    return found


def hot_updates() -> int:
    """Of this transaction, of messages."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_get_xact_tuples_hot_updated('ledger_message'::regclass)")
        return int(cursor.fetchone()[0])


def test_no_index_names_a_column_that_changes_after_the_call() -> None:
    found = columns_of_indexes()
    assert {"message_provider_id", "message_incoming_once", "message_ended"} <= found.keys()
    assert {index: columns & CHANGING for index, columns in found.items() if columns & CHANGING} == {}


@pytest.mark.parametrize(
    ("definition", "column"),
    [
        ("(batch_id) WHERE state = 1", "state"),
        ("(batch_id, delivered_at)", "delivered_at"),
        ("((read_at IS NULL))", "read_at"),
        ("(id) INCLUDE (state)", "state"),
    ],
)
def test_an_index_that_would_is_seen(definition: str, column: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE INDEX too_much ON ledger_message {definition}")
    assert column in columns_of_indexes()["too_much"]


def test_pages_keep_room_and_are_cleaned_soon() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, reloptions FROM pg_class WHERE relname IN"
            " ('ledger_message', 'ledger_attempt', 'ledger_batch', 'ledger_batchsender')"
        )
        found = {name: dict(option.split("=") for option in options or ()) for name, options in cursor}
    assert found == {
        "ledger_message": {
            "fillfactor": "85",
            "autovacuum_vacuum_scale_factor": "0.01",
            "autovacuum_vacuum_cost_delay": "0",
            "autovacuum_analyze_scale_factor": "0.05",
        },
        "ledger_attempt": {"fillfactor": "90", "autovacuum_vacuum_scale_factor": "0.02"},
        "ledger_batch": {"fillfactor": "50"},
        "ledger_batchsender": {"fillfactor": "50"},
    }


def test_a_receipt_updates_the_row_where_it_lies(business: Business) -> None:
    batch = fill(
        business_id=business.pk,
        sender_id=1,
        count=200,
        shares={State.SENT: 1.0},
        begin=NOW - timedelta(hours=1),
        end=NOW,
        people=100,
    )
    row, before = Message.objects.filter(batch_id=batch.pk).latest("pk"), hot_updates()
    Message.objects.filter(pk=row.pk).update(state=State.READ, delivered_at=NOW, read_at=NOW)
    assert hot_updates() == before + 1
