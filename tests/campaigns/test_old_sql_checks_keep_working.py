"""The read-only views of requirements §0: the SQL that the user's notes run, on the search path of `qafila dbshell`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.db import DatabaseError, connection, transaction

if TYPE_CHECKING:
    from qafila.businesses.actor import Actor
    from qafila.businesses.models import Business
    from qafila.senders.models import Sender

pytestmark = pytest.mark.django_db


def _named(text: str) -> set[str]:
    return set(text.split())


COLUMNS = {
    "packages": {"id", "name", "auto_pause_on_failures", "business_id", "created_at"},
    "profiles": {"id", "name", "status", "pause_reason", "package_id", "business_id"},
    "whatsapp_broadcasts": _named(
        "id business_id name provider message_type template_id template_name message_text audience_filter status"
        " total_recipients sent_count failed_count created_by created_at started_at completed_at"
    ),
    "whatsapp_broadcast_recipients": _named(
        "id broadcast_id business_id phone lead_id status error_message message_id created_at sent_at"
    ),
    "whatsapp_phone_numbers": _named(
        "id user_account_id phone_number label is_default is_active created_at updated_at"
    ),
    "account_directions": {"id", "user_account_id", "name", "whatsapp_phone_number_id"},
    "user_accounts": {"id", "whatsapp_phone_number"},
}


@pytest.fixture
def ask() -> Iterator[Any]:
    """Asks as `qafila dbshell` would: rows as dictionaries."""
    from qafila.cli.commands.dbshell import SEARCH_PATH

    with connection.cursor() as cursor:
        cursor.execute(f"SET search_path = {SEARCH_PATH}")

        def rows(sql: str, *given: Any) -> list[dict[str, Any]]:
            cursor.execute(sql, given)
            assert cursor.description is not None
            names = [column.name for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

        yield rows
        cursor.execute("RESET search_path")


def test_every_view_has_the_columns_of_the_notes(ask: Any) -> None:
    for view, columns in COLUMNS.items():
        found = ask(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = 'legacy' AND table_name = %s",
            view,
        )
        assert columns <= {row["column_name"] for row in found}, view
        assert ask(f"SELECT * FROM {view} WHERE false") == []


def test_numbers_and_directions_are_there(
    business: Business, sender: Sender, owner_actor: Actor, now: datetime, ask: Any
) -> None:
    from qafila.senders.actions import add_number, create_direction

    business.whatsapp_phone_number = "+201000000009"
    business.save()
    add_number(business=business, phone="+201000000002", label="Sales", actor=owner_actor, now=now)
    create_direction(business=business, name="Implants", sender=sender, actor=owner_actor, now=now)
    create_direction(business=business, name="Braces", actor=owner_actor, now=now)
    mine = str(business.public_id)
    numbers = ask(
        "SELECT phone_number, label, is_default FROM whatsapp_phone_numbers WHERE user_account_id = %s"
        " ORDER BY is_default DESC",
        mine,
    )
    assert [tuple(row.values()) for row in numbers] == [
        (sender.phone, "Main", True),
        ("+201000000002", "Sales", False),
    ]
    lines = ask(
        "SELECT d.name, n.phone_number FROM account_directions d LEFT JOIN whatsapp_phone_numbers n"
        " ON n.id = d.whatsapp_phone_number_id ORDER BY d.name"
    )
    assert [tuple(row.values()) for row in lines] == [("Braces", None), ("Implants", sender.phone)]
    assert ask("SELECT whatsapp_phone_number FROM user_accounts WHERE id = %s", mine) == [
        {"whatsapp_phone_number": "+201000000009"}
    ]


def test_packages_and_paused_profiles_are_found(
    business: Business,
    sender: Sender,
    phone_linked_sender: Sender,
    owner_actor: Actor,
    now: datetime,
    ask: Any,
) -> None:
    from qafila.senders.actions import pause_sender, stop_account
    from qafila.senders.actions.packages import add_member, create_package

    package = create_package(business=business, name="Pool", actor=owner_actor, now=now)
    add_member(package=package, sender=sender, actor=owner_actor, now=now)
    pause_sender(sender=sender, by="auto", reason="block_detected", actor=owner_actor, now=now)
    assert (
        ask("SELECT id, name, auto_pause_on_failures FROM packages WHERE auto_pause_on_failures = true") == []
    )
    assert ask("SELECT name FROM packages WHERE business_id = %s", str(business.public_id)) == [
        {"name": "Pool"}
    ]
    paused = "SELECT name, pause_reason, package_id FROM profiles WHERE status = 'paused'"
    assert ask(paused) == [
        {"name": sender.name, "pause_reason": "block_detected", "package_id": package.public_id}
    ]
    stop_account(account_id=phone_linked_sender.provider_account_id, reason="x.190", now=now)  # type: ignore[arg-type]
    assert {row["pause_reason"] for row in ask(paused)} == {"block_detected", "x.190"}


def test_broadcasts_and_their_recipients_are_there(
    business: Business, sender: Sender, owner_actor: Actor, now: datetime, ask: Any
) -> None:
    from qafila.campaigns.actions import create_contract
    from qafila.campaigns.models import Campaign, Kind

    made = create_contract(
        business=business,
        sender=sender,
        name="Eid",
        recipients=[{"phoneNumber": f"7999123456{n}", "message": "hi"} for n in range(3)]
        + [{"phoneNumber": "1"}],
        actor=owner_actor,
        now=now,
    )
    mine = str(business.public_id)
    assert ask("SELECT * FROM whatsapp_broadcasts") == []
    said = {"broadcast": {"audience_filter": {"tag": "vip"}, "created_by": "Anna"}}
    Campaign.objects.filter(pk=made.campaign.pk).update(kind=Kind.BROADCAST, import_options=said)
    (row,) = ask(
        "SELECT * FROM whatsapp_broadcasts WHERE business_id = %s ORDER BY created_at DESC LIMIT 10", mine
    )
    assert (row["name"], row["provider"], row["status"], row["total_recipients"], row["failed_count"]) == (
        "Eid",
        "meta",
        "pending",
        4,
        1,
    )
    assert (row["created_by"], row["message_type"]) == ("Anna", "freetext")
    found = ask(
        "SELECT status, count(*) AS n FROM whatsapp_broadcast_recipients WHERE broadcast_id = %s GROUP BY status"
        " ORDER BY status",
        row["id"],
    )
    assert [tuple(one.values()) for one in found] == [("failed", 1), ("queued", 3)]
    (bad,) = ask("SELECT phone, error_message FROM whatsapp_broadcast_recipients WHERE status = 'failed'")
    assert bad["phone"] == "1"
    assert bad["error_message"]


@pytest.mark.parametrize("view", sorted(COLUMNS))
@pytest.mark.parametrize(
    "write", ["DELETE FROM {}", "UPDATE {} SET id = id", "INSERT INTO {} (id) VALUES (NULL)"]
)
def test_nobody_writes_through_a_view(
    business: Business, sender: Sender, ask: Any, view: str, write: str
) -> None:
    with pytest.raises(DatabaseError, match=r"cannot (delete|update|insert)"), transaction.atomic():
        ask(write.format(view))
