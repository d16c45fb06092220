"""How many campaigns wait for a number, an account or a package: each once, however many ways lead to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from qafila.businesses.actor import system_actor
from qafila.businesses.models import Business
from qafila.dispatch.flowing import flowing_over
from qafila.ledger.models import Batch
from qafila.ledger.states import Target
from qafila.senders.actions import packages as actions
from qafila.senders.models import Package, Sender

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)


@pytest.fixture
def pool(business: Business, number: Callable[..., Sender]) -> tuple[Package, Sender, Sender]:
    """A package of two numbers."""
    actor = system_actor(business)
    made = actions.create_package(business=business, name="Clinics", actor=actor, now=NOW)
    first, second = number(), number()
    for one in (first, second):
        actions.add_member(package=made, sender=one, actor=actor, now=NOW)
    return made, first, second


def test_what_goes_over_a_package_counts_once_for_an_account_with_two_of_its_numbers(
    pool: tuple[Package, Sender, Sender], contract: Callable[..., Batch]
) -> None:
    package, first, second = pool
    contract((Target.PACKAGE, package.pk), 1)
    contract((Target.SENDER, first.pk), 1)
    contract((Target.SENDER, second.pk), 1, start=False)
    numbers = {"account": (first.pk, second.pk), "first": (first.pk,), "second": {second.pk}, "nothing": ()}
    assert flowing_over(numbers, {"package": package.pk}) == {
        "account": 2,
        "first": 2,
        "second": 1,
        "nothing": 0,
        "package": 1,
    }


def test_a_deleted_package_has_no_numbers(
    pool: tuple[Package, Sender, Sender], contract: Callable[..., Batch]
) -> None:
    package, first, _ = pool
    contract((Target.PACKAGE, package.pk), 1)
    Package.objects.filter(pk=package.pk).update(deleted_at=NOW)
    assert flowing_over({"first": (first.pk,)}) == {"first": 0}


def test_it_costs_two_statements_for_many_keys(
    pool: tuple[Package, Sender, Sender], contract: Callable[..., Batch], django_assert_num_queries: Any
) -> None:
    package, first, second = pool
    contract((Target.PACKAGE, package.pk), 1)
    with django_assert_num_queries(2):
        flowing_over({one.pk: (one.pk,) for one in (first, second)}, {0: package.pk})
    with django_assert_num_queries(0):
        assert flowing_over({"nothing": ()}) == {"nothing": 0}
