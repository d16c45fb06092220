"""`qafila import-legacy` (requirements §0): copies what it finds, may be run again, says what it left out, sends nothing."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from qafila.businesses.actor import Actor
from qafila.businesses.models import AuditEntry, Business, LegacyId, Membership
from qafila.businesses.refusals import Clash
from qafila.campaigns.actions import start_contract
from qafila.campaigns.legacy import Report, SourceUnreadable, import_legacy
from qafila.campaigns.models import Campaign
from qafila.campaigns.rules.statuses import Status
from qafila.contacts.models import Contact, OptOut
from qafila.ledger import balance
from qafila.ledger.models import Attempt, Message
from qafila.ledger.states import BatchState, State
from qafila.senders.direction_models import Direction
from qafila.senders.models import Package, PackageMember, Sender

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ACCOUNT, NUMBER, SECOND, LINE, POOL = (str(uuid.UUID(int=n)) for n in range(1, 6))
EID = str(uuid.UUID(int=50))

TABLES = f"""
CREATE TABLE user_accounts (id uuid, name text, whatsapp_phone_number text, created_at timestamp);
CREATE TABLE whatsapp_phone_numbers (id uuid, user_account_id uuid, phone_number text, label text, is_default bool,
    is_active bool, created_at timestamptz);
CREATE TABLE account_directions (id uuid, user_account_id uuid, name text, whatsapp_phone_number_id uuid);
CREATE TABLE leads (id int, user_account_id uuid, phone text, name text, unsubscribed bool);
CREATE TABLE packages (id uuid, name text, auto_pause_on_failures bool);
CREATE TABLE profiles (id int, package_id uuid, name text, phone text, status text, api_token text);
CREATE TABLE whatsapp_broadcasts (id uuid, business_id uuid, name text, provider text, message_type text,
    template_name text, message_text text, audience_filter jsonb, status text, created_by text, created_at timestamptz,
    started_at timestamptz, completed_at timestamptz);
CREATE TABLE whatsapp_broadcast_recipients (id int, broadcast_id uuid, business_id uuid, phone text, status text,
    error_message text, message_id text, created_at timestamptz, sent_at timestamptz);
INSERT INTO user_accounts VALUES ('{ACCOUNT}', 'Clinic', '+79990000009', '2024-01-01');
INSERT INTO whatsapp_phone_numbers VALUES
    ('{NUMBER}', '{ACCOUNT}', '+7 999 000-00-01', 'First', false, true, now()),
    ('{SECOND}', '{ACCOUNT}', '+79990000002', 'Second', true, false, now()),
    ('{uuid.UUID(int=90)}', '{ACCOUNT}', 'nonsense', 'Bad', false, true, now());
INSERT INTO account_directions VALUES
    ('{LINE}', '{ACCOUNT}', 'Implants', '{NUMBER}'),
    ('{uuid.UUID(int=40)}', '{ACCOUNT}', 'implants', NULL);
INSERT INTO leads VALUES (1, '{ACCOUNT}', '+79991000001', 'Anna', false), (2, '{ACCOUNT}', '79991000002', NULL, true),
    (3, '{ACCOUNT}', 'x', 'Nobody', false), (4, '{ACCOUNT}', '+7 999 100 00 01', 'Anna again', false);
INSERT INTO packages VALUES ('{POOL}', 'Pool', true);
INSERT INTO profiles VALUES (7, '{POOL}', 'Profile', '+79990000007', 'paused', 'secret-token'),
    (8, '{POOL}', 'No phone', NULL, 'active', 'x');
INSERT INTO whatsapp_broadcasts VALUES
    ('{EID}', '{ACCOUNT}', 'Eid', 'baileys', 'freetext', NULL, 'Eid Mubarak', '{{"tag": "vip"}}', 'completed', 'Anna',
     '2025-03-01+00', '2025-03-01 10:00+00', '2025-03-01 11:00+00'),
    ('{uuid.UUID(int=51)}', '{ACCOUNT}', 'Running', 'meta', 'template', 'offer', NULL, NULL, 'running', NULL,
     '2025-04-01+00', '2025-04-01+00', NULL);
INSERT INTO whatsapp_broadcast_recipients VALUES
    (1, '{EID}', '{ACCOUNT}', '+79991000001', 'sent', NULL, 'wamid.1', '2025-03-01+00', '2025-03-01 10:01+00'),
    (2, '{EID}', '{ACCOUNT}', '79991000002', 'failed', 'Not on WhatsApp', NULL, '2025-03-01+00', NULL),
    (3, '{EID}', '{ACCOUNT}', '79991000003', 'queued', NULL, NULL, '2025-03-01+00', NULL),
    (4, '{EID}', '{ACCOUNT}', 'x', 'failed', 'bad number', NULL, '2025-03-01+00', NULL),
    (5, '{uuid.UUID(int=51)}', '{ACCOUNT}', '+79991000004', 'queued', NULL, NULL, '2025-04-01+00', NULL),
    (6, '{uuid.UUID(int=51)}', '{ACCOUNT}', '+79991000005', 'processing', NULL, NULL, '2025-04-01+00', NULL),
    (7, '{uuid.UUID(int=51)}', '{ACCOUNT}', 'y', 'queued', NULL, NULL, '2025-04-01+00', NULL);
"""


def _figures(report: Report) -> dict[str, tuple[int, int, int, int]]:
    return {t.name: (t.found, t.copied, t.there, t.refused) for t in report if t.is_there}


def test_everything_is_copied_once_and_counted(source: Any, business: Business) -> None:
    source(TABLES)
    report = import_legacy(dsn=source.dsn, now=NOW)
    assert _figures(report) == {
        "user_accounts": (1, 1, 0, 0),
        "whatsapp_phone_numbers": (3, 2, 0, 1),
        "account_directions": (2, 2, 0, 0),
        "packages": (1, 1, 0, 0),
        "profiles": (2, 1, 0, 1),
        "leads": (4, 2, 1, 1),
        "whatsapp_broadcasts": (2, 2, 0, 0),
        "whatsapp_broadcast_recipients": (7, 7, 0, 0),
    }
    assert report.table("contracts").is_there is False
    assert report.businesses == {str(business.public_id): business.name}
    counts = [
        model.objects.count() for model in (Sender, Direction, Package, Contact, Campaign, Message, LegacyId)
    ]
    again = import_legacy(dsn=source.dsn, now=NOW + timedelta(days=1))
    assert all(copied == 0 for _, copied, _, _ in _figures(again).values())
    for found, copied, there, refused in [*_figures(report).values(), *_figures(again).values()]:
        assert found == copied + there + refused
    assert counts == [
        model.objects.count() for model in (Sender, Direction, Package, Contact, Campaign, Message, LegacyId)
    ]


def test_numbers_and_directions_keep_their_ids_and_rules(source: Any, business: Business) -> None:
    source(TABLES)
    import_legacy(dsn=source.dsn, now=NOW)
    numbers = {one.phone: one for one in Sender.objects.filter(business=business)}
    first, second = numbers["+79990000001"], numbers["+79990000002"]
    assert (str(first.public_id), first.name, first.is_default) == (NUMBER, "First", False)
    assert (second.is_default, second.is_active, second.state) == (True, False, "not_connected")
    assert numbers["+79990000009"].name == "Основной"
    lines = {one.name: one for one in Direction.objects.filter(business=business)}
    assert sorted(lines) == ["Implants", "implants (2)"]
    assert (str(lines["Implants"].public_id), lines["Implants"].sender) == (LINE, first)
    business.refresh_from_db()
    assert business.whatsapp_phone_number == "+79990000009"
    assert Package.objects.get(public_id=POOL).auto_pause_on_failures is True
    assert PackageMember.objects.get().sender.phone == "+79990000007"
    assert LegacyId.objects.get(table="user_accounts").legacy_id == ACCOUNT


def test_what_was_paused_there_does_not_send_as_soon_as_it_is_connected(
    source: Any, business: Business, phone_linked_sender: Sender, owner_actor: Actor
) -> None:
    from qafila.senders.actions import change_number, connect_sender
    from qafila.senders.actions.auto_pause import repair

    source(
        f"""
        CREATE TABLE packages (id int, name text, auto_pause_on_failures bool);
        CREATE TABLE profiles (id int, package_id int, name text, phone text, status text, pause_reason text);
        INSERT INTO packages VALUES (1, 'Pool', true);
        INSERT INTO profiles VALUES
            (1, 1, 'By hand', '+79990000001', 'paused', NULL),
            (2, 1, 'By hand after trouble', '+79990000002', 'PAUSED', 'Manual pause after failures'),
            (3, 1, 'By itself', '+79990000003', 'paused', 'Auto-paused due to block detection'),
            (4, 1, 'Works', '+79990000004', 'active', NULL),
            (5, 1, 'Here already', '{phone_linked_sender.phone}', 'paused', NULL);
        """
    )
    report = import_legacy(dsn=source.dsn, now=NOW)
    told = report.table("profiles")
    assert (told.paused, told.paused_names) == (
        {"person": 2, "auto": 1},
        {"person": ["By hand", "By hand after trouble"], "auto": ["By itself"]},
    )
    phone_linked_sender.refresh_from_db()
    assert (phone_linked_sender.state, phone_linked_sender.is_active) == ("ready", True)
    assert [name for name, _ in repair(dry_run=True, now=NOW).paused] == ["By itself"]
    assert repair(dry_run=False, now=NOW).cannot_send[0][2] == "account_not_connected"

    by_hand, _, by_itself, works = (
        Sender.objects.get(business=business, phone=f"+7999000000{n}") for n in range(1, 5)
    )
    account = phone_linked_sender.provider_account
    assert account is not None
    for one in (by_hand, by_itself, works):
        connect_sender(sender=one, provider_account=account, ref=one.phone, actor=owner_actor, now=NOW)
    assert (by_hand.state, by_hand.paused_by, by_hand.is_active) == ("paused", "person", False)
    assert (by_itself.state, by_itself.paused_by) == ("paused", "auto")
    assert by_itself.state_reason == "imported_auto_pause"
    assert works.state == "ready"
    assert [name for name, _ in repair(dry_run=False, now=NOW).resumed] == ["By itself"]
    change_number(sender=by_hand, is_active=True, actor=owner_actor, now=NOW)
    for one in (by_hand, by_itself):
        one.refresh_from_db()
        assert (one.state, one.paused_by) == ("ready", "")
    import_legacy(dsn=source.dsn, now=NOW)
    by_hand.refresh_from_db()
    assert by_hand.state == "ready", "what a person said since stays"


def test_an_account_without_a_list_gets_its_old_number_as_the_default(
    source: Any, business: Business
) -> None:
    source(
        "CREATE TABLE user_accounts (id int, whatsapp_phone_number text); INSERT INTO user_accounts VALUES (1, '+79990000009')"
    )
    import_legacy(dsn=source.dsn, now=NOW)
    only = Sender.objects.get()
    assert (only.name, only.phone, only.is_default) == ("Основной", "+79990000009", True)


def test_people_are_contacts_and_a_no_stays_a_no(source: Any, business: Business) -> None:
    source(TABLES)
    import_legacy(dsn=source.dsn, now=NOW)
    assert Contact.objects.get(identities__value="79991000001").name == "Anna"
    refused = OptOut.objects.get()
    assert (refused.contact.identities.get().value, refused.source) == ("79991000002", "import")


def test_broadcasts_stand_in_the_books_as_they_were_left(source: Any, business: Business) -> None:
    source(TABLES)
    import_legacy(dsn=source.dsn, now=NOW)
    eid, running = Campaign.objects.order_by("created_at").select_related("batch")
    assert (eid.kind, eid.name, eid.batch.state, eid.total_count) == (
        "broadcast",
        "Eid",
        BatchState.FINISHED,
        4,
    )
    rows = Message.objects.filter(batch_id=eid.batch_id).order_by("row_number")
    assert [State(row.state) for row in rows] == [State.SENT, State.FAILED, State.CANCELLED, State.FAILED]
    assert (rows[0].provider_id, rows[0].sent_at, rows[0].body) == (
        "wamid.1",
        datetime(2025, 3, 1, 10, 1, tzinfo=UTC),
        "Eid Mubarak",
    )
    assert (rows[3].contact_id, rows[3].address) == (None, "x")
    assert sorted(Attempt.objects.values_list("detail", flat=True)) == ["Not on WhatsApp", "bad number"]
    assert (running.batch.state, running.batch.content["name"]) == (BatchState.PAUSED, "offer")
    left = Message.objects.filter(batch_id=running.batch_id).order_by("row_number")
    assert [State(row.state) for row in left] == [State.QUEUED, State.UNCERTAIN, State.SKIPPED]
    assert balance.look(now=NOW).differences == []


def test_nothing_is_sent_and_nobody_is_woken(source: Any, business: Business) -> None:
    from qafila.dispatch.models import Lane

    source(TABLES)
    import_legacy(dsn=source.dsn, now=NOW)
    assert not Sender.objects.exclude(state="not_connected").exists()
    assert not Campaign.objects.filter(batch__state__in=(BatchState.FLOWING, BatchState.OPEN)).exists()
    assert not Lane.objects.filter(due_at__isnull=False).exists()
    assert AuditEntry.objects.filter(action="legacy.imported", business=business).count() == 1


def test_the_old_sql_finds_them_again(source: Any, business: Business) -> None:
    from django.db import connection

    source(TABLES)
    import_legacy(dsn=source.dsn, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, provider, message_text, audience_filter ->> 'tag', status, total_recipients, sent_count,"
            " failed_count, created_by FROM legacy.whatsapp_broadcasts ORDER BY created_at"
        )
        assert cursor.fetchall() == [
            ("Eid", "baileys", "Eid Mubarak", "vip", "completed", 4, 1, 3, "Anna"),
            ("Running", "meta", None, None, "paused", 3, 0, 1, "command:"),
        ]
        cursor.execute(
            "SELECT phone, error_message FROM legacy.whatsapp_broadcast_recipients WHERE status = 'failed'"
            " AND message_id IS NULL ORDER BY id LIMIT 2"
        )
        assert cursor.fetchall() == [("79991000002", "Not on WhatsApp"), ("79991000003", "imported_not_sent")]


def test_contracts_come_with_their_recipients_wherever_those_lie(source: Any, business: Business) -> None:
    source(
        """
        CREATE TABLE whatsapp_phone_numbers (id int, phone_number text);
        CREATE TABLE contracts (id text, name text, "accountId" int, status text, recipients jsonb, "createdAt" timestamp);
        CREATE TABLE contract_recipients (id int, contract_id text, "phoneNumber" text, message text, status text,
            "errorMessage" text, attempts int, "sentAt" timestamp);
        INSERT INTO whatsapp_phone_numbers VALUES (1, '+79990000001'), (2, '+79990000002');
        INSERT INTO contracts VALUES
            ('contract_a', 'A', 2, 'COMPLETED', NULL, '2025-01-01'),
            ('contract_b', 'B', NULL, 'PAUSED', '[{"phoneNumber": "79991000009", "message": "hi"}]', '2025-01-02');
        INSERT INTO contract_recipients VALUES
            (1, 'contract_a', '79991000001', 'one', 'sent', NULL, 1, '2025-01-01 10:00'),
            (2, 'contract_a', '79991000002', 'two', 'failed', 'boom', 3, NULL);
        """
    )
    report = import_legacy(dsn=source.dsn, now=NOW)
    assert _figures(report)["contracts"] == (2, 2, 0, 0)
    a, b = Campaign.objects.order_by("created_at").select_related("batch", "sender")
    assert (a.kind, a.sender.phone, a.batch.state) == ("contract", "+79990000002", BatchState.FINISHED)
    sent, failed = Message.objects.filter(batch_id=a.batch_id).order_by("row_number")
    assert (sent.body, sent.sender_id, failed.tries) == ("one", a.sender_id, 3)
    assert (b.sender.phone, b.batch.state) == ("+79990000001", BatchState.PAUSED)
    assert Message.objects.get(batch_id=b.batch_id).address == "79991000009"


def test_a_paused_contract_is_started_when_its_number_is_connected(
    source: Any, business: Business, phone_linked_sender: Sender, owner_actor: Actor
) -> None:
    source(
        f"""
        CREATE TABLE whatsapp_phone_numbers (id int, phone_number text);
        CREATE TABLE contracts (id text, name text, "accountId" int, status text, recipients jsonb);
        INSERT INTO whatsapp_phone_numbers VALUES (1, '{phone_linked_sender.phone}'), (2, '+79990000002');
        INSERT INTO contracts VALUES ('a', 'A', 1, 'PAUSED', '[{{"phoneNumber": "79991000009", "message": "hi"}}]'),
            ('b', 'B', 2, 'PAUSED', '[{{"phoneNumber": "79991000009", "message": "hi"}}]');
        """
    )
    import_legacy(dsn=source.dsn, now=NOW)
    started, not_yet = Campaign.objects.order_by("name")
    done = start_contract(business=business, public_id=started.public_id, actor=owner_actor, now=NOW)
    assert done.status is Status.IN_PROGRESS
    with pytest.raises(Clash, match="not connected"):
        start_contract(business=business, public_id=not_yet.public_id, actor=owner_actor, now=NOW)


def test_several_accounts_become_businesses_with_the_same_owners(
    source: Any, business: Business, owner_actor: Any
) -> None:
    other = str(uuid.UUID(int=77))
    source(
        f"""
        CREATE TABLE user_accounts (id uuid, name text);
        CREATE TABLE whatsapp_phone_numbers (id int, user_account_id uuid, phone_number text);
        INSERT INTO user_accounts VALUES ('{ACCOUNT}', 'One'), ('{other}', 'Two');
        INSERT INTO whatsapp_phone_numbers VALUES (1, '{ACCOUNT}', '+79990000001'), (2, '{other}', '+79990000001');
        """
    )
    import_legacy(dsn=source.dsn, now=NOW)
    two = Business.objects.get(public_id=other)
    assert (two.name, Membership.objects.get(business=two).user.email) == ("Two", "owner@example.com")
    assert Sender.objects.filter(business=business).count() == 0
    assert Sender.objects.get(business=two).is_default is True
    into = import_legacy(dsn=source.dsn, into=business, now=NOW)
    assert _figures(into)["whatsapp_phone_numbers"] == (2, 0, 2, 0)


def test_a_broadcast_without_any_number_is_refused_and_comes_later(
    source: Any, business: Business, owner_actor: Any
) -> None:
    from qafila.senders.actions import add_number

    source(
        "CREATE TABLE whatsapp_broadcasts (id int, name text, status text); INSERT INTO whatsapp_broadcasts VALUES (1, 'x', 'completed')"
    )
    report = import_legacy(dsn=source.dsn, now=NOW)
    assert report.table("whatsapp_broadcasts").reasons == {"no_number": 1}
    add_number(business=business, phone="+79990000001", actor=owner_actor, now=NOW)
    assert _figures(import_legacy(dsn=source.dsn, now=NOW))["whatsapp_broadcasts"] == (1, 1, 0, 0)


def test_the_source_is_never_written_and_an_unreachable_one_is_said(source: Any, business: Business) -> None:
    source(
        "CREATE TABLE leads (phone text); CREATE VIEW packages AS SELECT 1 AS id, pg_advisory_lock(1) IS NULL AS x"
    )
    from qafila.campaigns.legacy.source import opened

    with opened(source.dsn) as there, pytest.raises(SourceUnreadable, match="read-only"):
        there._connection.execute("SELECT 1")
        from qafila.campaigns.legacy.source import _reading

        with _reading():
            there._connection.execute("INSERT INTO leads VALUES ('x')")
    for odd in ("postgresql://127.0.0.1:9/none", "no address at all"):
        with pytest.raises(SourceUnreadable):
            import_legacy(dsn=odd, now=NOW)


def test_an_empty_source_is_no_trouble(source: Any, business: Business) -> None:
    report = import_legacy(dsn=source.dsn, now=NOW)
    assert _figures(report) == {}
    assert not Sender.objects.exists()
