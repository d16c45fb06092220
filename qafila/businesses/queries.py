"""Reads: businesses, who a key belongs to, the audit log."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.backends.utils import CursorWrapper

from qafila.businesses.actor import Actor, env_key_actor, user_actor
from qafila.businesses.models import ApiKey, Business, Invitation, LegacyId, Link, Membership, User
from qafila.businesses.refusals import Refused
from qafila.businesses.rules import callers
from qafila.businesses.rules.one_time import hash_of
from qafila.kit import crypto
from qafila.kit.ids import parse_uuid
from qafila.kit.statements import statement


def the_business() -> Business | None:
    """The first business, which commands and ``API_SECRET_KEY`` act for; None before the first start."""
    return Business.objects.order_by("pk").first()


def by_public_id(public_id: uuid.UUID | str) -> Business | None:
    """The business with that id; None also for a text that is no id."""
    parsed = parse_uuid(public_id)
    return Business.objects.filter(public_id=parsed).first() if parsed else None


def local_time(business_id: int, at: datetime) -> str:
    """A moment as this business's clock shows it, ``2026-11-22 08:30``: what alerts and other stored sentences say."""
    zone = ZoneInfo(Business.objects.values_list("timezone", flat=True).get(pk=business_id))
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def is_known_as(business: Business, account_id: str) -> bool:
    """Whether a ``userAccountId`` means this business: its own id, or the one it had in a system that was copied."""
    if parse_uuid(account_id) == business.public_id:
        return True
    if not account_id.isprintable():
        return False
    return LegacyId.objects.filter(business=business, table="user_accounts", legacy_id=account_id).exists()


def legacy_business() -> Business | None:
    """The business that keyless old clients act for (``LEGACY_BUSINESS``), or None."""
    return by_public_id(settings.ENV.legacy_business)


class FromElsewhere(Refused):
    """A good key, used from outside the networks that it is bound to. :ivar actor: the key itself, for the audit log."""

    status = 403

    def __init__(self, actor: Actor) -> None:
        super().__init__(
            "key_from_elsewhere",
            f"The key may not be used from the address {actor.address or 'unknown'}. "
            "Allow this address on the page of the keys, or call from an allowed one.",
            address=actor.address or "?",
        )
        self.actor = actor


def actor_for_key(full_key: str, *, address: str | None = None, now: datetime) -> Actor | None:
    """Whose key this is; None for one that is unknown, expired or revoked.

    ``API_SECRET_KEY`` counts as a key with all rights of the first business. Does not note the use:
    see ``actions.touch_api_key``.

    :param address: from where it is used. A key that is bound to networks opens nothing without one.
    :raises FromElsewhere: the key is good, the address is not in its networks.
    """
    if is_env_key(full_key):
        business = the_business()
        return replace(env_key_actor(business), address=address) if business else None
    row = _row_of_key(full_key)
    if row is None or row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now):
        return None
    actor = Actor(
        kind="api_key",
        id=str(row.public_id),
        business=row.business,
        scopes=frozenset(row.scopes),
        language=row.business.language,
        name=row.name,
        address=address,
    )
    if row.allowed_networks:
        found = callers.address(address or "")
        if found is None or not callers.inside(found, row.allowed_networks):
            raise FromElsewhere(actor)
    return actor


def is_env_key(full_key: str) -> bool:
    """Whether a text is ``API_SECRET_KEY``, in constant time. Never when that is not set."""
    secret = settings.ENV.api_secret_key.get_secret_value()
    # Compared as hashes: equal lengths whatever was given, so that not even the length shows.
    return bool(secret) and crypto.verify_api_key(full_key, crypto.hash_api_key(secret))


def key_id(full_key: str) -> int | None:
    """The row id of a key, for ``touch_api_key``; None where there is none (``API_SECRET_KEY`` has no row)."""
    row = _row_of_key(full_key)
    return row.pk if row else None


def _row_of_key(full_key: str) -> ApiKey | None:
    prefix = crypto.api_key_prefix(full_key)
    if prefix is None:
        return None
    row = ApiKey.objects.select_related("business").filter(prefix=prefix).first()
    return row if row and crypto.verify_api_key(full_key, bytes(row.hash).hex()) else None


def actor_for_user(user: User, *, business: Business, address: str | None = None) -> Actor | None:
    """A signed-in person in one business; None for one who is no member, or switched off."""
    membership = Membership.objects.filter(user=user, business=business, user__is_active=True).first()
    if membership is None:
        return None
    return user_actor(business=business, user=user, role=membership.role, address=address)


def businesses_of(user: User) -> list[Business]:
    """The businesses of a person, by name."""
    return list(Business.objects.filter(memberships__user=user).order_by("name", "pk"))


def api_keys(business_id: int) -> list[ApiKey]:
    """All keys of a business, newest first; nothing in them opens anything."""
    return list(ApiKey.objects.filter(business_id=business_id).order_by("-pk"))


def api_key(business_id: int, public_id: uuid.UUID | str) -> ApiKey | None:
    """The key with that id in a business; None also for another business's."""
    parsed = parse_uuid(public_id)
    return ApiKey.objects.filter(business_id=business_id, public_id=parsed).first() if parsed else None


def memberships(business_id: int) -> list[Membership]:
    """Everybody who belongs to a business, owners first, then by name."""
    rank = {role: place for place, role in enumerate(("owner", "admin", "agent", "read_only"))}
    found = Membership.objects.filter(business_id=business_id).select_related("user")
    return sorted(found, key=lambda each: (rank.get(each.role, 9), str(each.user).casefold(), each.pk))


def member(business_id: int, public_id: uuid.UUID | str) -> Membership | None:
    """The membership of the person with that id in a business; None also for people of other businesses."""
    parsed = parse_uuid(public_id)
    if parsed is None:
        return None
    found = Membership.objects.filter(business_id=business_id, user__public_id=parsed)
    return found.select_related("user", "business").first()


def belongs_only_to(user: User, business_id: int) -> bool:
    """Whether a person has no other business: only then its owner may reach into their account."""
    return not Membership.objects.filter(user=user).exclude(business_id=business_id).exists()


def open_invitations(business_id: int) -> list[Invitation]:
    """Neither accepted nor revoked, newest first; expired ones too, because they can be renewed."""
    found = Invitation.objects.filter(business_id=business_id, accepted_at=None, revoked_at=None)
    return list(found.select_related("invited_by").order_by("-pk"))


def invitation(business_id: int, public_id: uuid.UUID | str) -> Invitation | None:
    """The invitation with that id in a business; None also for another business's."""
    parsed = parse_uuid(public_id)
    return Invitation.objects.filter(business_id=business_id, public_id=parsed).first() if parsed else None


def open_invitation(secret: str, *, now: datetime) -> Invitation | None:
    """The invitation that a link opens; None for one that was used, withdrawn, is too old or was never made."""
    found = Invitation.objects.filter(
        hash=hash_of(secret), accepted_at=None, revoked_at=None, expires_at__gt=now
    )
    return found.select_related("business").first()


def usable_link(secret: str, purpose: Link.Purpose, *, now: datetime) -> Link | None:
    """The one-time link with that secret; None for one that was used, is too old or was never made."""
    found = Link.objects.filter(hash=hash_of(secret), purpose=purpose, used_at=None, expires_at__gt=now)
    link = found.select_related("user").first()
    return link if link and (link.user is None or link.user.is_active) else None


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What a look at the audit log found.

    :ivar broken: row ids of entries that do not follow from the one before them: changed, or something was removed
        in front of them.
    :ivar last_hash: of the newest entry, 64 hexadecimal digits ("" without any). Note it elsewhere from time to time: only
        a comparison with it shows that the newest entries were cut off.
    """

    entries: int
    broken: list[int]
    last_hash: str


def is_newest_audit_whole(business_id: int, *, newest: int) -> bool:
    """Whether the newest entries of a business's audit log follow from each other, and from what stands before them. Quick,
    however long the log is; :func:`verify_audit` follows all of it."""
    given = {"business": business_id, "newest": newest}
    with connection.cursor() as cursor:
        _chain_own(cursor)
        cursor.execute(statement("qafila.businesses", "verify_audit_newest"), given)
        row = cursor.fetchone()
    assert row is not None  # noqa: S101 - EXISTS always answers
    return bool(row[0])


def verify_audit(business_id: int) -> AuditReport:
    """Follows the hash chain of a business's audit log from its first entry."""
    with connection.cursor() as cursor:
        _chain_own(cursor)
        cursor.execute(statement("qafila.businesses", "verify_audit"), {"business": business_id})
        row = cursor.fetchone()
    assert row is not None  # noqa: S101 - an aggregate always answers one row
    return AuditReport(entries=row[0], broken=list(row[1]), last_hash=row[2])


def _chain_own(cursor: CursorWrapper) -> None:
    """What this very transaction has written, if it is one, else waits for its commit to be chained."""
    if connection.in_atomic_block:
        cursor.execute("SET CONSTRAINTS audit_added IMMEDIATE")
        cursor.execute("SET CONSTRAINTS audit_added DEFERRED")
