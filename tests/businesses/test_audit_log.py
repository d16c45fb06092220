"""The audit log can only be added to, and a change by hand is found."""

from __future__ import annotations

import threading
from importlib import import_module

import pytest
from django.db import ProgrammingError, connection, transaction

from qafila.businesses.actions import record_audit
from qafila.businesses.actor import command_actor, legacy_actor
from qafila.businesses.models import AuditEntry, Business
from qafila.businesses.queries import is_newest_audit_whole, verify_audit


def write(actor, now, *actions):
    """The entries, chained as a commit does it."""
    for action in actions:
        record_audit(actor=actor, action=action, detail={"n": 1.50, "ё": [None, "x"]}, now=now)
    verify_audit(actor.business.pk)
    return list(AuditEntry.objects.filter(business=actor.business).order_by("pk"))[-len(actions) :]


def by_hand(statement: str, entry_id: int) -> None:
    """What a person with the right of a superuser could do: the guard is off for one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE"
        )  # else the table may not be altered in this transaction
        cursor.execute("ALTER TABLE businesses_auditentry DISABLE TRIGGER audit_kept")
        cursor.execute(statement, [entry_id])
        cursor.execute("ALTER TABLE businesses_auditentry ENABLE TRIGGER audit_kept")


@pytest.mark.parametrize(
    "statement", ["UPDATE businesses_auditentry SET action = 'x'", "DELETE FROM businesses_auditentry"]
)
def test_entries_are_neither_changed_nor_removed(statement, business, now):
    write(command_actor(business), now, "a.done")
    with (
        pytest.raises(ProgrammingError, match="only be added to"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert AuditEntry.objects.get().action == "a.done"


def test_an_untouched_log_is_whole_for_each_business(business, other_business, now):
    for _ in range(3):
        write(command_actor(business), now, "a.done")
        write(legacy_actor(other_business, address="2001:db8::7"), now, "b.done")
    mine, theirs = verify_audit(business.pk), verify_audit(other_business.pk)
    assert (mine.entries, mine.broken, theirs.entries, theirs.broken) == (3, [], 3, [])
    assert len(mine.last_hash) == 64
    assert mine.last_hash != theirs.last_hash
    assert AuditEntry.objects.filter(business=other_business).first().address == "2001:db8::7"


@pytest.mark.parametrize(
    "change",
    [
        "action = 'c.done'",
        "actor_kind = 'user'",
        "actor_id = '7'",
        "at = at + interval '1 microsecond'",
        "detail = '{}'",
        "subject_id = '1'",
        "address = '10.0.0.1'",
        "hash = sha256('x')",
    ],
)
def test_a_changed_entry_is_found(change, business, now):
    _, entry, after = write(command_actor(business), now, "a.done", "b.done", "c.done")
    by_hand(f"UPDATE businesses_auditentry SET {change} WHERE id = %s", entry.pk)
    expected = [entry.pk, after.pk] if change.startswith("hash") else [entry.pk]
    assert verify_audit(business.pk).broken == expected


def test_a_removed_or_slipped_in_entry_is_found(business, now):
    _, entry, after = write(command_actor(business), now, "a.done", "b.done", "c.done")
    by_hand("DELETE FROM businesses_auditentry WHERE id = %s", entry.pk)
    assert verify_audit(business.pk).broken == [after.pk]


def test_the_newest_entries_are_looked_at_alone(business, other_business, now):
    entries = write(command_actor(business), now, *[f"{n}.done" for n in range(6)])
    write(legacy_actor(other_business, address="2001:db8::7"), now, "b.done")

    def whole(newest: int) -> bool:
        return is_newest_audit_whole(business.pk, newest=newest)

    assert [whole(newest) for newest in (1, 5, 6, 100)] == [True] * 4
    by_hand("UPDATE businesses_auditentry SET action = 'x' WHERE id = %s", entries[2].pk)
    assert [whole(newest) for newest in (1, 3, 4, 6, 100)] == [True, True, False, False, False]
    by_hand("DELETE FROM businesses_auditentry WHERE id = %s", entries[3].pk)
    assert [whole(newest) for newest in (1, 2, 100)] == [True, False, False]
    assert is_newest_audit_whole(other_business.pk, newest=1)


def test_the_end_cut_off_changes_the_last_hash(business, now):
    *_, last = write(command_actor(business), now, "a.done", "b.done", "c.done")
    whole = verify_audit(business.pk)
    by_hand("DELETE FROM businesses_auditentry WHERE id = %s", last.pk)
    cut = verify_audit(business.pk)
    assert cut.broken == []
    assert cut.last_hash != whole.last_hash


def test_no_look_at_the_log_sees_another_business(business, other_business, now):
    write(command_actor(other_business), now, "b.done")
    assert verify_audit(business.pk).entries == 0


def test_a_business_that_is_erased_takes_its_log_along(business, other_business, now):
    write(command_actor(business), now, "a.done")
    write(command_actor(other_business), now, "b.done")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('qafila.erase_business', %s, true)", [str(business.pk)])
        Business.objects.get(pk=business.pk).delete()
    assert list(AuditEntry.objects.values_list("action", flat=True)) == ["b.done"]


@pytest.mark.django_db(transaction=True)
def test_many_writers_at_once_make_one_chain(business, now):
    together = threading.Barrier(4)

    def work() -> None:
        try:
            together.wait()
            for _ in range(20):
                with transaction.atomic():
                    write(command_actor(business), now, "a.done")
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report = verify_audit(business.pk)
    assert (report.entries, report.broken) == (80, [])


@pytest.mark.django_db(transaction=True)
def test_entries_stand_in_the_order_of_commits_and_nobody_waits_for_a_longer_transaction(business, now):
    """The second begins and ends between two entries of the first: one that holds a row which the first wants next must not wait."""

    def second() -> None:
        try:
            record_audit(actor=command_actor(business), action="second.done", now=now)
        finally:
            connection.close()

    thread = threading.Thread(target=second)
    with transaction.atomic():
        record_audit(actor=command_actor(business), action="first.begun", now=now)
        thread.start()
        thread.join()
        record_audit(actor=command_actor(business), action="first.done", now=now)
    order = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(order) == ["second.done", "first.begun", "first.done"]
    assert verify_audit(business.pk).broken == []


def test_an_entry_that_its_own_transaction_has_not_chained_is_not_changed_either(business, now):
    record_audit(actor=command_actor(business), action="a.done", now=now)
    with pytest.raises(ProgrammingError, match="only be added to"), transaction.atomic():
        AuditEntry.objects.update(action="b.done", hash=b"x")


def test_nobody_brings_a_hash_of_their_own(business, now):
    AuditEntry.objects.create(business=business, at=now, actor_kind="user", action="a.done", hash=b"x" * 32)
    assert verify_audit(business.pk).broken == []


def test_the_migration_goes_back_and_forth_and_chains_what_it_finds(business, other_business, now):
    first = import_module("qafila.businesses.migrations.0002_audit_chain")
    last = import_module("qafila.businesses.migrations.0009_audit_chained_last")
    for _ in range(2):
        write(command_actor(business), now, "a.done", "b.done")
        write(command_actor(other_business), now, "c.done")
    before = verify_audit(business.pk)
    with connection.cursor() as cursor:
        cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE"
        )  # else the table may not be altered in this transaction
        cursor.execute(last.BACKWARD)
        cursor.execute(first.BACKWARD)
        cursor.execute("UPDATE businesses_auditentry SET hash = ''")
        cursor.execute(first.FORWARD)
        AuditEntry.objects.create(business=business, at=now, actor_kind="user", action="by the old one")
        cursor.execute(last.FORWARD)
    after = verify_audit(business.pk)
    assert (after.entries, after.broken) == (before.entries + 1, [])
    assert verify_audit(other_business.pk).broken == []
