"""Second factors of people: seen, taken away by an owner, sealed anew, and each change in the audit log."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from allauth.mfa import signals
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.db.models import Max
from django.http import HttpRequest
from django.utils import timezone

from qafila.businesses.actions import end_sessions, record_for_person
from qafila.businesses.models import User
from qafila.senders.secrets import keyring
from qafila.web.pages.account.adapter import SECRETS_PLACE
from qafila.web.shell.addresses import client_address

_SEALED = ("secret", "seed")


def with_second_factor(users: Iterable[int]) -> set[int]:
    """Which of these people have an authenticator app or a passkey."""
    found = Authenticator.objects.filter(user_id__in=users).exclude(type=Authenticator.Type.RECOVERY_CODES)
    return set(found.values_list("user_id", flat=True))


def last_seen(users: Iterable[int]) -> dict[int, datetime]:
    """When these people last used a page, where a session of theirs is known."""
    found = UserSession.objects.filter(user_id__in=users).values("user_id").annotate(at=Max("last_seen_at"))
    return {row["user_id"]: row["at"] for row in found}


def remove_second_factors(*, user: User, by: str, address: str | None = None, now: datetime) -> int:
    """Takes app, passkeys and recovery codes away and signs the person out everywhere; how many there were.

    :param by: how: ``owner`` or ``command``. Who may was decided by the caller.
    """
    with transaction.atomic():
        found, _ = Authenticator.objects.filter(user=user).delete()
        if found:
            record_for_person(
                user=user, action="person.second_factors_removed", detail={"by": by}, address=address, now=now
            )
            end_sessions(user=user, by=by, address=address, now=now)
    return found


def seal_factors_anew() -> int:
    """Seals what is kept of second factors with the newest key; how many were not yet. May run beside everything else.

    :raises CryptoError: a key that something is sealed with is missing; what was done until then stays done.
    """
    keys = keyring()
    changed = 0
    for pk in Authenticator.objects.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            row = Authenticator.objects.select_for_update(no_key=True).filter(pk=pk).first()
            stale = (
                [
                    name
                    for name in _SEALED
                    if isinstance(row.data.get(name), str) and keys.needs_rotation(row.data[name])
                ]
                if row
                else []
            )
            if row is None or not stale:
                continue
            for name in stale:
                row.data[name] = keys.rotate(row.data[name], SECRETS_PLACE)
            row.save(update_fields=["data"])
            changed += 1
    return changed


def listen() -> None:
    """Writes a line into the audit log for each change of a second factor."""
    signals.authenticator_added.connect(_added, dispatch_uid="audit")
    signals.authenticator_removed.connect(_removed, dispatch_uid="audit")
    signals.authenticator_reset.connect(_reset, dispatch_uid="audit")


def _added(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    _note(request, user, "person.second_factor_added", authenticator)


def _removed(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    _note(request, user, "person.second_factor_removed", authenticator)


def _reset(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    _note(request, user, "person.recovery_codes_made", authenticator)


def _note(request: HttpRequest, user: User, action: str, authenticator: Authenticator) -> None:
    record_for_person(
        user=user,
        action=action,
        detail={"kind": str(authenticator.type)},
        address=client_address(request),
        now=timezone.now(),
    )
