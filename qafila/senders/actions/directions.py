"""Directions: made, changed, deleted."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from qafila.businesses.actions import record_audit
from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.businesses.refusals import Clash, NotFound, Refused
from qafila.senders.actions.changing import KEEP, Keep
from qafila.senders.direction_models import Direction
from qafila.senders.models import Sender

SCOPE = "numbers:write"
LONGEST_NAME = 200
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}\Z")


def create_direction(
    *,
    business: Business,
    name: str,
    sender: Sender | None = None,
    fallback: Sender | None = None,
    colour: str = "",
    actor: Actor,
    now: datetime,
) -> Direction:
    """A line of business; without a number it uses the default.

    :param fallback: stands in while that number does not serve; None: only the default does.
    :param colour: ``#1f8a70``, or "".
    :raises NotFound: another business's number. :raises NotAllowed: ``numbers:write`` is missing.
    :raises Refused: ``name_missing``, ``too_long``, ``colour_invalid``. :raises Clash: ``direction_name_taken``.
    """
    actor.must(SCOPE, business_id=business.pk)
    _own(business.pk, sender)
    _own(business.pk, fallback)
    kept, paint = _name(name), _colour(colour)
    with transaction.atomic():
        row = _written(
            lambda: Direction.objects.create(
                business=business,
                name=kept,
                sender=sender,
                fallback_sender=fallback,
                colour=paint,
                created_at=now,
                updated_at=now,
            )
        )
        _audit(row, "direction.created", actor, now, _shown({"name": kept}, sender, fallback))
    return row


def change_direction(
    *,
    direction: Direction,
    name: str | None = None,
    sender: Sender | Keep | None = KEEP,
    fallback: Sender | Keep | None = KEEP,
    colour: str | None = None,
    actor: Actor,
    now: datetime,
) -> list[str]:
    """Changes what is given and differs; the names of what changed.

    :param sender: None: it uses the default from now on; :data:`KEEP`: as it is. :param fallback: the same of its stand-in;
        None: it has none.
    :raises NotFound: another business. :raises: as :func:`create_direction`.
    """
    actor.must(SCOPE, business_id=direction.business_id, what="direction")
    given: dict[str, Any] = {}
    if name is not None:
        given["name"] = _name(name)
    if colour is not None:
        given["colour"] = _colour(colour)
    if not isinstance(sender, Keep):
        _own(direction.business_id, sender)
        given |= {"sender_id": sender.pk if sender else None, "gone_phone": ""}
    if not isinstance(fallback, Keep):
        _own(direction.business_id, fallback)
        given["fallback_sender_id"] = fallback.pk if fallback else None
    with transaction.atomic():
        row = Direction.objects.select_for_update(no_key=True, of=("self",)).filter(pk=direction.pk).first()
        if row is None:
            raise NotFound("direction")
        changed = {field: value for field, value in given.items() if getattr(row, field) != value}
        if changed:
            _written(lambda: Direction.objects.filter(pk=row.pk).update(**changed, updated_at=now))
            shown = _shown(
                {"name": changed.get("name")},
                sender if "sender_id" in changed and isinstance(sender, Sender) else None,
                fallback if "fallback_sender_id" in changed and isinstance(fallback, Sender) else None,
            )
            detail = shown | {"changed": sorted(changed)}
            _audit(row, "direction.changed", actor, now, detail)
    direction.refresh_from_db()
    return sorted(changed)


def delete_direction(*, direction: Direction, actor: Actor, now: datetime) -> None:
    """Takes a direction away; its number and what was sent for it stay.

    :raises NotFound: another business. :raises NotAllowed: ``numbers:write`` is missing.
    """
    actor.must(SCOPE, business_id=direction.business_id, what="direction")
    with transaction.atomic():
        _audit(direction, "direction.deleted", actor, now, {"name": direction.name})
        direction.delete()


def _own(business_id: int, sender: Sender | None) -> None:
    if sender is not None and sender.business_id != business_id:
        raise NotFound("number")


def _name(given: str) -> str:
    kept = given.strip()
    if not kept:
        raise Refused("name_missing", "A name is missing. Write one.", field="name")
    if len(kept) > LONGEST_NAME:
        raise Refused(
            "too_long",
            f"At most {LONGEST_NAME} characters are taken here. Write less.",
            limit=LONGEST_NAME,
            field="name",
        )
    return kept


def _colour(given: str) -> str:
    kept = given.strip().lower()
    if kept and not _COLOUR.match(kept):
        raise Refused("colour_invalid", "A colour is written like #1f8a70.", field="colour")
    return kept


def _written(write: Any) -> Any:
    """One statement; a name that is there already is said as what it is."""
    try:
        with transaction.atomic():
            return write()
    except IntegrityError as exc:
        if "direction_name_once" not in str(exc):
            raise
        raise Clash(
            "direction_name_taken",
            "There is a direction of this name already. Choose another name.",
            field="name",
        ) from exc


def _shown(values: dict[str, Any], sender: Sender | None, fallback: Sender | None) -> dict[str, object]:
    detail = {name: value for name, value in values.items() if value is not None}
    for name, one in (("number", sender), ("stands_in", fallback)):
        detail |= {name: str(one.public_id)} if one else {}
    return detail


def _audit(
    row: Direction, action: str, actor: Actor, now: datetime, detail: dict[str, object] | None = None
) -> None:
    record_audit(
        actor=actor,
        action=action,
        subject_kind="direction",
        subject_id=str(row.public_id),
        detail=detail,
        now=now,
    )
