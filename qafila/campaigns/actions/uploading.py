"""A contract from an uploaded file: its rows are counted at once and read by a job."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.businesses.refusals import Refused
from qafila.campaigns import incoming
from qafila.campaigns.actions.opening import audit, check_opening, content_of, open_campaign
from qafila.campaigns.carrying import one_of, word_of
from qafila.campaigns.incoming import Stored
from qafila.campaigns.models import Campaign, ImportState
from qafila.campaigns.rules.content import is_template
from qafila.kit.tables import TableError
from qafila.senders.models import Package, Sender


def create_contract_from_file(
    *,
    business: Business,
    sender: Sender | None = None,
    package: Package | None = None,
    name: str,
    file: Stored,
    options: Mapping[str, Any] | None = None,
    template: Mapping[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> Campaign:
    """Puts a contract into the books whose rows a job reads from a stored file. ``total_count`` is final at once.

    :param sender: the number that sends; or ``package``: the numbers that share it. Exactly one of the two.
    :param file: of :func:`incoming.store`; the caller forgets it when this does not succeed.
    :param options: ``{"columns": {"phone": header, …}, "params": [header …], "encoding", "delimiter"}``, all optional.
    :raises NotFound: another business. :raises NotAllowed: ``contracts:write`` is missing.
    :raises Refused: as :func:`create_contract`, and every ``kit.tables.TableCode``.
    """
    over = one_of(sender, package)
    kept_name = check_opening(business=business, over=over, name=name, actor=actor)
    chosen = dict(options or {})
    content = content_of(over, template)
    if chosen.get("params") and not is_template(content):
        raise Refused(
            "invalid_value", "Columns for parameters need a template that carries them.", field="params"
        )
    try:
        total = incoming.count_rows(file.name, chosen, region=business.default_country or None)
    except TableError as refusal:
        raise Refused(refusal.code.value, str(refusal), **refusal.params) from refusal
    with transaction.atomic():
        campaign, _ = open_campaign(
            business=business,
            over=over,
            name=kept_name,
            content=content,
            total=total,
            content_hash=hashlib.sha256(str(over.public_id).encode() + file.sha256).digest(),
            sealed=False,
            actor=actor,
            now=now,
            import_state=ImportState.WAITING,
            import_file=file.name,
            import_options=chosen,
        )
        from qafila.campaigns import jobs

        jobs.defer_import(campaign)
        audit(
            campaign,
            "created",
            actor=actor,
            now=now,
            detail={"rows": total, word_of(over): str(over.public_id), "upload": True},
        )
    return campaign
