"""Which passwords are taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError

from qafila.businesses.refusals import Refused

if TYPE_CHECKING:
    from qafila.businesses.models import User

MIN_LENGTH: Final = 10

_RULES: Final = (
    password_validation.MinimumLengthValidator(MIN_LENGTH),
    password_validation.UserAttributeSimilarityValidator(("email", "name")),
    password_validation.CommonPasswordValidator(),
    password_validation.NumericPasswordValidator(),
)


def refuse_weak(password: str, user: User) -> None:
    """Raises ``Refused("password_weak")`` with what is wrong with it, in the words of Django's own rules."""
    try:
        password_validation.validate_password(password, user, password_validators=_RULES)
    except ValidationError as exc:
        raise Refused(
            "password_weak",
            f"This password is too easy: {' '.join(exc.messages)} Choose a longer one.",
            why=exc.messages,
        ) from exc
