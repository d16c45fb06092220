"""The list of numbers: added, named, made the default, switched off and on, deleted."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction
from django.db.models import ProtectedError, Q

from qafila.businesses.actions import record_audit
from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.businesses.refusals import Clash, NotFound, Refused
from qafila.kit.phones import BadPhone, normalise
from qafila.senders.actions.numbers import make_sender
from qafila.senders.actions.states import SWITCHED_OFF, pause_those, resume_those, tell
from qafila.senders.direction_models import Direction
from qafila.senders.keeping import is_kept
from qafila.senders.models import Sender, SenderState
from qafila.senders.rules import transitions

MAIN = "Основной"
"""The name of the number that an account had before it had a list; the user's own word."""
LONGEST_LABEL = 200
SCOPE = "numbers:write"


def add_number(
    *, business: Business, phone: str, label: str = "", is_default: bool = False, actor: Actor, now: datetime
) -> Sender:
    """A number in the list, not connected to a provider. The first one becomes the default whatever is asked.

    :param phone: international, with ``+`` and the country code.
    :param label: "" names it by its number.
    :raises NotFound: another business. :raises NotAllowed: ``numbers:write`` is missing.
    :raises Refused: ``phone.<reason>``, ``number_not_international``, ``too_long``. :raises Clash: ``sender_phone_taken``.
    """
    actor.must(SCOPE, business_id=business.pk)
    number = normalise(phone, None)
    if isinstance(number, BadPhone):
        raise Refused(
            number.wording,
            "This is no valid phone number. Write it with + and the country code.",
            field="phone_number",
        )
    if not phone.strip().startswith("+"):
        raise Refused(
            "number_not_international",
            "The number has no + before its country code. Write it like +12345678901.",
            field="phone_number",
        )
    with transaction.atomic():
        sender = make_sender(
            business=business, name=_label(label) or number.e164, phone=number.e164, actor=actor, now=now
        )
        sender.refresh_from_db()
        if is_default and not sender.is_default:
            _make_default(sender, actor=actor, now=now)
    return sender


def change_number(
    *,
    sender: Sender,
    label: str | None = None,
    is_default: bool | None = None,
    is_active: bool | None = None,
    actor: Actor,
    now: datetime,
) -> list[str]:
    """Changes what is given and differs; the names of what changed.

    Switching a number off pauses it too, and on again ends that pause, no other one and no rest. Making one the default unmakes the other.

    :raises NotFound: another business. :raises NotAllowed: ``numbers:write`` is missing.
    :raises Refused: ``too_long``, ``name_missing``. :raises Clash: ``default_needed``: it is the default, make another.
    """
    actor.must(SCOPE, business_id=sender.business_id, what="number")
    wanted = _label(label) if label is not None else None
    if wanted == "":
        raise Refused("name_missing", "A name is missing. Write one.", field="label")
    changed: list[str] = []
    with transaction.atomic():
        _lock(sender.business_id)
        row = Sender.objects.select_for_update(no_key=True, of=("self",)).filter(pk=sender.pk).first()
        if row is None:
            raise NotFound("number")
        if wanted is not None and wanted != row.name:
            _rename(row, wanted, actor, now)
            changed.append("label")
        if is_default is False and row.is_default:
            raise Clash(
                "default_needed",
                "An account with numbers has one default. Make another number the default instead.",
                field="is_default",
            )
        if is_default and not row.is_default:
            _make_default(row, actor=actor, now=now)
            changed.append("is_default")
        if is_active is not None and is_active != row.is_active:
            _switch(row, is_active, actor, now)
            changed.append("is_active")
    sender.refresh_from_db()
    return changed


def delete_number(*, sender: Sender, actor: Actor, now: datetime) -> None:
    """Takes a number off the list for good. If it was the default, the oldest one that is switched on becomes it.

    :raises NotFound: another business. :raises NotAllowed: ``numbers:write`` is missing.
    :raises Clash: ``number_used_by_directions`` with the directions that use it; ``number_has_history``.
    """
    actor.must(SCOPE, business_id=sender.business_id, what="number")
    with transaction.atomic():
        _lock(sender.business_id)
        row = Sender.objects.select_for_update(of=("self",)).filter(pk=sender.pk).first()
        if row is None:
            raise NotFound("number")
        if using := list(
            Direction.objects.filter(Q(sender=row) | Q(fallback_sender=row))
            .order_by("name")
            .values_list("name", flat=True)
        ):
            names = ", ".join(using)
            raise Clash(
                "number_used_by_directions",
                f"Directions use this number: {names}. Give them another one first.",
                directions=names,
                count=len(using),
            )
        if is_kept(row):
            raise _has_history()
        others = Sender.objects.filter(business_id=row.business_id).exclude(pk=row.pk)
        if row.is_default and (heir := others.order_by("-is_active", "pk").first()) is not None:
            _make_default(heir, actor=actor, now=now)
        tell(row, before=row.state, after="deleted", reason="", now=now)
        _audit(row, "sender.deleted", actor, now, {"label": row.name, "number": row.phone})
        try:
            row.delete()
        except ProtectedError as exc:
            raise _has_history() from exc


def adopt_old_number(*, business: Business, actor: Actor, now: datetime) -> Sender | None:
    """Copies the old single number of an account into the list, as its default; None where there is none, it is there
    already, or it cannot be read. The old number itself stays where it is."""
    actor.must(SCOPE, business_id=business.pk)
    number = normalise(business.whatsapp_phone_number, business.default_country or None)
    if isinstance(number, BadPhone) or Sender.objects.filter(business=business, phone=number.e164).exists():
        return None
    return add_number(business=business, phone=number.e164, label=MAIN, is_default=True, actor=actor, now=now)


def _lock(business_id: int) -> None:
    """One at a time changes the list of a business; the database's own trigger for the first number takes it too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"senders.default:{business_id}"]
        )


def _make_default(row: Sender, *, actor: Actor, now: datetime) -> None:
    _lock(row.business_id)
    former = Sender.objects.filter(business_id=row.business_id, is_default=True).exclude(pk=row.pk)
    former.update(is_default=False, updated_at=now)
    Sender.objects.filter(pk=row.pk).update(is_default=True, updated_at=now)
    row.is_default = True
    _audit(row, "sender.made_default", actor, now)


def _rename(row: Sender, label: str, actor: Actor, now: datetime) -> None:
    Sender.objects.filter(pk=row.pk).update(name=label, updated_at=now)
    # The lane reads its sender anew when its state is told.
    tell(row, before=row.state, after=row.state, reason="changed", now=now)
    _audit(row, "sender.changed", actor, now, {"name": [row.name, label]})
    row.name = label


def _switch(row: Sender, on: bool, actor: Actor, now: datetime) -> None:
    """What is switched off does not send either: the engine looks at the state alone. A pause that was there before is
    somebody else's, and stays; so does a provider's rest."""
    if on:
        mine = Q(pk=row.pk, state=SenderState.PAUSED, state_reason=SWITCHED_OFF)
        changed = resume_those(mine, now=now)
    else:
        works = Q(pk=row.pk, state__in=transitions.FROM[transitions.PAUSED])
        changed = pause_those(works, by=transitions.PERSON, reason=SWITCHED_OFF, now=now)
    Sender.objects.filter(pk=row.pk).update(is_active=on, updated_at=now)
    if not changed:
        tell(row, before=row.state, after=row.state, reason="changed", now=now)
    _audit(row, "sender.switched_on" if on else "sender.switched_off", actor, now)


def _has_history() -> Clash:
    return Clash(
        "number_has_history",
        "Messages of this number stand in the books, so it stays. Switch it off instead.",
    )


def _label(text: str) -> str:
    kept = text.strip()
    if len(kept) > LONGEST_LABEL:
        raise Refused(
            "too_long",
            f"At most {LONGEST_LABEL} characters are taken here. Write less.",
            limit=LONGEST_LABEL,
            field="label",
        )
    return kept


def _audit(
    row: Sender, action: str, actor: Actor, now: datetime, detail: dict[str, object] | None = None
) -> None:
    record_audit(
        actor=actor,
        action=action,
        subject_kind="sender",
        subject_id=str(row.public_id),
        detail=detail,
        now=now,
    )
