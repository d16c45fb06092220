"""What a name, a language, a zone, an address must be."""

from __future__ import annotations

from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from qafila.businesses.models import Role, User
from qafila.businesses.passwords import refuse_weak
from qafila.businesses.refusals import Clash, Refused
from qafila.kit.phones import is_region


def need_name(name: str) -> None:
    """:raises Refused: ``name_missing``."""
    if not name.strip():
        raise Refused("name_missing", "A name is missing. Write one.")


def need_language(language: str) -> None:
    """:raises Refused: ``language_unknown``."""
    if language not in dict(settings.LANGUAGES):
        known = ", ".join(dict(settings.LANGUAGES))
        raise Refused(
            "language_unknown",
            f"There is no language {language!r} here. Choose one of {known}.",
            given=language,
        )


def need_place(*, timezone: str, country: str) -> None:
    """:raises Refused: ``timezone_unknown``, ``country_unknown``."""
    if timezone not in available_timezones():
        raise Refused(
            "timezone_unknown",
            f"There is no time zone {timezone!r}. Write one such as Africa/Cairo.",
            given=timezone,
        )
    if country and not is_region(country):
        raise Refused(
            "country_unknown",
            f"There is no country {country!r}. Write two letters such as EG, or leave it empty.",
            given=country,
        )


def need_role(role: str) -> None:
    """:raises Refused: ``role_unknown``."""
    if role not in Role.values:
        raise Refused(
            "role_unknown", f"There is no role {role!r}. Choose one of {', '.join(Role.values)}.", given=role
        )


def need_email(email: str) -> str:
    """The address without blanks around it, in lower case. :raises Refused: ``email_invalid``."""
    try:
        validate_email(email.strip())
    except ValidationError as exc:
        raise Refused(
            "email_invalid", "This is no e-mail address. Write one such as name@example.com."
        ) from exc
    return email.strip().casefold()


def new_person(
    *, email: str, password: str | None, name: str, created_at: object, language: str = ""
) -> User:
    """A person, who belongs to no business yet.

    :raises Refused: ``name_missing``, ``email_invalid``, ``password_weak``; :class:`Clash`: ``email_taken``.
    """
    need_name(name)
    address = need_email(email)
    if password is not None:
        refuse_weak(password, User(email=address, name=name))
    try:
        with transaction.atomic():
            return User.objects.create_user(
                address, password, name=name.strip(), language=language, created_at=created_at
            )
    except IntegrityError as exc:
        raise Clash(
            "email_taken", "Somebody with this e-mail address is here already. Add them as a member instead."
        ) from exc
