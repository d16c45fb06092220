"""A draft whose rows are for a contract that stands already: made, and given over to the workers."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.businesses.refusals import Clash
from qafila.campaigns import checking
from qafila.campaigns.actions.adding import check_takes_rows
from qafila.campaigns.actions.drafts import create_draft, locked_draft
from qafila.campaigns.actions.opening import audit
from qafila.campaigns.actions.running import locked
from qafila.campaigns.incoming import Stored
from qafila.campaigns.models import Addition, Draft
from qafila.campaigns.queries.adding import content_like
from qafila.campaigns.queries.drafts import blockers
from qafila.campaigns.ways import way_of
from qafila.ledger.adding import unseal_batch


def create_draft_for(
    *,
    business: Business,
    contract_id: str,
    file: Stored,
    file_name: str,
    file_size: int,
    actor: Actor,
    now: datetime,
) -> Draft:
    """A draft from a stored file whose rows are for a contract: over its number or package, in the way its rows went out.

    :raises NotFound: no such contract here. :raises Clash: it takes no rows (:func:`adding.check_takes_rows`).
    Else as :func:`drafts.create_draft`.
    """
    with transaction.atomic():
        campaign = locked(business, contract_id)
        check_takes_rows(campaign, more=1, now=now)
        draft = create_draft(
            business=business, file=file, file_name=file_name, file_size=file_size, actor=actor, now=now
        )
        draft.adds_to, draft.sender = campaign, None
        draft.duplicates = campaign.import_options.get("duplicates", "text")
        draft.content = content_like(campaign, way_of(draft, now=now).accounts, draft.content)
        draft.save()
    return draft


def add_draft(*, business: Business, public_id: str, actor: Actor, now: datetime) -> Addition:
    """Gives the rows of a draft to its contract: a worker reads them into the books, and the draft is over. A running contract
    goes on with them as they come, a completed one runs again, one that waits or is paused waits with them.

    :param public_id: of the draft.
    :raises NotFound: no such draft here, it is for no contract, or that was deleted.
    :raises NotAllowed: ``contracts:write`` is missing.
    :raises Clash: the contract takes no rows (:func:`adding.check_takes_rows`), or whatever stands in the way of these
        (:func:`queries.drafts.blockers`).
    """
    from qafila.campaigns import jobs

    with transaction.atomic():
        draft = locked_draft(business, public_id, actor)
        campaign = locked(business, draft.adds_to.public_id if draft.adds_to else "")
        campaign.batch.refresh_from_db()  # as it is now: it was read before the lock was had
        draft.adds_to = campaign
        found = blockers(draft, way_of(draft, now=now))
        if found:
            raise Clash(
                found[0].code, "This has to be put right before rows can be added.", **found[0].params
            )
        total = int(draft.check_result["total"])
        check_takes_rows(campaign, more=total, now=now)
        addition = Addition.objects.create(
            business=business,
            campaign=campaign,
            file=draft.file,
            options=checking.options_of(draft),
            rows=total,
            created_by=f"{actor.kind}:{actor.id}"[:80],
            created_at=now,
        )
        unseal_batch(batch_id=campaign.batch_id)
        jobs.defer_addition(addition)
        audit(
            campaign,
            "rows_added",
            actor=actor,
            now=now,
            detail={"rows": total, "draft": draft.public_id},
        )
        draft.delete()
    return addition
