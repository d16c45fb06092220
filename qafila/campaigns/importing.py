"""Reading an uploaded file into the ledger, a chunk a transaction.

How far it came is committed with the rows themselves, so that whoever takes over after a kill begins exactly behind the
last row that is in the books. Two who read the same file at once cannot both write a chunk: the second finds the count
moved and stops.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from qafila.businesses.actor import system_actor
from qafila.campaigns import incoming
from qafila.campaigns.actions import plans
from qafila.campaigns.actions.creating import new_message, several_texts_warning, template_warnings
from qafila.campaigns.actions.directed import look_again
from qafila.campaigns.actions.opening import audit
from qafila.campaigns.flattening import line_breaks_warnings
from qafila.campaigns.models import Campaign, ImportState
from qafila.campaigns.reading import Reading, code_of
from qafila.campaigns.rules.duplicates import SeveralTexts
from qafila.campaigns.rules.recipients import Recipient
from qafila.campaigns.rules.statuses import IMPORTING
from qafila.contacts.actions import ensure_phones
from qafila.dispatch import actions as dispatch
from qafila.dispatch.addressing import known_numbers
from qafila.events import live
from qafila.events.actions import emit
from qafila.kit.failpoints import failpoint
from qafila.kit.statements import statement
from qafila.kit.tables import TableError
from qafila.ledger import actions as ledger

log = logging.getLogger(__name__)


class Import(Reading):
    """One pass over the file of a contract. Use as a context manager; call :meth:`step` until it answers False."""

    def __init__(self, campaign_id: int) -> None:
        super().__init__()
        self._campaign_id = campaign_id

    def begin(self, *, now: datetime) -> bool:
        """Opens the file and goes to where the last one stopped. False: there is nothing (more) to read."""
        campaign = being_imported(self._campaign_id)
        if campaign is None:
            return False
        try:
            self.open(campaign.import_file, campaign.import_options, campaign, done=campaign.import_rows)
        except (TableError, OSError) as refusal:
            _fail(self._campaign_id, refusal, now)
            return False
        return True

    def step(self, *, now: datetime) -> bool:
        """Reads one chunk into the books. False: the file is at its end (or somebody else reads it)."""
        try:
            recipients = self.chunk()
        except (TableError, OSError) as refusal:
            _fail(self._campaign_id, refusal, now)
            return False
        with transaction.atomic():
            campaign = being_imported(self._campaign_id, lock=True)
            if campaign is None or campaign.import_rows != self.done:
                return False
            if not recipients:
                finish(campaign, now)
                return False
            _write(campaign, recipients, now)
            self.done += len(recipients)
            Campaign.objects.filter(pk=campaign.pk).update(
                import_rows=self.done, import_state=ImportState.RUNNING
            )
            live.notify_now(campaign.business_id, f"batch:{campaign.public_id}")
            failpoint("import_chunk")
        return True


def being_imported(campaign_id: int, *, lock: bool = False) -> Campaign | None:
    """The contract whose rows are still being read; None when that is over, or it was deleted."""
    rows = Campaign.objects.select_for_update(of=("self",), no_key=True) if lock else Campaign.objects.all()
    return (
        rows.select_related("batch", "business", "sender", "package")
        .filter(pk=campaign_id, deleted_at=None, import_state__in=IMPORTING)
        .first()
    )


def _write(campaign: Campaign, recipients: Sequence[Recipient], now: datetime) -> None:
    numbers = sorted({row.digits for row in recipients if row.digits})
    names = {row.digits: row.name for row in recipients if row.name}
    contacts = ensure_phones(business_id=campaign.business_id, numbers=numbers, names=names, now=now)
    known = known_numbers(campaign.batch, list(contacts.values()), now=now)
    rows = (new_message(row, contacts, known) for row in recipients)
    ledger.add_messages(batch=campaign.batch, rows=rows, now=now)


def finish(campaign: Campaign, now: datetime) -> None:
    """All rows are in the books: duplicates are taken out, the batch is closed for rows, a wanted start takes effect."""
    batch_id = campaign.batch_id
    with connection.cursor() as cursor:
        # Bulk growth: with the statistics of before, the statements below would be planned for a small table.
        cursor.execute("ANALYZE ledger_message")
    once = campaign.import_options.get("duplicates") == "number"
    ledger.skip_duplicates(batch_id=batch_id, once_per_person=once, now=now)
    ledger.seal_batch(batch_id=batch_id, now=now)
    several = _several_texts(batch_id)
    campaign.warnings = [several_texts_warning(several)] if several.people else []
    campaign.warnings += line_breaks_warnings(campaign.batch)
    campaign.warnings += template_warnings(campaign.target, campaign.batch.content)
    campaign.import_state = ImportState.FINISHED
    campaign.save(update_fields=["warnings", "import_state"])
    if campaign.start_wanted:
        look_again(campaign, now=now)
        Campaign.objects.filter(pk=campaign.pk).update(start_wanted=False)
        dispatch.start_batch(batch_id=batch_id, business_id=campaign.business_id, now=now)
    live.notify_now(campaign.business_id, f"batch:{campaign.public_id}")
    if campaign.import_file:
        transaction.on_commit(lambda: incoming.forget(campaign.import_file))
    emit(
        "import.finished",
        business_id=campaign.business_id,
        subject=("campaign", campaign.public_id),
        data={"rows": campaign.import_rows},
        now=now,
    )
    audit(
        campaign,
        "imported",
        actor=system_actor(campaign.business),
        now=now,
        detail={"rows": campaign.import_rows, "started": campaign.start_wanted},
    )


def _several_texts(batch_id: int) -> SeveralTexts:
    with connection.cursor() as cursor:
        cursor.execute(statement("qafila.campaigns", "several_texts"), {"batch": batch_id})
        rows = cursor.fetchall()
    return SeveralTexts(rows[0][0] if rows else 0, [(last, first) for _, first, last in rows])


def _fail(campaign_id: int, refusal: TableError | OSError, now: datetime) -> None:
    """The file cannot be read (any further): the contract says why and is never started."""
    give_up(campaign_id, code=code_of(refusal), now=now)


def give_up(campaign_id: int, *, code: str, now: datetime) -> None:
    """The contract is FAILED for a reason (a wording code). Nothing happens if it is not being imported (any more)."""
    log.warning("an uploaded file cannot be read", extra={"campaign": campaign_id, "code": code})
    with transaction.atomic():
        campaign = being_imported(campaign_id, lock=True)
        if campaign is None:
            return
        Campaign.objects.filter(pk=campaign_id).update(
            import_state=ImportState.FAILED, import_reason=code, start_wanted=False
        )
        if campaign.begins_at is not None:
            # Said now: until its moment a person can still do something about it.
            plans.refused(campaign, code, actor=system_actor(campaign.business), now=now)
        live.notify_now(campaign.business_id, f"batch:{campaign.public_id}")
        emit(
            "import.failed",
            business_id=campaign.business_id,
            subject=("campaign", campaign.public_id),
            data={"code": code},
            now=now,
        )
