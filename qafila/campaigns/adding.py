"""Reading a file into a contract that stands already, a chunk a transaction, like ``campaigns.importing``.

How far it came is committed with the rows themselves. The contract may be running meanwhile: what it says already to a number is
found out before a chunk's rows are in the books, since a lane takes them as soon as they are; and its batch stays open, so that it
is not called finished between two chunks.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import connection, transaction

from qafila.businesses.actor import system_actor
from qafila.campaigns import incoming
from qafila.campaigns.actions.adding import write_rows
from qafila.campaigns.actions.opening import audit
from qafila.campaigns.models import Addition, AdditionState, Campaign
from qafila.campaigns.queries.adding import UNDER_WAY
from qafila.campaigns.reading import CHUNK, Reading, code_of
from qafila.events import live
from qafila.kit.failpoints import failpoint
from qafila.kit.tables import TableError
from qafila.ledger import actions as ledger
from qafila.ledger.adding import last_row_number

log = logging.getLogger(__name__)


class Adding(Reading):
    """One pass over a file whose rows are added. Use as a context manager; call :meth:`step` until it answers False."""

    def __init__(self, addition_id: int) -> None:
        super().__init__()
        self._addition_id = addition_id

    def begin(self, *, now: datetime) -> bool:
        """Opens the file and goes to where the last one stopped. False: there is nothing (more) to read."""
        addition = Addition.objects.filter(pk=self._addition_id, state__in=UNDER_WAY).first()
        if addition is None:
            return False
        try:
            self.open(addition.file, addition.options, addition.campaign, done=addition.rows_read)
        except (TableError, OSError) as refusal:
            _fail(self._addition_id, refusal, now)
            return False
        return True

    def step(self, *, now: datetime) -> bool:
        """Adds one chunk. False: the file is at its end (or somebody else reads it, or the contract was deleted)."""
        try:
            recipients = self.chunk()
        except (TableError, OSError) as refusal:
            _fail(self._addition_id, refusal, now)
            return False
        with transaction.atomic():
            addition = _under_way(self._addition_id)
            if addition is None or addition.rows_read != self.done:
                return False
            campaign = addition.campaign
            if campaign.deleted_at is not None:
                _end(addition, "not_found", now)
                return False
            if not recipients:
                _end(addition, "", now)
                return False
            first = last_row_number(campaign.batch) + 1
            for number, row in enumerate(recipients, start=first):
                row.row = number
            write_rows(
                campaign, recipients, once_per_number=addition.options.get("duplicates") == "number", now=now
            )
            self.done += len(recipients)
            Addition.objects.filter(pk=addition.pk).update(
                state=AdditionState.RUNNING,
                rows_read=self.done,
                rows_skipped=addition.rows_skipped + sum(1 for row in recipients if row.reason),
            )
            live.notify_now(campaign.business_id, f"batch:{campaign.public_id}")
            failpoint("import_chunk")
        return True


def _under_way(addition_id: int) -> Addition | None:
    """The addition and its contract, both locked, the contract first; None: it is over."""
    campaign = (
        Campaign.objects.select_for_update(of=("self",), no_key=True)
        .select_related("batch", "business", "sender__provider_account", "package")
        .filter(additions=addition_id)
        .first()
    )
    addition = (
        Addition.objects.select_for_update(no_key=True).filter(pk=addition_id, state__in=UNDER_WAY).first()
    )
    if addition is None or campaign is None:
        return None
    campaign.batch.refresh_from_db()  # as it is now: it was read before the lock was had
    addition.campaign = campaign
    return addition


def _end(addition: Addition, reason: str, now: datetime) -> None:
    """No more rows will come: the batch may finish.

    :param reason: wording code of why it ends before the end of its file; "": it came to it.
    """
    campaign = addition.campaign
    state = AdditionState.FAILED if reason else AdditionState.FINISHED
    Addition.objects.filter(pk=addition.pk).update(state=state, reason=reason)
    ledger.seal_batch(batch_id=campaign.batch_id, now=now)
    if addition.rows_read > CHUNK:
        with connection.cursor() as cursor:
            # Bulk growth: with the statistics of before, lists would be planned for a small table.
            cursor.execute("ANALYZE ledger_message")
    transaction.on_commit(lambda: incoming.forget(addition.file))
    live.notify_now(campaign.business_id, f"batch:{campaign.public_id}")
    if not reason:
        detail = {"rows": addition.rows_read, "rejected": addition.rows_skipped}
        audit(campaign, "imported", actor=system_actor(campaign.business), now=now, detail=detail)


def _fail(addition_id: int, refusal: TableError | OSError, now: datetime) -> None:
    """The file cannot be read (any further): what came of it stays, and the contract says why no more came."""
    give_up(addition_id, code=code_of(refusal), now=now)


def give_up(addition_id: int, *, code: str, now: datetime) -> None:
    """The rest of the file is not added, for a reason (a wording code). Nothing happens if it is over already."""
    log.warning("rows cannot be added from a file", extra={"addition": addition_id, "code": code})
    with transaction.atomic():
        addition = _under_way(addition_id)
        if addition is not None:
            _end(addition, code, now)
