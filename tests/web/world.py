"""Two businesses with something of everything in each: the person's own, and the stranger's, of which nothing may show."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from qafila.businesses.actions import (
    add_member,
    create_api_key,
    create_business,
    create_owner,
    invite,
)
from qafila.businesses.actor import Actor, user_actor
from qafila.businesses.models import ApiKey, AuditEntry, Business, Invitation, User
from qafila.campaigns.actions.creating import create_contract
from qafila.campaigns.models import Campaign
from qafila.senders.actions import (
    add_number,
    create_direction,
    create_provider_account,
    create_sender,
    packages,
)
from qafila.senders.models import ProviderAccount, Sender

PASSWORD = "a long pass phrase 7"
MARK = "Zubaida"
"""Stands in every name of the stranger's business."""

UNOBSERVED = frozenset(
    {
        "django_session",
        "usersessions_usersession",
        "web_kept",
        "businesses_auditentry",
        "businesses_user.last_login",
        "account_emailaddress",
    }
)
"""Tables whose rows are about the visit itself. (The audit log is looked at by tests of its own.)"""


@dataclass
class Place:
    """One business and what is in it.

    :ivar people: role to person.
    :ivar more: what other subjects' tests put beside it.
    """

    business: Business
    actor: Actor
    people: dict[str, User]
    sender: Sender
    account: ProviderAccount
    campaign: Campaign
    message_id: int
    key: ApiKey
    invitation: Invitation
    invitation_secret: str
    audit_id: int
    phone: str
    more: dict[str, Any] = field(default_factory=dict)


@dataclass
class World:
    """Both. ``now`` is real time: sessions and links are checked against the clock."""

    here: Place
    there: Place
    now: datetime


def build() -> World:
    """Puts both into the database."""
    now = datetime.now(UTC)
    return World(
        here=_place("Caravan", "caravan.example", "+2010000001", now),
        there=_place(MARK, "stranger.example", "+2010000002", now),
        now=now,
    )


def _place(name: str, host: str, phone: str, now: datetime) -> Place:
    business = create_business(
        name=f"{name} Ltd", timezone="Africa/Cairo", default_country="EG", now=now - timedelta(days=1)
    )
    owner = create_owner(
        business=business, email=f"owner@{host}", password=PASSWORD, name=f"{name} Owner", now=now
    )
    actor = user_actor(business=business, user=owner, role="owner")
    people = {"owner": owner}
    for role in ("admin", "agent", "read_only"):
        people[role] = add_member(
            business=business,
            email=f"{role}@{host}",
            role=role,
            name=f"{name} {role}",
            password=PASSWORD,
            actor=actor,
            now=now,
        ).user
    account = create_provider_account(
        business=business,
        kind="cloud_api",
        name=f"{name} account",
        base_url="http://127.0.0.1:9/v23.0",
        ref="100000000000001",
        token="EAAG-test-token",
        app_secret="test-app-secret",
        verify_token="test-verify-token",
        allow_private_network=True,
        actor=actor,
        now=now,
    )
    sender = create_sender(
        business=business,
        name=f"{name} number",
        phone=f"{phone}01",
        provider_account=account,
        ref="200000000000001",
        actor=actor,
        now=now,
    )
    made = create_contract(
        business=business,
        sender=sender,
        name=f"{name} contract",
        recipients=[{"phoneNumber": f"{phone}{n}", "message": f"{name} says {n}"} for n in range(10, 14)],
        actor=actor,
        now=now,
    )
    key, _ = create_api_key(business=business, name=f"{name} key", actor=actor, now=now)
    invitation, secret = invite(
        business=business, email=f"new@{host}", role="agent", invited_by=owner, actor=actor, now=now
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(id) FROM ledger_message WHERE batch_id = %s", [made.campaign.batch_id])
        message_id = cursor.fetchone()[0]
    audit_id = AuditEntry.objects.filter(business=business).order_by("pk").values_list("pk", flat=True)[0]
    place = Place(
        business,
        actor,
        people,
        sender,
        account,
        made.campaign,
        message_id,
        key,
        invitation,
        secret,
        audit_id,
        phone,
    )
    place.more["number"] = add_number(
        business=business, phone=f"{phone}02", label=f"{name} spare", actor=actor, now=now
    )
    place.more["direction"] = create_direction(
        business=business, name=f"{name} line", sender=sender, actor=actor, now=now
    )
    package = packages.create_package(business=business, name=f"{name} pool", actor=actor, now=now)
    packages.add_member(package=package, sender=sender, actor=actor, now=now)
    place.more["package"] = package
    return place


def snapshot() -> dict[str, tuple[int, str]]:
    """Table to (rows, a hash over all of them), without :data:`UNOBSERVED`: equal before and after means untouched."""
    with connection.cursor() as cursor:
        # Planning it takes ten times as long as running it, so each connection plans it once.
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE name = 'snapshot'")
        if cursor.fetchone() == (0,):
            cursor.execute(f"PREPARE snapshot AS {_over_all_tables()}")
        cursor.execute("EXECUTE snapshot")
        return {table: (count, digest) for table, count, digest in cursor.fetchall()}


@functools.cache
def _over_all_tables() -> str:
    """One statement over every observed column of every observed table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum) FROM pg_class c "
            "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
            "WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace GROUP BY 1"
        )
        found = [(table, columns) for table, columns in cursor.fetchall() if table not in UNOBSERVED]
    return " UNION ALL ".join(_over(table, columns) for table, columns in found)


def _over(table: str, columns: list[str]) -> str:
    kept = ", ".join(f'"{name}"' for name in columns if f"{table}.{name}" not in UNOBSERVED)
    return (
        f"SELECT '{table}', count(*), encode(sha256(convert_to("
        "coalesce(string_agg(line, E'\\n' ORDER BY line COLLATE \"C\"), ''), 'UTF8')), 'hex') "
        f'FROM (SELECT row({kept})::text AS line FROM "{table}") AS lines'
    )


def changed(before: dict[str, tuple[int, str]]) -> list[str]:
    """Tables that are not as they were."""
    after = snapshot()
    return sorted(table for table in before.keys() | after.keys() if before.get(table) != after.get(table))
