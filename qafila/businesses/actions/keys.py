"""Keys for programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from qafila.businesses.actions.audit import record_audit
from qafila.businesses.actions.checks import need_name
from qafila.businesses.actor import Actor
from qafila.businesses.models import ApiKey, Business
from qafila.businesses.refusals import Clash, NotAllowed, Refused
from qafila.businesses.rules import callers
from qafila.businesses.rules import scopes as rights
from qafila.kit import crypto

NOTE_USE_EVERY = timedelta(minutes=1)
ROTATION = timedelta(hours=24)
"""So long the old key works beside its successor."""


def create_api_key(
    *,
    business: Business,
    name: str,
    scopes: Sequence[str] = (rights.EVERYTHING,),
    expires_at: datetime | None = None,
    networks: Sequence[str] = (),
    actor: Actor,
    now: datetime,
) -> tuple[ApiKey, str]:
    """A new key for programs: its row, and the whole key, which is shown once and kept nowhere.

    :param scopes: names of ``businesses.rules.scopes``; never more than the actor has.
    :param networks: from where it may be used (``10.1.0.0/16``, ``203.0.113.7``); none: from everywhere.
    :raises NotFound: another business. :raises NotAllowed: ``admin`` is missing, or a right that would be handed out.
    :raises Refused: ``name_missing``, ``scope_unknown``, ``no_scopes``, ``expires_in_the_past``, ``network_invalid``,
        ``networks_too_many``.
    """
    actor.must("admin", business_id=business.pk)
    need_name(name)
    if not scopes:
        raise Refused("no_scopes", "A key without any right is of no use. Name at least one.")
    if wrong := rights.unknown(scopes):
        known = ", ".join(rights.SCOPES)
        raise Refused("scope_unknown", f"There is no right {wrong[0]!r}. Known are: {known}.", given=wrong)
    if more := rights.beyond(scopes, actor.scopes):
        raise NotAllowed(more[0])
    if expires_at is not None and expires_at <= now:
        raise Refused("expires_in_the_past", "The key would have expired already. Choose a later moment.")
    allowed = _need_networks(networks)
    with transaction.atomic():
        key, full = _made(
            business=business,
            name=name.strip(),
            scopes=sorted(set(scopes)),
            allowed_networks=allowed,
            created_at=now,
            expires_at=expires_at,
        )
        detail: dict[str, Any] = {"name": key.name, "scopes": key.scopes}
        _record(key, "api_key.created", detail | ({"networks": allowed} if allowed else {}), actor, now)
    return key, full


def rotate_api_key(*, key: ApiKey, actor: Actor, now: datetime) -> tuple[ApiKey, str]:
    """A twin of a key, as :func:`create_api_key` gives it; the old one works for 24 hours more, so that programs can change.

    Name, rights, networks and length of life are the old one's.

    :raises NotFound: another business. :raises NotAllowed: ``admin`` is missing, or a right of the key.
    :raises Clash: ``key_over`` (revoked or expired), ``key_rotated`` (it has a successor already).
    """
    actor.must("admin", business_id=key.business_id, what="api_key")
    with transaction.atomic():
        old = ApiKey.objects.select_for_update(no_key=True).get(pk=key.pk)
        if more := rights.beyond(old.scopes, actor.scopes):
            raise NotAllowed(more[0])
        if old.revoked_at is not None or (old.expires_at is not None and old.expires_at <= now):
            raise Clash("key_over", "The key does not work any more. Make a new one.")
        if old.rotated_at is not None:
            raise Clash("key_rotated", "The key was replaced already. Use the key that took its place.")
        twin, full = _made(
            business=old.business,
            name=old.name,
            scopes=old.scopes,
            allowed_networks=old.allowed_networks,
            created_at=now,
            expires_at=now + (old.expires_at - old.created_at) if old.expires_at else None,
        )
        old.rotated_at = now
        old.expires_at = min(now + ROTATION, old.expires_at or now + ROTATION)
        old.save(update_fields=["rotated_at", "expires_at"])
        _record(old, "api_key.rotated", {"name": old.name, "successor": str(twin.public_id)}, actor, now)
    return twin, full


def bind_api_key(*, key: ApiKey, networks: Sequence[str], actor: Actor, now: datetime) -> list[str]:
    """Says from where a key may be used from now on: no network is from everywhere. The networks as they are kept.

    :raises NotFound: another business. :raises NotAllowed: ``admin`` is missing.
    :raises Refused: ``network_invalid``, ``networks_too_many``. :raises Clash: ``key_over`` (revoked).
    """
    actor.must("admin", business_id=key.business_id, what="api_key")
    allowed = _need_networks(networks)
    with transaction.atomic():
        row = ApiKey.objects.select_for_update(no_key=True).get(pk=key.pk)
        if row.revoked_at is not None:
            raise Clash("key_over", "The key does not work any more. Make a new one.")
        if row.allowed_networks != allowed:
            detail = {"name": row.name, "from": row.allowed_networks, "to": allowed}
            row.allowed_networks = allowed
            row.save(update_fields=["allowed_networks"])
            _record(row, "api_key.bound", detail, actor, now)
    return allowed


def revoke_api_key(*, key: ApiKey, actor: Actor, now: datetime) -> bool:
    """Ends a key at once. False when it was revoked before.

    :raises NotFound: another business. :raises NotAllowed: ``admin`` is missing.
    """
    actor.must("admin", business_id=key.business_id, what="api_key")
    with transaction.atomic():
        changed = ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now)
        if changed:
            _record(key, "api_key.revoked", {}, actor, now)
    return changed == 1


def touch_api_key(*, key_id: int, address: str | None = None, now: datetime) -> bool:
    """Notes that a key was used, and from where, at most once a minute. Whether it was written."""
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - NOTE_USE_EVERY)
    return ApiKey.objects.filter(stale, pk=key_id).update(last_used_at=now, last_used_ip=address) == 1


def _made(**values: Any) -> tuple[ApiKey, str]:
    """A row with a fresh secret, and the whole key."""
    material = crypto.new_api_key()
    row = ApiKey.objects.create(prefix=material.prefix, hash=bytes.fromhex(material.hash), **values)
    return row, material.full


def _record(key: ApiKey, action: str, detail: dict[str, Any], actor: Actor, now: datetime) -> None:
    record_audit(
        actor=actor,
        action=action,
        subject_kind="api_key",
        subject_id=str(key.public_id),
        detail=detail,
        now=now,
    )


def _need_networks(given: Sequence[str]) -> list[str]:
    """:raises Refused: ``network_invalid``, ``networks_too_many``."""
    good, wrong = callers.networks(given)
    if wrong:
        raise Refused(
            "network_invalid",
            f"{wrong[0]!r} is no network. Write an address or a network, such as 203.0.113.7 or 10.1.0.0/16.",
            given=wrong[0][:60],
        )
    if len(good) > callers.MOST_NETWORKS:
        raise Refused(
            "networks_too_many",
            f"These are more than {callers.MOST_NETWORKS} networks. Name fewer, wider ones.",
            most=callers.MOST_NETWORKS,
        )
    return good
