"""The audit log is searched by what was done, by the beginning of an id and by address, along indexes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.utils import translation

from qafila.businesses.actions import create_owner, record_audit
from qafila.businesses.actor import Actor
from qafila.businesses.models import AuditEntry, Business
from qafila.businesses.queries import verify_audit
from qafila.web.pages.audit.searching import actions_like, network_of, searched

pytestmark = pytest.mark.django_db


@pytest.fixture
def log(business: Business) -> Business:
    """Three entries of three kinds from three addresses."""
    for action, subject, address in (
        ("contract.started", "contract_77aa", "10.1.2.3"),
        ("contract.paused", "contract_88bb", "10.2.0.1"),
        ("sender.paused", "99cc-dd", "2001:db8::1"),
    ):
        actor = Actor("user", "", business, frozenset(), "en", "Amira", address)
        record_audit(
            actor=actor,
            action=action,
            subject_kind=action.partition(".")[0],
            subject_id=subject,
            detail={},
            now=datetime.now(UTC),
        )
    return business


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("contract_77", {"contract_77aa"}),
        ("contract_", {"contract_77aa", "contract_88bb"}),
        ("_77", set()),
        ("contract%", set()),
        ("paused", {"contract_88bb", "99cc-dd"}),
        ("Started a contract", {"contract_77aa"}),
        ("sender.paused", {"99cc-dd"}),
        ("10.1.2.3", {"contract_77aa"}),
        ("10.", {"contract_77aa", "contract_88bb"}),
        ("10.2.0.0/16", {"contract_88bb"}),
        ("2001:db8::/32", {"99cc-dd"}),
        ("nothing like it", set()),
    ],
)
def test_a_search_finds_what_it_means(log: Business, search: str, found: set[str]) -> None:
    rows = searched(AuditEntry.objects.filter(business=log), log.pk, search)
    assert (
        set(
            rows.exclude(subject_id="")
            .filter(subject_kind__in=("contract", "sender"))
            .values_list("subject_id", flat=True)
        )
        == found
    )


def test_actions_are_found_in_the_readers_words() -> None:
    with translation.override("ru"):
        assert "contract.paused" in actions_like("контракт")
    assert actions_like("plugin.did_it") == ["plugin.did_it"], "one that has no words yet"
    assert actions_like("xyz") == []


@pytest.mark.parametrize("text", ["", "10", "abc", "300.1.", "10.1.2.3.", "1.2.3.4/99"])
def test_what_is_no_address_is_none(text: str) -> None:
    assert network_of(text) == ""


def test_another_business_is_not_searched(log: Business, other_business: Business) -> None:
    assert not searched(
        AuditEntry.objects.filter(business=other_business), other_business.pk, "contract_"
    ).exists()


def test_a_search_reads_indexes_only(log: Business) -> None:
    """With enough in the log that the planner has a choice to make."""
    actor = Actor("user", "", log, frozenset(), "en", "Amira", "10.1.2.3")
    for n in range(400):
        record_audit(
            actor=actor,
            action="contract.started",
            subject_kind="contract",
            subject_id=f"contract_{n:03d}zz",
            detail={},
            now=datetime.now(UTC),
        )
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("ANALYZE businesses_auditentry")
    plan = searched(AuditEntry.objects.filter(business=log), log.pk, "contract_077").explain()
    assert "audit_subject_begins" in plan, plan


@pytest.fixture
def owner(log: Business, browser: Callable[..., Client]) -> Client:
    made = create_owner(
        business=log, email="o@example.com", password="a long pass phrase 7", name="O", now=datetime.now(UTC)
    )
    return browser(made)


def test_it_is_narrowed_to_what_it_was_done_to(owner: Client) -> None:
    page = owner.get("/audit/?about=contract").content.decode()
    assert "contract_77aa" in page
    assert "contract_88bb" in page
    assert "99cc-dd" not in page


def test_the_list_shows_what_was_and_what_is(log: Business, owner: Client) -> None:
    for detail in ({"name": ["Old <b>", "New"]}, {"networks": ["10.0.0.1", "10.0.0.2"]}):
        record_audit(
            actor=Actor("user", "", log, frozenset(), "en"),
            action="business.changed",
            detail=detail,
            now=datetime.now(UTC),
        )
    page = owner.get("/audit/?action=business.changed").content.decode()
    assert re.search(r"<bdi>Old &lt;b&gt;</bdi> <svg[^>]*became.*?</svg> <bdi>New</bdi>", page, re.DOTALL)
    assert "<bdi>10.0.0.1, 10.0.0.2</bdi>" in page, "a list is no pair"


def test_the_list_says_whether_the_chain_is_whole(log: Business, owner: Client) -> None:
    page = owner.get("/audit/").content.decode()
    assert 'id="chain" hx-get="/audit/chain"' in page
    verify_audit(log.pk)  # chained, as a commit does it
    badge = {"HX-Request": "true", "HX-Target": "chain"}
    assert "Whole" in owner.get("/audit/chain", headers=badge).content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE businesses_auditentry DISABLE TRIGGER audit_kept")
        cursor.execute("UPDATE businesses_auditentry SET action = 'x' WHERE subject_id = 'contract_77aa'")
        cursor.execute("ALTER TABLE businesses_auditentry ENABLE TRIGGER audit_kept")
    part = owner.get("/audit/chain", headers=badge).content.decode()
    assert "Not whole" in part
    assert "<html" not in part


def test_the_page_says_things_in_the_readers_language(log: Business, browser: Callable[..., Client]) -> None:
    owner = create_owner(
        business=log, email="o@example.com", password="a long pass phrase 7", name="O", now=datetime.now(UTC)
    )
    text = browser(owner).get("/audit/?q=99cc").content.decode()
    assert "99cc-dd" in text
    assert "contract_77aa" not in text
