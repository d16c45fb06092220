"""A no holds until it is taken back; it is one, whoever says it and how often; and nobody else's."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection

from qafila.businesses.refusals import Refused
from qafila.contacts import queries
from qafila.contacts.actions import ensure_phones, opt_in, opt_out
from qafila.contacts.models import Contact, OptOut
from qafila.events.models import Event


@pytest.fixture
def contact(business, now) -> int:
    return ensure_phones(business_id=business.pk, numbers=["201000000001"], now=now)["201000000001"]


def test_a_no_is_kept_with_its_proof_and_told_once(business, contact, now):
    said = {"business_id": business.pk, "contact_id": contact, "source": "message", "now": now}
    assert opt_out(**said, words=" STOP " + "x" * 200)
    assert not opt_out(**said, words="again")
    entry = OptOut.objects.get()
    assert (entry.source, entry.at, entry.ended_at, len(entry.words)) == ("message", now, None, 100)
    assert entry.words.startswith("STOP x")
    assert queries.is_opted_out(business_id=business.pk, contact_id=contact)
    event = Event.objects.get(kind="contact.opted_out")
    assert event.subject_id == str(Contact.objects.get(pk=contact).public_id)
    assert event.data == {"contact_id": contact, "source": "message"}


def test_a_yes_ends_it_and_the_book_keeps_both(business, contact, now):
    later = now + timedelta(days=1)
    assert not opt_in(business_id=business.pk, contact_id=contact, source="person", now=now)
    opt_out(business_id=business.pk, contact_id=contact, source="person", now=now)
    assert opt_in(business_id=business.pk, contact_id=contact, source="person", now=later)
    assert not queries.is_opted_out(business_id=business.pk, contact_id=contact)
    assert opt_out(business_id=business.pk, contact_id=contact, source="api", now=later)
    assert list(OptOut.objects.order_by("pk").values_list("at", "ended_at")) == [(now, later), (later, None)]
    assert list(Event.objects.order_by("pk").values_list("kind", flat=True)) == [
        "contact.opted_out",
        "contact.opted_in",
        "contact.opted_out",
    ]


def test_a_stranger_can_neither_say_nor_see_nor_end_it(business, other_business, contact, now):
    assert not opt_out(business_id=other_business.pk, contact_id=contact, source="api", now=now)
    assert not OptOut.objects.exists()
    opt_out(business_id=business.pk, contact_id=contact, source="api", now=now)
    assert not queries.is_opted_out(business_id=other_business.pk, contact_id=contact)
    assert queries.opted_out_among(other_business.pk, [contact]) == set()
    assert not opt_in(business_id=other_business.pk, contact_id=contact, source="api", now=now)
    assert queries.opted_out_among(business.pk, [contact]) == {contact}


def test_many_are_looked_up_at_once(business, now, django_assert_num_queries):
    contacts = list(
        ensure_phones(
            business_id=business.pk, numbers=[f"2010{n:08d}" for n in range(3_000)], now=now
        ).values()
    )
    for contact in contacts[::1000]:
        opt_out(business_id=business.pk, contact_id=contact, source="import", now=now)
    with django_assert_num_queries(1):
        assert queries.opted_out_among(business.pk, contacts) == set(contacts[::1000])


def test_a_source_nobody_knows_is_refused(business, contact, now):
    for act in (opt_out, opt_in):
        with pytest.raises(Refused) as refusal:
            act(business_id=business.pk, contact_id=contact, source="rumour", now=now)
        assert refusal.value.code == "opt_out_source_unknown"


@pytest.mark.django_db(transaction=True)
def test_said_twice_at_once_it_is_one(business, contact, now):
    together = threading.Barrier(4)
    answers: list[bool] = []

    def say() -> None:
        try:
            together.wait()
            answers.append(opt_out(business_id=business.pk, contact_id=contact, source="message", now=now))
        finally:
            connection.close()

    threads = [threading.Thread(target=say) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [False, False, False, True]
    assert OptOut.objects.count() == Event.objects.count() == 1
