"""Keys for programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from qafila.businesses.actions.audit import record_audit
from qafila.businesses.actions.checks import need_name
from qafila.businesses.actor import Actor
from qafila.businesses.models import ApiKey, Business
from qafila.businesses.refusals import NotAllowed, Refused
from qafila.businesses.rules import scopes as rights
from qafila.kit import crypto

NOTE_USE_EVERY = timedelta(minutes=1)


def create_api_key(
    *,
    business: Business,
    name: str,
    scopes: Sequence[str] = (rights.EVERYTHING,),
    expires_at: datetime | None = None,
    actor: Actor,
    now: datetime,
) -> tuple[ApiKey, str]:
    """A new key for programs: its row, and the whole key, which is shown once and kept nowhere.

    :param scopes: names of ``businesses.rules.scopes``; never more than the actor has.
    :raises NotFound: another business. :raises NotAllowed: ``admin`` is missing, or a right that would be handed out.
    :raises Refused: ``name_missing``, ``scope_unknown``, ``no_scopes``, ``expires_in_the_past``.
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
    material = crypto.new_api_key()
    with transaction.atomic():
        key = ApiKey.objects.create(
            business=business,
            name=name.strip(),
            prefix=material.prefix,
            hash=bytes.fromhex(material.hash),
            scopes=sorted(set(scopes)),
            created_at=now,
            expires_at=expires_at,
        )
        record_audit(
            actor=actor,
            action="api_key.created",
            subject_kind="api_key",
            subject_id=str(key.public_id),
            detail={"name": key.name, "scopes": key.scopes},
            now=now,
        )
    return key, material.full


def revoke_api_key(*, key: ApiKey, actor: Actor, now: datetime) -> bool:
    """Ends a key at once. False when it was revoked before.

    :raises NotFound: another business. :raises NotAllowed: ``admin`` is missing.
    """
    actor.must("admin", business_id=key.business_id, what="api_key")
    with transaction.atomic():
        changed = ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now)
        if changed:
            record_audit(
                actor=actor,
                action="api_key.revoked",
                subject_kind="api_key",
                subject_id=str(key.public_id),
                now=now,
            )
    return changed == 1


def touch_api_key(*, key_id: int, now: datetime) -> bool:
    """Notes that a key was used, at most once a minute. Whether it was written."""
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - NOTE_USE_EVERY)
    return ApiKey.objects.filter(stale, pk=key_id).update(last_used_at=now) == 1
