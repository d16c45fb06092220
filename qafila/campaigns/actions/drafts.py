"""Drafts: a file comes in, a person says how it is read and what is sent, mends cells, throws it away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from qafila.businesses.actions import record_audit
from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.businesses.refusals import NotFound, Refused
from qafila.campaigns import checking, incoming
from qafila.campaigns.carrying import Over, check_here
from qafila.campaigns.incoming import Stored
from qafila.campaigns.inspecting import columns_of, inspect, inspect_again, shown_file_name
from qafila.campaigns.models import CheckState, Draft
from qafila.campaigns.queries.drafts import OVER, is_checked
from qafila.campaigns.rules.drafting import LONGEST_CELL, MOST_MENDED, readable_content, readable_reading
from qafila.campaigns.rules.recipients import LONGEST_NAME, text_fault
from qafila.campaigns.ways import way_of
from qafila.kit.ids import is_public_id, new_public_id
from qafila.senders import queries as senders
from qafila.senders.direction_models import Direction
from qafila.senders.models import Package, Sender, SenderState

KEPT_FOR: Final = timedelta(days=14)
"""After the last change; then the draft and its file go."""


def create_draft(
    *, business: Business, file: Stored, file_name: str, file_size: int, actor: Actor, now: datetime
) -> Draft:
    """A draft from a stored file; its columns and what is sent are guessed as well as can be.

    :param file: of :func:`incoming.store`; the caller forgets it when this does not succeed.
    :param file_name: as the person knows it; empty for pasted text.
    :raises NotFound: another business. :raises NotAllowed: ``contracts:write`` is missing.
    :raises Refused: every ``kit.tables.TableCode``.
    """
    actor.must("contracts:write", business_id=business.pk)
    name = shown_file_name(file_name)
    draft = Draft(
        public_id=new_public_id("draft"),
        business=business,
        name=name.rsplit(".", 1)[0][:LONGEST_NAME],
        file=file.name,
        file_name=name,
        file_size=file_size,
        file_sha256=file.sha256,
        sender=_likeliest_sender(business.pk),
        created_by=f"{actor.kind}:{actor.id}"[:80],
        created_at=now,
        updated_at=now,
        expires_at=now + KEPT_FOR,
    )
    inspect(draft, {})
    draft.columns = dict(draft.reading["columns"])
    draft.content = {"kind": "column"} if "message" in draft.columns else {"kind": "text", "text": ""}
    with transaction.atomic():
        draft.save()
        _audit(draft, "created", actor=actor, now=now, detail={"file": name, "bytes": file_size})
    return draft


def configure_draft(
    *,
    business: Business,
    public_id: str,
    reading: Mapping[str, Any] | None = None,
    columns: Mapping[str, int] | None = None,
    content: Mapping[str, Any] | None = None,
    duplicates: str | None = None,
    sender: Sender | None = None,
    package: Package | None = None,
    direction: Direction | None = None,
    name: str | None = None,
    step: str | None = None,
    actor: Actor,
    now: datetime,
) -> Draft:
    """Changes what is given. Where the file is to be read in another way, it is looked at anew and the columns are guessed
    again. What matters to the rows makes an older check void.

    :param sender: the number that sends; or ``package``: the numbers that share it; or ``direction``: the business line that
        chooses the number. The others are given up.
    :raises NotFound: no such draft here, or what it should go out over is not here. :raises NotAllowed: ``contracts:write`` is missing.
    :raises Refused: ``invalid_value``, ``too_long``, and every ``kit.tables.TableCode``.
    """
    with transaction.atomic():
        draft = locked_draft(business, public_id, actor)
        before = _that_matters(draft)
        if reading is not None:
            inspect_again(draft, readable_reading(reading))
        if columns is not None:
            draft.columns = columns_of(draft, columns)
        if content is not None:
            draft.content = readable_content(content)
        if duplicates is not None:
            draft.duplicates = "number" if duplicates == "number" else "text"
        if chosen := [one for one in (sender, package, direction) if one is not None]:
            (over,) = chosen
            if draft.adds_to_id is None:  # else the contract has chosen already
                _choose(draft, over)
        if name is not None:
            draft.name = _name(name)
        if step in ("map", "check", "send"):
            draft.step = step
        _save(draft, before, now)
    return draft


def mend_cells(
    *, business: Business, public_id: str, cells: Mapping[int, Mapping[int, str]], actor: Actor, now: datetime
) -> Draft:
    """Keeps what a person wrote into cells; the file itself stays as it is.

    :param cells: row number to 0-based column to text.
    :raises NotFound: no such draft here. :raises NotAllowed: ``contracts:write`` is missing.
    :raises Refused: ``too_many_mended``, ``too_long``, ``nul_byte``, ``bad_encoding``.
    """
    with transaction.atomic():
        draft = locked_draft(business, public_id, actor)
        before = _that_matters(draft)
        mended = {row: dict(changes) for row, changes in draft.mended.items()}
        for row, changes in cells.items():
            for column, text in changes.items():
                if len(text) > LONGEST_CELL:
                    raise Refused("too_long", "The cell is too long.", field="cell", limit=LONGEST_CELL)
                if fault := text_fault(text):
                    raise Refused(fault, "The cell has characters that cannot be kept.", column=column + 1)
                mended.setdefault(str(row), {})[str(column)] = text
        if len(mended) > MOST_MENDED:
            raise Refused(
                "too_many_mended",
                f"At most {MOST_MENDED} rows can be put right here. Download the rejected rows instead.",
                limit=MOST_MENDED,
            )
        draft.mended = mended
        _save(draft, before, now)
    return draft


def delete_draft(*, business: Business, public_id: str, actor: Actor, now: datetime) -> None:
    """Takes a draft away, and its file.

    :raises NotFound: no such draft here. :raises NotAllowed: ``contracts:write`` is missing.
    """
    with transaction.atomic():
        draft = locked_draft(business, public_id, actor)
        _take_away(draft)
        _audit(draft, "deleted", actor=actor, now=now, detail={"file": draft.file_name})


def forget_old_drafts(*, now: datetime, most: int = 100) -> int:
    """Takes away drafts whose time is over, and those that became a contract some time ago. Returns how many."""
    count = 0
    for old in Draft.objects.filter(expires_at__lt=now, start_at=None).order_by("expires_at")[:most]:
        with transaction.atomic():
            draft = Draft.objects.select_for_update(skip_locked=True).filter(pk=old.pk, start_at=None).first()
            if draft is not None:
                _take_away(draft)
                count += 1
    return count


def begin_check(draft: Draft, *, now: datetime) -> None:
    """Checks a small file at once and hands a large one to a worker, unless the last check still holds."""
    if draft.check_version == draft.version and draft.check_state not in (CheckState.NONE, CheckState.DONE):
        return
    if draft.check_state == CheckState.DONE and is_checked(draft, way_of(draft, now=now)):
        return
    from qafila.campaigns import jobs

    at_once = checking.is_quick(draft)
    with transaction.atomic():
        Draft.objects.filter(pk=draft.pk, version=draft.version).update(
            check_state=CheckState.RUNNING if at_once else CheckState.WAITING,
            check_version=draft.version,
            check_rows=0,
            check_share=0.0,
            check_reason="",
        )
        if at_once:
            checking.check(draft.pk, draft.version, now=lambda: now)
        else:
            jobs.defer_check(draft)
    draft.refresh_from_db()


def locked_draft(business: Business, public_id: str, actor: Actor) -> Draft:
    """The draft, locked until the transaction ends. One that became a contract is none any more.

    :raises NotFound: no such draft here. :raises NotAllowed: ``contracts:write`` is missing.
    """
    actor.must("contracts:write", business_id=business.pk)
    found = (
        Draft.objects.select_for_update(of=("self",), no_key=True)
        .select_related(*OVER)
        .filter(business=business, public_id=public_id, campaign=None)
        .first()
        if is_public_id(public_id, "draft")
        else None
    )
    if found is None:
        raise NotFound("draft")
    return found


def _name(given: str) -> str:
    name = given.strip()
    if len(name) > LONGEST_NAME:
        raise Refused("too_long", "The name is too long.", field="name", limit=LONGEST_NAME)
    if fault := text_fault(name):
        raise Refused(fault, "The name has characters that cannot be kept.", field="name")
    return name


def _that_matters(draft: Draft) -> tuple[Any, ...]:
    options = checking.options_of(draft)
    return (options, draft.content, draft.sender_id, draft.package_id, draft.direction_id)


def _choose(draft: Draft, over: Over | Direction) -> None:
    """One of the three, and neither of the others."""
    if isinstance(over, Direction):
        if over.business_id != draft.business_id:
            raise NotFound("direction")
    else:
        check_here(draft.business, over)
    draft.sender = over if isinstance(over, Sender) else None
    draft.package = over if isinstance(over, Package) else None
    draft.direction = over if isinstance(over, Direction) else None


def _save(draft: Draft, before: tuple[Any, ...], now: datetime) -> None:
    if _that_matters(draft) != before:
        draft.version += 1
        draft.check_state = CheckState.NONE
        draft.check_result = {}
    draft.updated_at = now
    draft.expires_at = now + KEPT_FOR
    draft.save()


def _audit(draft: Draft, what: str, *, actor: Actor, now: datetime, detail: Mapping[str, Any]) -> None:
    record_audit(
        actor=actor,
        action=f"draft.{what}",
        subject_kind="draft",
        subject_id=draft.public_id,
        detail=detail,
        now=now,
    )


def _take_away(draft: Draft) -> None:
    draft.delete()
    if draft.campaign_id is None:
        transaction.on_commit(lambda: incoming.forget(draft.file))


def _likeliest_sender(business_id: int) -> Sender | None:
    """The only one that can send, or the one that was used last among them; a person may choose another."""
    able = [
        one for one in senders.for_business(business_id) if senders.effective(one).state == SenderState.READY
    ]
    return able[0] if able else None
