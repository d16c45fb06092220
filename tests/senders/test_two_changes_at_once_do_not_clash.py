"""Changes of a number and of its provider account at the same time wait for each other; neither is turned away."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connection, connections, transaction

from qafila.businesses.actor import Actor
from qafila.businesses.models import AuditEntry
from qafila.senders import actions
from qafila.senders.models import ProviderAccount, Sender

pytestmark = pytest.mark.django_db(transaction=True)
TEMPLATE = {"name": "qafila_message", "language": "en", "variable": None}


def begin_in_the_middle(change: Callable[[], object]) -> tuple[threading.Thread, list[Exception]]:
    """Another one's change begins now, and has ended or waits for the audit log when this returns."""
    faults: list[Exception] = []

    def work() -> None:
        try:
            change()
        except Exception as error:  # noqa: BLE001 - whatever it is, the test names it
            faults.append(error)
        finally:
            connections.close_all()

    other = threading.Thread(target=work)
    other.start()
    waiting = None
    with connection.cursor() as cursor:
        while other.is_alive() and not waiting:
            cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'advisory'")
            waiting = cursor.fetchone()
    return other, faults


def told() -> set[str]:
    return set(AuditEntry.objects.order_by("-pk").values_list("action", flat=True)[:3])


def test_a_new_token_meets_a_number_that_is_changed_twice(
    sender: Sender, owner_actor: Actor, now: datetime
) -> None:
    """The second change of a row in one transaction looks at what its foreign keys name, once it commits."""
    account = ProviderAccount.objects.get()
    with transaction.atomic():
        actions.change_sender(sender=sender, name="Another", actor=owner_actor, now=now)
        other, faults = begin_in_the_middle(
            lambda: actions.change_secrets(account=account, token="new", actor=owner_actor, now=now)
        )
        actions.set_default_template(sender=sender, template=TEMPLATE, actor=owner_actor, now=now)
    other.join()
    assert faults == []
    assert told() == {
        "sender.changed",
        "sender.default_template_set",
        "provider_account.secrets_changed",
    }


def test_two_numbers_are_changed_in_either_order(
    sender: Sender, second: Sender, owner_actor: Actor, now: datetime
) -> None:
    """One transaction has told the audit log of the first and then wants the second, which somebody changes meanwhile."""
    with transaction.atomic():
        actions.change_sender(sender=sender, name="One", actor=owner_actor, now=now)
        other, faults = begin_in_the_middle(
            lambda: actions.change_sender(sender=second, name="Two", actor=owner_actor, now=now)
        )
        actions.change_sender(sender=second, throughput=9, actor=owner_actor, now=now)
    other.join()
    assert faults == []
    second.refresh_from_db()
    assert (second.name, second.throughput) == ("Two", 9)
    assert told() == {"sender.changed"}
