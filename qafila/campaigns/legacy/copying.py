"""One run of the copy."""

from __future__ import annotations

from datetime import datetime

from qafila.businesses.actions import record_audit
from qafila.businesses.actor import command_actor
from qafila.businesses.models import Business
from qafila.campaigns.legacy.history import BROADCASTS, CONTRACTS, History
from qafila.campaigns.legacy.owners import Known, Owners
from qafila.campaigns.legacy.people import copy_leads
from qafila.campaigns.legacy.report import Report
from qafila.campaigns.legacy.source import opened
from qafila.campaigns.legacy.things import Things


def import_legacy(*, dsn: str, into: Business | None = None, now: datetime) -> Report:
    """Copies what a former system's database holds. May be run again: what is there already is left alone.

    The source is only read, in one snapshot. Nothing is sent: numbers come without a provider, campaigns finished or paused.

    :param dsn: the source, as libpq or a URL.
    :param into: takes everything into this business; None: see :class:`owners.Owners`.
    :raises SourceUnreadable: the source cannot be reached, or broke off; what was copied until then stays.
    """
    report = Report()
    with opened(dsn) as source:
        known = Known(source.name, now)
        owners = Owners(source, known, report, into=into, now=now)
        things = Things(source, known, owners, report, now)
        things.copy()
        copy_leads(source, owners, report, now=now)
        history = History(source, known, owners, things, report, now)
        history.copy(BROADCASTS)
        history.copy(CONTRACTS)
    for public_id in report.businesses:
        business = Business.objects.get(public_id=public_id)
        record_audit(
            actor=command_actor(business),
            action="legacy.imported",
            subject_kind="business",
            subject_id=public_id,
            detail={table.name: table.copied for table in report if table.copied},
            now=now,
        )
    return report
