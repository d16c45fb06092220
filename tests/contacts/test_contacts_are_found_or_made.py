"""Every number has one contact in its business, however many ask at once."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from qafila.businesses.refusals import NotFound
from qafila.contacts import queries
from qafila.contacts.actions import ensure_identities, ensure_phones, learn_alias
from qafila.contacts.models import Contact, Identity


def numbers(first: int, count: int) -> list[str]:
    return [f"2010{n:08d}" for n in range(first, first + count)]


def no_contact_is_left_over() -> bool:
    return not Contact.objects.filter(identities=None).exists()


def test_new_ones_are_made_and_known_ones_found(business, now):
    first = ensure_phones(
        business_id=business.pk, numbers=numbers(0, 3), names={numbers(0, 1)[0]: " Amira "}, now=now
    )
    both = ensure_phones(business_id=business.pk, numbers=[*numbers(2, 2), *numbers(2, 1)], now=now)
    assert set(first) == set(numbers(0, 3))
    assert set(both) == set(numbers(2, 2))
    assert both[numbers(2, 1)[0]] == first[numbers(2, 1)[0]]
    assert len(set(first.values()) | set(both.values())) == 4
    assert Contact.objects.count() == 4
    assert Contact.objects.get(pk=first[numbers(0, 1)[0]]).name == "Amira"
    assert {c.created_at for c in Contact.objects.all()} == {now}
    assert no_contact_is_left_over()


def test_a_known_contact_keeps_its_name(business, now):
    number = numbers(0, 1)[0]
    ensure_phones(business_id=business.pk, numbers=[number], names={number: "Amira"}, now=now)
    ensure_phones(business_id=business.pk, numbers=[number], names={number: "Somebody"}, now=now)
    assert Contact.objects.get().name == "Amira"


def test_each_business_has_its_own_contact_of_a_number(business, other_business, now):
    mine = ensure_phones(business_id=business.pk, numbers=numbers(0, 1), now=now)
    theirs = ensure_phones(business_id=other_business.pk, numbers=numbers(0, 1), now=now)
    assert set(mine.values()).isdisjoint(theirs.values())
    contact = Contact.objects.get(pk=next(iter(mine.values())))
    assert contact.business == business
    assert queries.by_public_id(business.pk, contact.public_id) == contact
    assert queries.by_public_id(other_business.pk, contact.public_id) is None


def test_nothing_is_asked_for_nothing(business, now, django_assert_num_queries):
    with django_assert_num_queries(2):  # the savepoint
        assert ensure_phones(business_id=business.pk, numbers=[], now=now) == {}


def test_ten_thousand_take_a_handful_of_statements(business, now, django_assert_max_num_queries):
    with django_assert_max_num_queries(5):
        assert len(ensure_phones(business_id=business.pk, numbers=numbers(0, 10_000), now=now)) == 10_000
    with django_assert_max_num_queries(3):
        assert len(ensure_phones(business_id=business.pk, numbers=numbers(0, 10_000), now=now)) == 10_000


@pytest.mark.parametrize("number", ["+201000000001", "", "0100000001", "2010 000", "٢٠١٠٠٠", "1" * 16])
def test_what_is_no_e164_is_refused(number, business, now):
    with pytest.raises(ValueError, match=r"E\.164"):
        ensure_phones(business_id=business.pk, numbers=["201000000001", number], now=now)
    assert not Contact.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("order", [1, -1])
def test_two_at_once_agree_and_leave_nothing_over(order, business, now):
    together = threading.Barrier(2)
    answers: list[dict[str, int]] = []

    def work(wanted: list[str]) -> None:
        try:
            together.wait()
            for start in range(0, len(wanted), 500):
                answers.append(
                    ensure_phones(business_id=business.pk, numbers=wanted[start : start + 500], now=now)
                )
        finally:
            connection.close()

    threads = [
        threading.Thread(target=work, args=(numbers(0, 4_000),)),
        threading.Thread(target=work, args=(numbers(1_000, 4_000)[::order],)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found: dict[str, int] = {}
    for answer in answers:
        for number, contact in answer.items():
            assert found.setdefault(number, contact) == contact
    assert len(answers) == 16
    assert len(found) == 5_000
    assert Contact.objects.count() == Identity.objects.count() == 5_000
    assert no_contact_is_left_over()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first_commits", [True, False])
def test_the_second_waits_for_what_the_first_does_with_a_number(first_commits, business, now):
    """The first holds a new number; the second asks for it, and gets whichever contact there is in the end."""
    answers: list[dict[str, int]] = []
    asking = threading.Event()

    def second() -> None:
        try:
            asking.set()
            answers.append(ensure_phones(business_id=business.pk, numbers=numbers(0, 2), now=now))
        finally:
            connection.close()

    thread = threading.Thread(target=second)
    with transaction.atomic():
        mine = ensure_phones(business_id=business.pk, numbers=numbers(1, 2), now=now)
        thread.start()
        assert asking.wait(20)
        while thread.is_alive() and not waits_for_a_lock():
            pass
        transaction.set_rollback(not first_commits)
    thread.join()
    assert set(answers[0]) == set(numbers(0, 2))
    assert (answers[0][numbers(1, 1)[0]] == mine[numbers(1, 1)[0]]) == first_commits
    assert Contact.objects.count() == Identity.objects.count() == (3 if first_commits else 2)
    assert no_contact_is_left_over()


def waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return cursor.fetchone()[0]


def test_the_number_of_a_merged_contact_leads_to_the_one_who_stayed(business, now):
    a, b, c = ensure_phones(business_id=business.pk, numbers=numbers(0, 3), now=now).values()
    Contact.objects.filter(pk=a).update(merged_into=b)
    Contact.objects.filter(pk=b).update(merged_into=c)
    assert set(ensure_phones(business_id=business.pk, numbers=numbers(0, 3), now=now).values()) == {c}


def test_an_alias_leads_to_the_contact_and_is_never_taken_from_another(business, other_business, now):
    a, b = ensure_phones(business_id=business.pk, numbers=numbers(0, 2), now=now).values()
    assert learn_alias(business_id=business.pk, contact_id=a, kind="bsuid", value="US.13") == a
    assert learn_alias(business_id=business.pk, contact_id=a, kind="bsuid", value="US.13") == a
    assert learn_alias(business_id=business.pk, contact_id=b, kind="bsuid", value="US.13") == a
    assert ensure_identities(business_id=business.pk, kind="bsuid", values=["US.13"], now=now) == {"US.13": a}
    assert ensure_identities(business_id=business.pk, kind="lid", values=["US.13"], now=now) != {"US.13": a}
    with pytest.raises(NotFound):
        learn_alias(business_id=other_business.pk, contact_id=a, kind="bsuid", value="US.14")
    assert not Identity.objects.filter(value="US.14").exists()
