"""What a person may change of a number that is there: its name, its provider's id, how old and how fast it is, its hours."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from qafila.businesses.actions import record_audit
from qafila.businesses.actor import Actor
from qafila.businesses.refusals import Refused
from qafila.senders.actions.states import tell
from qafila.senders.models import Sender
from qafila.senders.rules.hours import read as read_hours

NUMBERS_SINCE = datetime(2009, 1, 1, tzinfo=UTC)
"""No number has been on WhatsApp for longer than there is WhatsApp."""
LONGEST_NAME = 200
LONGEST_REF = 64


class Keep:
    """Stands for "as it is" where None is a value."""


KEEP = Keep()


def change_sender(
    *,
    sender: Sender,
    name: str | None = None,
    ref: str | None = None,
    in_use_since: datetime | None = None,
    throughput: int | Keep | None = KEEP,
    hours: Any = KEEP,
    actor: Actor,
    now: datetime,
) -> list[str]:
    """Changes what is given and differs; the names of what changed.

    :param ref: the provider's id of the number. :param in_use_since: when it began to send: its daily limit grows with age.
    :param throughput: messages a second that the provider allows; None: the provider's default; :data:`KEEP`: as it is.
    :param hours: in which it sends campaigns, as ``rules.hours`` keeps them; None: at any time; :data:`KEEP`: as it is.
    :raises NotFound: another business. :raises NotAllowed: ``accounts:write`` is missing.
    :raises Refused: ``name_missing``, ``too_long``, ``in_use_since_invalid``, ``throughput_invalid``; ``hours_…`` as
        ``rules.hours.read``.
    """
    actor.must("accounts:write", business_id=sender.business_id, what="sender")
    given: dict[str, Any] = {}
    if name is not None:
        given["name"] = _name(name)
    if ref is not None:
        given["ref"] = _short(ref.strip(), LONGEST_REF, "phoneNumberId")
    if in_use_since is not None:
        given["in_use_since"] = check_age(in_use_since, now)
    if not isinstance(throughput, Keep):
        given["throughput"] = _throughput(throughput)
    if not isinstance(hours, Keep):
        given["hours"] = read_hours(hours)
    with transaction.atomic():
        row = Sender.objects.select_for_update(no_key=True, of=("self",)).get(pk=sender.pk)
        changed = {field: value for field, value in given.items() if getattr(row, field) != value}
        if changed:
            Sender.objects.filter(pk=row.pk).update(**changed, updated_at=now)
            # The lane reads its sender anew when its state is told.
            tell(row, before=row.state, after=row.state, reason="changed", now=now)
            record_audit(
                actor=actor,
                action="sender.changed",
                subject_kind="sender",
                subject_id=str(row.public_id),
                detail={
                    field: [_plain(getattr(row, field)), _plain(value)] for field, value in changed.items()
                },
                now=now,
            )
    for field, value in changed.items():
        setattr(sender, field, value)
    return sorted(changed)


def check_age(since: datetime, now: datetime) -> datetime:
    """Since when a number has been sending. Raises :class:`Refused` ``in_use_since_invalid``."""
    if not NUMBERS_SINCE <= since <= now:
        raise Refused(
            "in_use_since_invalid",
            "A number cannot have been in use since that moment. Name one in the past, not before 2009.",
            field="inUseSince",
        )
    return since


def _name(given: str) -> str:
    if not given.strip():
        raise Refused("name_missing", "A name is missing. Write one.")
    return _short(given.strip(), LONGEST_NAME, "name")


def _short(text: str, most: int, field: str) -> str:
    if len(text) > most:
        raise Refused(
            "too_long", f"At most {most} characters are taken here. Write less.", limit=most, field=field
        )
    return text


def _throughput(given: int | None) -> int | None:
    if given is not None and given < 1:
        raise Refused(
            "throughput_invalid",
            "A throughput is at least one message a second. Leave it out for the default.",
        )
    return given


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
