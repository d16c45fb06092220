"""The list of numbers: one default while any exist, unique numbers, switched off and on, deleted only when nothing hangs
on it. The rules hold in the database too, whoever writes."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, connection, connections, transaction

from qafila.businesses.refusals import Clash, NotAllowed, NotFound, Refused

if TYPE_CHECKING:
    from qafila.businesses.actor import Actor
    from qafila.businesses.models import Business
    from qafila.senders.models import Sender

pytestmark = pytest.mark.django_db


def _add(business: Business, actor: Actor, now: datetime, phone: str, **more: Any) -> Sender:
    from qafila.senders.actions import add_number

    return add_number(business=business, phone=phone, actor=actor, now=now, **more)


def _defaults(business: Business) -> list[str]:
    from qafila.senders.models import Sender

    return sorted(Sender.objects.filter(business=business, is_default=True).values_list("phone", flat=True))


def _check_deferred() -> None:
    """What is checked at the end of a transaction, checked now."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def test_the_first_number_is_the_default_and_another_takes_it_over(
    business: Business, owner_actor: Actor, now: datetime
) -> None:
    from qafila.senders.actions import change_number

    first = _add(business, owner_actor, now, "+201000000001", label="Main")
    second = _add(business, owner_actor, now, "+201000000002")
    assert (first.is_default, second.is_default) == (True, False)
    assert (second.name, second.state) == ("+201000000002", "not_connected")
    third = _add(business, owner_actor, now, "+201000000003", is_default=True)
    assert _defaults(business) == [third.phone]
    assert change_number(sender=second, is_default=True, actor=owner_actor, now=now) == ["is_default"]
    assert _defaults(business) == [second.phone]
    assert change_number(sender=second, is_default=True, actor=owner_actor, now=now) == []
    with pytest.raises(Clash) as refused:
        change_number(sender=second, is_default=False, actor=owner_actor, now=now)
    assert refused.value.code == "default_needed"
    _check_deferred()


def test_the_database_itself_refuses_two_and_none(
    business: Business, owner_actor: Actor, now: datetime
) -> None:
    from qafila.senders.models import Sender

    first = _add(business, owner_actor, now, "+201000000001")
    second = _add(business, owner_actor, now, "+201000000002")
    with pytest.raises(IntegrityError, match="sender_default_once"), transaction.atomic():
        Sender.objects.filter(pk=second.pk).update(is_default=True)
    with pytest.raises(IntegrityError, match="needs a default"), transaction.atomic():
        Sender.objects.filter(pk=first.pk).update(is_default=False)
        _check_deferred()
    with (
        pytest.raises(IntegrityError, match="needs a default"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM senders_sender WHERE id = %s", [first.pk])
        _check_deferred()
    with transaction.atomic():
        Sender.objects.filter(business=business).delete()
        _check_deferred()


def test_each_business_has_a_default_of_its_own(
    business: Business, owner_actor: Actor, other_business: Business, stranger_actor: Actor, now: datetime
) -> None:
    mine = _add(business, owner_actor, now, "+201000000001")
    theirs = _add(other_business, stranger_actor, now, "+201000000001")
    assert (mine.is_default, theirs.is_default) == (True, True)


@pytest.mark.parametrize(
    ("phone", "code"),
    [
        ("201000000001", "number_not_international"),
        ("00201000000001", "number_not_international"),
        ("01000000001", "phone.country_missing"),
        ("+20", "phone.too_short"),
        ("not a number", "phone.invalid_number"),
        ("", "phone.empty"),
    ],
)
def test_a_number_is_international(
    business: Business, owner_actor: Actor, now: datetime, phone: str, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        _add(business, owner_actor, now, phone)
    assert refused.value.code.partition(".")[0] == code.partition(".")[0]
    if "." not in code:
        assert refused.value.code == code


def test_the_same_number_twice_is_refused(business: Business, owner_actor: Actor, now: datetime) -> None:
    _add(business, owner_actor, now, "+20 100 000 0001")
    with pytest.raises(Clash) as refused:
        _add(business, owner_actor, now, "+201000000001")
    assert refused.value.code == "sender_phone_taken"


def test_switched_off_it_does_not_send_and_on_again_it_does(
    sender: Sender, owner_actor: Actor, now: datetime
) -> None:
    from qafila.senders.actions import change_number, pause_sender, resume_sender

    change_number(sender=sender, is_active=False, actor=owner_actor, now=now)
    assert (sender.is_active, sender.state, sender.state_reason) == (False, "paused", "number_switched_off")
    change_number(sender=sender, is_active=True, actor=owner_actor, now=now)
    assert (sender.is_active, sender.state, sender.state_reason) == (True, "ready", "")
    # Whoever puts it to work puts it in the list again, too.
    pause_sender(sender=sender, by="person", actor=owner_actor, now=now)
    change_number(sender=sender, is_active=False, actor=owner_actor, now=now)
    assert resume_sender(sender=sender, actor=owner_actor, now=now)
    sender.refresh_from_db()
    assert (sender.is_active, sender.state) == (True, "ready")


def test_deleting_the_default_makes_another_one_the_default(
    business: Business, owner_actor: Actor, now: datetime
) -> None:
    from qafila.senders.actions import change_number, delete_number

    first, second, third = (_add(business, owner_actor, now, f"+20100000000{n}") for n in (1, 2, 3))
    change_number(sender=second, is_active=False, actor=owner_actor, now=now)
    delete_number(sender=first, actor=owner_actor, now=now)
    assert _defaults(business) == [third.phone]
    delete_number(sender=third, actor=owner_actor, now=now)
    assert _defaults(business) == [second.phone]
    delete_number(sender=second, actor=owner_actor, now=now)
    assert _defaults(business) == []
    _check_deferred()


def test_what_a_direction_or_the_books_need_is_not_deleted(
    business: Business, sender: Sender, owner_actor: Actor, now: datetime
) -> None:
    from qafila.campaigns.actions import create_contract
    from qafila.senders.actions import create_direction, delete_direction, delete_number

    rows = [
        create_direction(business=business, name=name, sender=sender, actor=owner_actor, now=now)
        for name in "BA"
    ]
    with pytest.raises(Clash) as refused:
        delete_number(sender=sender, actor=owner_actor, now=now)
    assert (refused.value.code, refused.value.params) == (
        "number_used_by_directions",
        {"directions": "A, B", "count": 2},
    )
    for row in rows:
        delete_direction(direction=row, actor=owner_actor, now=now)
    create_contract(
        business=business,
        sender=sender,
        name="x",
        recipients=[{"phoneNumber": "79991234567", "message": "hi"}],
        actor=owner_actor,
        now=now,
    )
    with pytest.raises(Clash) as refused:
        delete_number(sender=sender, actor=owner_actor, now=now)
    assert refused.value.code == "number_has_history"


def test_somebody_who_wrote_to_it_keeps_it(sender: Sender, owner_actor: Actor, now: datetime) -> None:
    from qafila.ledger.models import Window
    from qafila.senders.actions import delete_number

    Window.objects.create(
        sender_id=sender.pk, contact_id=1, business_id=sender.business_id, last_inbound_at=now
    )
    with pytest.raises(Clash) as refused:
        delete_number(sender=sender, actor=owner_actor, now=now)
    assert refused.value.code == "number_has_history"


def test_others_may_not(sender: Sender, stranger_actor: Actor, owner_actor: Actor, now: datetime) -> None:
    from dataclasses import replace

    from qafila.senders.actions import change_number, delete_number

    reader = replace(owner_actor, scopes=frozenset({"accounts:read"}))
    for act in (delete_number, change_number):
        with pytest.raises(NotFound):
            act(sender=sender, actor=stranger_actor, now=now)
        with pytest.raises(NotAllowed):
            act(sender=sender, actor=reader, now=now)


def test_the_old_single_number_is_copied_once_as_the_default(
    business: Business, sender: Sender, owner_actor: Actor, now: datetime
) -> None:
    from qafila.senders.actions import adopt_old_number

    assert adopt_old_number(business=business, actor=owner_actor, now=now) is None
    business.whatsapp_phone_number = "+201000000009"
    business.save()
    made = adopt_old_number(business=business, actor=owner_actor, now=now)
    assert made is not None
    assert (made.name, made.phone, _defaults(business)) == ("Основной", "+201000000009", ["+201000000009"])
    assert adopt_old_number(business=business, actor=owner_actor, now=now) is None
    business.refresh_from_db()
    assert business.whatsapp_phone_number == "+201000000009"


@pytest.mark.django_db(transaction=True)
def test_two_first_numbers_at_once_leave_one_default(
    business: Business, owner_actor: Actor, now: datetime
) -> None:
    both = threading.Barrier(2)
    troubles: list[BaseException] = []

    def add(phone: str) -> None:
        try:
            both.wait(timeout=30)
            _add(business, owner_actor, now, phone)
        except BaseException as exc:  # noqa: BLE001 - told to the test
            troubles.append(exc)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=add, args=(f"+20100000000{n}",)) for n in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    assert len(_defaults(business)) == 1
