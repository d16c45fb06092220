"""Businesses: opened, named, and how far their first steps are."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import connection, transaction

from qafila.businesses.actions.audit import record_audit
from qafila.businesses.actions.checks import need_language, need_name, need_place, new_person
from qafila.businesses.actor import Actor, system_actor
from qafila.businesses.models import Business, Membership, Role, User
from qafila.businesses.refusals import Clash
from qafila.businesses.rules import scopes as rights

log = logging.getLogger(__name__)

FIRST_BUSINESS_NAME = "My business"
_FIRST_BUSINESS_LOCK = (6, 0)
"""Class 6 of advisory locks is this room's; the others of it are one a business, for the audit log."""

FIRST_STEPS = frozenset({"checked", "tested", "hidden"})
"""What is remembered of the first steps; the other steps show by themselves in the data."""


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
    need_name(name)
    need_language(language)
    need_place(timezone=timezone, country=default_country)
    return Business.objects.create(
        name=name.strip(),
        language=language,
        timezone=timezone,
        default_country=default_country.upper(),
        created_at=now,
    )


def ensure_first_business(*, now: datetime) -> Business:
    """The first business, made if there is none; without any person and any key. Safe in several processes at once."""
    with transaction.atomic():
        _one_at_a_time()
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


def take_first_business(
    *,
    business_name: str,
    language: str,
    timezone: str,
    default_country: str,
    email: str,
    password: str,
    name: str,
    now: datetime,
) -> User:
    """The first owner of an installation, and what their business is called. Only while nobody owns anything here.

    The caller has checked that this person may (the link that ``qafila up`` printed).

    :raises Clash: ``owned_already``; and as :func:`create_business` and ``create_owner``.
    """
    with transaction.atomic():
        _one_at_a_time()
        if Membership.objects.filter(role=Role.OWNER).exists():
            raise Clash("owned_already", "This installation has an owner already. Sign in.")
        business = ensure_first_business(now=now)
        need_name(business_name)
        need_language(language)
        need_place(timezone=timezone, country=default_country)
        business.name, business.language = business_name.strip(), language
        business.timezone, business.default_country = timezone, default_country.upper()
        business.save(update_fields=["name", "language", "timezone", "default_country"])
        user = new_person(email=email, password=password, name=name, created_at=now, language=language)
        Membership.objects.create(business=business, user=user, role=Role.OWNER, created_at=now)
        record_audit(
            actor=system_actor(business),
            action="member.added",
            subject_kind="user",
            subject_id=str(user.public_id),
            detail={"role": str(Role.OWNER), "first": True},
            now=now,
        )
    return user


def open_business(
    *, name: str, language: str, timezone: str, default_country: str, owner: User, actor: Actor, now: datetime
) -> Business:
    """A further business for a person who owns one already, with them as its owner.

    :raises NotAllowed: ``owner`` is missing; and as :func:`create_business`.
    """
    actor.must(rights.OWNER, business_id=actor.business.pk)
    with transaction.atomic():
        business = create_business(
            name=name, language=language, timezone=timezone, default_country=default_country, now=now
        )
        Membership.objects.create(business=business, user=owner, role=Role.OWNER, created_at=now)
        record_audit(
            actor=actor,
            action="business.opened",
            subject_kind="business",
            subject_id=str(business.public_id),
            now=now,
        )
        record_audit(
            actor=system_actor(business),
            action="business.created",
            subject_kind="business",
            subject_id=str(business.public_id),
            detail={"owner": str(owner.public_id)},
            address=actor.address,
            now=now,
        )
    return business


def change_business(
    *,
    business: Business,
    name: str,
    language: str,
    timezone: str,
    default_country: str,
    actor: Actor,
    now: datetime,
) -> bool:
    """Changes what a business is called and where it is. False when nothing is different.

    :raises NotFound: another business. :raises NotAllowed: ``admin`` is missing. :raises Refused: as :func:`create_business`.
    """
    actor.must("admin", business_id=business.pk)
    need_name(name)
    need_language(language)
    need_place(timezone=timezone, country=default_country)
    wanted = {
        "name": name.strip(),
        "language": language,
        "timezone": timezone,
        "default_country": default_country.upper(),
    }
    with transaction.atomic():
        row = Business.objects.select_for_update(no_key=True).get(pk=business.pk)
        changed = {
            field: [getattr(row, field), value]
            for field, value in wanted.items()
            if getattr(row, field) != value
        }
        if not changed:
            return False
        for field, value in wanted.items():
            setattr(row, field, value)
            setattr(business, field, value)
        row.save(update_fields=list(wanted))
        record_audit(
            actor=actor,
            action="business.changed",
            subject_kind="business",
            subject_id=str(business.public_id),
            detail=changed,
            now=now,
        )
    return True


def note_first_steps(*, business: Business, actor: Actor, now: datetime, **steps: bool) -> None:
    """Remembers a first step (``checked``, ``tested``) or that the list is ``hidden``.

    :raises NotFound: another business. :raises NotAllowed: ``admin`` is missing.
    """
    actor.must("admin", business_id=business.pk)
    unknown = set(steps) - FIRST_STEPS
    if unknown:
        raise ValueError(f"There is no first step {sorted(unknown)[0]!r}.")
    with transaction.atomic():
        row = Business.objects.select_for_update(no_key=True).get(pk=business.pk)
        if all(row.first_steps.get(step, False) == done for step, done in steps.items()):
            return
        row.first_steps = {**row.first_steps, **steps}
        business.first_steps = row.first_steps
        row.save(update_fields=["first_steps"])
        record_audit(
            actor=actor,
            action="business.first_steps",
            subject_kind="business",
            subject_id=str(business.public_id),
            detail=dict(steps),
            now=now,
        )


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", _FIRST_BUSINESS_LOCK)
