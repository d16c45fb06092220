"""The rows of a contract that copies another one, a chunk a transaction, like those of a file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.db import transaction

from qafila.campaigns.importing import Import, being_imported, finish, give_up
from qafila.campaigns.models import COPY_OF, Campaign, ImportState
from qafila.campaigns.reading import CHUNK
from qafila.campaigns.rules.results import is_rejection
from qafila.dispatch.addressing import known_numbers
from qafila.ledger import actions as ledger
from qafila.ledger import queries
from qafila.ledger.actions import NewMessage
from qafila.ledger.queries import MessageRow

_AFTER: Final = "after"


class Copying:
    """One pass over the rows of another contract; the same way to use it as :class:`importing.Import`."""

    def __init__(self, campaign_id: int) -> None:
        self._campaign_id = campaign_id

    def __enter__(self) -> Copying:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def begin(self, *, now: datetime) -> bool:
        """False: there is nothing (more) to copy."""
        campaign = being_imported(self._campaign_id)
        if campaign is None:
            return False
        self._source = Campaign.objects.filter(
            business_id=campaign.business_id, public_id=campaign.import_options[COPY_OF]
        ).first()
        if self._source is None:
            give_up(self._campaign_id, code="not_found", now=now)
            return False
        return True

    def step(self, *, now: datetime) -> bool:
        """Copies one chunk. False: all is copied (or somebody else does it)."""
        with transaction.atomic():
            campaign = being_imported(self._campaign_id, lock=True)
            if campaign is None or self._source is None:
                return False
            after = int(campaign.import_options.get(_AFTER, 0))
            rows = list(queries.messages(self._source.batch_id, after_id=after, limit=CHUNK))
            if not rows:
                finish(campaign, now)
                return False
            people = sorted({row.contact_id for row in rows if row.contact_id is not None})
            known = known_numbers(campaign.batch, people, now=now)
            again = (_again(row, known) for row in rows)
            ledger.add_messages(batch=campaign.batch, rows=again, now=now)
            Campaign.objects.filter(pk=campaign.pk).update(
                import_rows=campaign.import_rows + len(rows),
                import_state=ImportState.RUNNING,
                import_options={**campaign.import_options, _AFTER: rows[-1].id},
            )
        return True


def rows_of(campaign_id: int) -> Import | Copying:
    """Where the rows of a contract come from."""
    options = Campaign.objects.filter(pk=campaign_id).values_list("import_options", flat=True).first()
    return Copying(campaign_id) if options and COPY_OF in options else Import(campaign_id)


def _again(row: MessageRow, known: Mapping[int, int]) -> NewMessage:
    """The row as it was given. What was refused at the posting is refused again; what a gate skipped is asked anew."""
    return NewMessage(
        row_number=row.row_number or 0,
        contact_id=row.contact_id,
        address=row.address,
        given=row.given_or_address if row.given_or_address != row.address else None,
        body=row.body,
        params=row.params,
        sender_id=known.get(row.contact_id, 0) if row.contact_id else 0,
        reason=row.reason if row.contact_id is None or is_rejection(row.reason) else None,
    )
