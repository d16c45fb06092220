"""`qafila import-legacy` asks for the recipients of each campaign: a big table is not read through for every one of them."""

from __future__ import annotations

from typing import Any

import pytest

from qafila.businesses.models import Business
from qafila.campaigns.legacy import import_legacy
from qafila.campaigns.legacy.history import BROADCASTS, RECIPIENT_FIELDS, History
from qafila.campaigns.legacy.owners import Known, Owners
from qafila.campaigns.legacy.report import Report
from qafila.campaigns.legacy.source import Parent, Source, opened
from qafila.campaigns.legacy.things import Things
from qafila.ledger.models import Message
from tests.conftest import NOW

pytestmark = pytest.mark.django_db

BROADCASTS_OF_OLD = 4
# The recipients of other broadcasts, which fill the table; made of a number, ids look the same in each type.
FILLED = """
CREATE TABLE whatsapp_phone_numbers (id int, phone_number text);
INSERT INTO whatsapp_phone_numbers VALUES (1, '+79990000001');
CREATE TABLE whatsapp_broadcasts (id {parent}, name text, status text);
INSERT INTO whatsapp_broadcasts SELECT ({id})::{parent}, 'Old', 'completed' FROM generate_series(1, {count}) n;
CREATE TABLE whatsapp_broadcast_recipients (id bigserial PRIMARY KEY, broadcast_id {child}, phone text, status text);
INSERT INTO whatsapp_broadcast_recipients (broadcast_id, phone, status)
    SELECT ({id})::{child}, '+7999' || lpad((n * 10 + k)::text, 7, '0'), 'sent'
    FROM generate_series(1, {filled}) n, generate_series(1, 5) k;
CREATE INDEX by_broadcast ON whatsapp_broadcast_recipients (broadcast_id);
ANALYZE whatsapp_broadcast_recipients;
"""
UUIDS = "lpad(n::text, 32, '0')::uuid"


@pytest.mark.parametrize(
    ("parent", "child", "value"),
    [
        ("uuid", "uuid", UUIDS),
        ("int", "bigint", "n"),
        ("varchar(40)", "text", "'b' || n"),
        ("uuid", "varchar(40)", UUIDS),
    ],
)
def test_recipients_are_found_by_their_index(
    source: Any, business: Business, parent: str, child: str, value: str
) -> None:
    source(FILLED.format(parent=parent, child=child, id=value, count=BROADCASTS_OF_OLD, filled=2_000))
    with opened(source.dsn) as there:
        report, known = Report(), Known(there.name, NOW)
        owners = Owners(there, known, report, into=None, now=NOW)
        things = Things(there, known, owners, report, NOW)
        things.copy()
        History(there, known, owners, things, report, NOW).copy(BROADCASTS)
        read = _rows_read(there)
    assert Message.objects.count() == 5 * BROADCASTS_OF_OLD
    # Once for the contacts and once for the messages of each.
    assert read == 2 * 5 * BROADCASTS_OF_OLD


@pytest.mark.parametrize(
    ("parent", "child", "value"),
    [("text", "uuid", UUIDS), ("int", "text", "n"), ("text", "int", "n"), ("numeric", "int", "n")],
)
def test_recipients_are_found_though_the_types_of_the_ids_differ(
    source: Any, business: Business, parent: str, child: str, value: str
) -> None:
    source(FILLED.format(parent=parent, child=child, id=value, count=2, filled=3))
    report = import_legacy(dsn=source.dsn, now=NOW)
    assert report.table("whatsapp_broadcast_recipients").copied == 10


def test_some_of_many_are_not_found_by_walking_through_all_in_order(source: Any) -> None:
    """The order by the id has an index too; for one broadcast's share that lies everywhere it would read the whole table."""
    source(
        """
        CREATE TABLE whatsapp_broadcast_recipients (id bigserial PRIMARY KEY, broadcast_id int, phone text, filler text);
        INSERT INTO whatsapp_broadcast_recipients (broadcast_id, phone, filler)
            SELECT n % 20, '+79990000001', repeat('x', 100) FROM generate_series(1, 10000) n;
        CREATE INDEX by_broadcast ON whatsapp_broadcast_recipients (broadcast_id);
        ANALYZE whatsapp_broadcast_recipients;
        """
    )
    with opened(source.dsn) as there:
        wanted = Parent("parent", 3, "integer")
        found = list(there.rows("whatsapp_broadcast_recipients", RECIPIENT_FIELDS, below=wanted))
        read = _rows_read(there)
    assert len(found) == 500
    assert read == 500


def _rows_read(there: Source) -> int:
    """How many rows of the recipients this connection has read, one after the other or over an index."""
    row = there._connection.execute(
        "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables"
        " WHERE relname = 'whatsapp_broadcast_recipients'"
    ).fetchone()
    assert row is not None
    return int(row[0])
