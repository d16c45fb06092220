"""Verbs that write: businesses, people, keys, the audit log."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from qafila.businesses.actor import Actor, system_actor
from qafila.businesses.models import ApiKey, AuditEntry, Business, Membership, Role, User
from qafila.businesses.passwords import refuse_weak
from qafila.businesses.refusals import Clash, NotAllowed, Refused
from qafila.businesses.rules import scopes as rights
from qafila.kit import crypto
from qafila.kit.phones import is_region

log = logging.getLogger(__name__)

FIRST_BUSINESS_NAME = "My business"
NOTE_USE_EVERY = timedelta(minutes=1)
_FIRST_BUSINESS_LOCK = (6, 0)
"""Class 6 of advisory locks is this room's; the others of it are one a business, for the audit log."""


def create_business(
    *,
    name: str,
    language: str = "en",
    timezone: str = "UTC",
    default_country: str = "",
    now: datetime,
) -> Business:
    """Opens a new tenant.

    :param language: one of ``settings.LANGUAGES``.
    :param timezone: an IANA name such as ``Africa/Cairo``.
    :param default_country: ISO 3166 code that reads national phone numbers, or "" for international ones only.
    :raises Refused: ``name_missing``, ``language_unknown``, ``timezone_unknown``, ``country_unknown``.
    """
    _need_name(name)
    if language not in dict(settings.LANGUAGES):
        known = ", ".join(dict(settings.LANGUAGES))
        raise Refused(
            "language_unknown",
            f"There is no language {language!r} here. Choose one of {known}.",
            given=language,
        )
    if timezone not in available_timezones():
        raise Refused(
            "timezone_unknown",
            f"There is no time zone {timezone!r}. Write one such as Africa/Cairo.",
            given=timezone,
        )
    if default_country and not is_region(default_country):
        raise Refused(
            "country_unknown",
            f"There is no country {default_country!r}. Write two letters such as EG, or leave it empty.",
            given=default_country,
        )
    return Business.objects.create(
        name=name.strip(),
        language=language,
        timezone=timezone,
        default_country=default_country.upper(),
        created_at=now,
    )


def ensure_first_business(*, now: datetime) -> Business:
    """The first business, made if there is none; without any person and any key. Safe in several processes at once."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", _FIRST_BUSINESS_LOCK)
        first = Business.objects.order_by("pk").first()
        if first is None:
            first = create_business(name=FIRST_BUSINESS_NAME, now=now)
            record_audit(
                actor=system_actor(first),
                action="business.created",
                subject_kind="business",
                subject_id=str(first.public_id),
                now=now,
            )
            log.info("the first business was made", extra={"business": str(first.public_id)})
    return first


def create_owner(*, business: Business, email: str, password: str, name: str, now: datetime) -> User:
    """Makes a person who signs in and owns the business. For the command line and the first start; no actor is asked.

    :raises Refused: ``email_invalid``, ``name_missing``, ``password_weak``; :class:`Clash`: ``email_taken`` (an existing
        person keeps the password: make them a member with the role ``owner`` instead).
    """
    with transaction.atomic():
        user = _create_person(email=email, password=password, name=name, now=now)
        Membership.objects.create(business=business, user=user, role=Role.OWNER, created_at=now)
        record_audit(
            actor=system_actor(business),
            action="member.added",
            subject_kind="user",
            subject_id=str(user.public_id),
            detail={"role": str(Role.OWNER)},
            now=now,
        )
    return user


def add_member(
    *,
    business: Business,
    email: str,
    role: str,
    name: str = "",
    password: str | None = None,
    actor: Actor,
    now: datetime,
) -> Membership:
    """Gives a person a role in the business: an existing one (whose name and password stay), or a new one.

    :param password: of a new person; None: they cannot sign in until a password is set for them.
    :raises NotFound: another business. :raises NotAllowed: ``admin`` is missing, or ``owner`` to make an owner.
    :raises Refused: ``role_unknown``, ``email_invalid``, ``name_missing``, ``password_weak``.
    :raises Clash: ``already_member``.
    """
    actor.must("admin", business_id=business.pk)
    if role not in Role.values:
        raise Refused(
            "role_unknown", f"There is no role {role!r}. Choose one of {', '.join(Role.values)}.", given=role
        )
    if role == Role.OWNER:
        actor.must(rights.OWNER, business_id=business.pk)
    with transaction.atomic():
        user = User.objects.filter(email__iexact=email.strip()).first()
        if user is None:
            user = _create_person(email=email, password=password, name=name, now=now)
        membership, made = Membership.objects.get_or_create(
            business=business, user=user, defaults={"role": role, "created_at": now}
        )
        if not made:
            raise Clash("already_member", "This person is a member already. Change their role instead.")
        record_audit(
            actor=actor,
            action="member.added",
            subject_kind="user",
            subject_id=str(user.public_id),
            detail={"role": role},
            now=now,
        )
    return membership


def _create_person(*, email: str, password: str | None, name: str, now: datetime) -> User:
    _need_name(name)
    try:
        validate_email(email.strip())
    except ValidationError as exc:
        raise Refused(
            "email_invalid", "This is no e-mail address. Write one such as name@example.com."
        ) from exc
    if password is not None:
        refuse_weak(password, User(email=email.strip(), name=name))
    try:
        with transaction.atomic():
            return User.objects.create_user(email.strip(), password, name=name.strip(), created_at=now)
    except IntegrityError as exc:
        raise Clash(
            "email_taken", "Somebody with this e-mail address is here already. Add them as a member instead."
        ) from exc


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
    _need_name(name)
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


def record_audit(
    *,
    actor: Actor,
    action: str,
    subject_kind: str = "",
    subject_id: str = "",
    detail: Mapping[str, Any] | None = None,
    address: str | None = None,
    now: datetime,
) -> AuditEntry:
    """Adds a line to the audit log of the actor's business, in the caller's transaction.

    Call it **last** in a transaction: until that ends, other entries of the business wait (they form a hash chain).

    :param action: ``<thing>.<what happened>``, e.g. ``sender.paused``.
    :param detail: small and without secrets, texts and phone numbers.
    :param address: where it came from; the actor's own by default.
    """
    return AuditEntry.objects.create(
        business=actor.business,
        at=now,
        actor_kind=actor.kind,
        actor_id=actor.id,
        action=action,
        subject_kind=subject_kind,
        subject_id=subject_id,
        detail=dict(detail or {}),
        address=address or actor.address,
    )


def _need_name(name: str) -> None:
    if not name.strip():
        raise Refused("name_missing", "A name is missing. Write one.")
