"""The list of contracts: how far each is, how fast, when it will be done; start, pause and delete one or many."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from qafila.campaigns import actions
from qafila.campaigns.models import Campaign
from qafila.campaigns.queries import board, spans
from qafila.campaigns.queries.board import Line
from qafila.campaigns.rules.statuses import Status
from qafila.events.live import notify_now
from qafila.senders import direction_queries, package_queries
from qafila.senders.direction_models import Direction
from qafila.senders.models import Package, Sender
from qafila.web.lists.columns import BulkAction, Column, Done
from qafila.web.lists.course import Course
from qafila.web.lists.filters import Choice, DateRange, Span
from qafila.web.lists.page import Empty, ListPage
from qafila.web.lists.query import ListQuery
from qafila.web.lists.source import QuerySetSource, limited
from qafila.web.pages.campaigns import archiving, planning
from qafila.web.pages.campaigns.bulk import AT_ONCE, each, start_one
from qafila.web.pages.campaigns.copying import copy_one
from qafila.web.pages.campaigns.giving import GIVE
from qafila.web.pages.campaigns.words import look_of as look_of_contract
from qafila.web.pages.campaigns.words import look_of_status
from qafila.web.pages.messages.filters import NUMBER, NamedChoice
from qafila.web.shell.doors import Current
from qafila.web.shell.nav import match_of
from qafila.web.ui.states import look_of

NEW = "/campaigns/new/"
MOST_COPIES = 100
"""Each copy puts all rows of its contract into the books once more."""
_STATUSES = (
    *((status.value.lower(), look_of(look_of_status(status)).word) for status in Status),
    (archiving.TAB, archiving.TITLE),
)

_COLUMNS = [
    Column(
        "name",
        gettext_lazy("Name"),
        "web/campaigns/cell_name.html",
        sortable=True,
        is_main=True,
        export=lambda x: x.contract.campaign.name,
    ),
    Column(
        "status",
        pgettext_lazy("of a contract", "State"),
        "web/campaigns/cell_status.html",
        export=lambda x: str(look_of(look_of_contract(x.contract)).word),
    ),
    Column(
        "sender",
        pgettext_lazy("that sends", "Number"),
        "web/campaigns/cell_sender.html",
        sortable=True,
        order=("sender__name", "package__name"),
        is_minor=True,
        export=lambda x: getattr(x.contract.campaign.target, "phone", x.contract.campaign.target.name),
    ),
    Column(
        "sent",
        pgettext_lazy("how many messages", "Sent"),
        "web/campaigns/cell_sent.html",
        sortable=True,
        order=("total_count",),
        export=lambda x: x.contract.counts.success,
    ),
    Column(
        "rate",
        gettext_lazy("A minute"),
        "web/campaigns/cell_rate.html",
        is_number=True,
        export=lambda x: None if x.rate is None else round(x.rate, 1),
    ),
    Column(
        "finish",
        gettext_lazy("Done about"),
        "web/campaigns/cell_finish.html",
        export=lambda x: x.estimate.finish_at if x.estimate else None,
    ),
    Column(
        "created",
        gettext_lazy("Created"),
        "web/campaigns/cell_created.html",
        sortable=True,
        order=("created_at",),
        export=lambda x: x.contract.campaign.created_at,
    ),
    Column("acts", gettext_lazy("Actions"), "web/campaigns/cell_acts.html", export=False),
]


def _action(
    key: str,
    title: Any,
    verb: Callable[..., object],
    effect: Callable[[int], str],
    icon: str,
    *,
    danger: bool = False,
) -> BulkAction:
    def run(
        current: Current, query: ListQuery, now: datetime, reason: str, course: Course | None = None
    ) -> Done:
        del reason
        done = each(current, _asked_about(current, query, now), verb, now, course)
        notify_now(current.business.pk, "dashboard")
        return done

    return BulkAction(
        key,
        title,
        "contracts:write",
        run,
        effect,
        icon=icon,
        is_dangerous=danger,
        leaves_later_ones=True,
        along=run,
        at_once=AT_ONCE,
    )


def _asked_about(current: Current, query: ListQuery, now: datetime) -> QuerySet[Campaign]:
    """A contract that was made after the person was asked was not meant."""
    return chosen(current, query).filter(created_at__lte=query.asked_at or now)


def _copy_many(
    current: Current, query: ListQuery, now: datetime, reason: str, course: Course | None = None
) -> Done:
    del reason
    rows = _asked_about(current, query, now)
    if rows.count() > MOST_COPIES:
        text = ngettext(
            "At most %(n)s contract is copied at once. Choose fewer.",
            "At most %(n)s contracts are copied at once. Choose fewer.",
            MOST_COPIES,
        )
        return Done(text % {"n": MOST_COPIES}, level="warning")
    done = each(current, rows, copy_one, now, course)
    notify_now(current.business.pk, "dashboard")
    return done


def chosen(current: Current, query: ListQuery) -> QuerySet[Campaign]:
    """The contracts of a list's query, in no order. What is put away is in the archive's tab only."""
    return _fitting(current, query, archived=query.get("status") == archiving.TAB)


def _fitting(current: Current, query: ListQuery, *, archived: bool | None) -> QuerySet[Campaign]:
    """The same. :param archived: None: what is put away, too."""
    status = query.get("status")
    sender: Sender | None = query.get("sender")
    package: Package | None = query.get("package")
    direction: Direction | None = query.get("direction")
    rows = board.found(
        current.business.pk,
        status=Status(status.upper()) if status and not archived else None,
        archived=archived,
        search=query.search,
        sender_id=sender.pk if sender else None,
        package_id=package.pk if package else None,
        direction_id=direction.pk if direction else None,
        planned=planning.is_planned(query.get("begins")),
    )
    began: Span | None = query.get("began")
    if began:
        rows = rows.filter(batch__started_at__gte=began.start) if began.start else rows
        rows = rows.filter(batch__started_at__lt=began.end) if began.end else rows
    sends: Span | None = query.get("sends")
    if sends:
        rows = spans.during(rows, current.business.pk, sends.start, sends.end, now=timezone.now())
    return limited(rows, query)


class CampaignList(ListPage):
    """All contracts of a business."""

    title = gettext_lazy("Contracts")
    scope = "contracts:read"
    columns = _COLUMNS
    filters: ClassVar[Any] = [
        Choice("status", pgettext_lazy("of a contract", "State"), _STATUSES, as_tabs=True),
        NUMBER,
        NamedChoice(
            "package",
            gettext_lazy("Package"),
            found=package_queries.package,
            offered=lambda business_id: package_queries.packages_of(business_id).order_by("name", "pk"),
        ),
        NamedChoice(
            "direction",
            pgettext_lazy("business line", "Direction"),
            found=direction_queries.direction,
            offered=direction_queries.directions_of,
        ),
        planning.BEGINS,
        DateRange("began", gettext_lazy("Began on")),
        DateRange("sends", gettext_lazy("Sends on")),
    ]
    bulk: ClassVar[Any] = [
        _action(
            "start",
            gettext_lazy("Start"),
            start_one,
            lambda n: (
                ngettext(
                    "%(n)s contract starts, or goes on. Those that are over stay as they are.",
                    "%(n)s contracts start, or go on. Those that are over stay as they are.",
                    n,
                )
                % {"n": n}
            ),
            "player-play",
        ),
        _action(
            "pause",
            gettext_lazy("Pause"),
            actions.pause_contract,
            lambda n: (
                ngettext(
                    "%(n)s contract is paused. What is in the air still lands; everything else waits.",
                    "%(n)s contracts are paused. What is in the air still lands; everything else waits.",
                    n,
                )
                % {"n": n}
            ),
            "player-pause",
        ),
        BulkAction(
            "copy",
            gettext_lazy("Copy"),
            "contracts:write",
            _copy_many,
            lambda n: (
                ngettext(
                    "A copy is made of %(n)s contract, with its recipients. Nothing is sent before you start it.",
                    "A copy is made of each of %(n)s contracts, with its recipients. Nothing is sent before you start them.",
                    n,
                )
                % {"n": n}
            ),
            icon="copy",
            leaves_later_ones=True,
            along=_copy_many,
            at_once=AT_ONCE,
        ),
        _action(
            "archive",
            pgettext_lazy("to put a contract away", "Archive"),
            actions.archive_contract,
            lambda n: (
                ngettext(
                    "%(n)s contract leaves the list for the archive, if it is over. What may still send stays. Its messages stay in the books.",
                    "%(n)s contracts leave the list for the archive, as far as they are over. What may still send stays. Their messages stay in the books.",
                    n,
                )
                % {"n": n}
            ),
            "archive",
        ),
        _action(
            "unarchive",
            pgettext_lazy("out of the archive", "Put back"),
            actions.unarchive_contract,
            lambda n: (
                ngettext(
                    "%(n)s contract stands in the list again.",
                    "%(n)s contracts stand in the list again.",
                    n,
                )
                % {"n": n}
            ),
            "arrow-back-up",
        ),
        _action(
            "delete",
            gettext_lazy("Delete"),
            actions.delete_contract,
            lambda n: (
                ngettext(
                    "%(n)s contract is taken away for good. What is queued is cancelled; what was sent stays in the books.",
                    "%(n)s contracts are taken away for good. What is queued is cancelled; what was sent stays in the books.",
                    n,
                )
                % {"n": n}
            ),
            "trash",
            danger=True,
        ),
        GIVE,
    ]
    default_sort = "-created"
    template = "web/campaigns/list.html"
    search_hint = gettext_lazy("Name of a contract")
    live_topic = "dashboard"
    export_name = "contracts"
    empty = Empty(
        gettext_lazy("No contracts yet"),
        gettext_lazy(
            "A contract sends one message to each person of a list, at a pace that keeps your number safe."
        ),
        url=NEW,
        action=gettext_lazy("New contract"),
        icon="speakerphone",
        scope="contracts:write",
    )

    def source(self, current: Current, query: ListQuery) -> QuerySetSource:
        """See :class:`ListPage`."""
        rows = chosen(current, query).order_by(*self.ordering(query))
        return QuerySetSource(rows, prepare=lambda found: board.lines(found, now=timezone.now()))

    def row_url(self, row: Line) -> str:
        """The contract."""
        return reverse("campaigns:detail", args=[row.public_id])

    def counts(self, current: Current, query: ListQuery) -> Mapping[str, int]:
        """Contracts by status under the other filters."""
        by_status, put_away = board.counted(_fitting(current, query.without("status"), archived=None))
        return {
            "": sum(by_status.values()),
            **{status.value.lower(): n for status, n in by_status.items()},
            archiving.TAB: put_away,
        }

    def actions(self) -> list[BulkAction]:
        """See :class:`ListPage`; those that fit the tab."""
        return archiving.offered(super().actions(), self.request.GET.get("status"))

    def context(self) -> Mapping[str, Any]:
        """Whether there is a page to make one on, for this person."""
        return {"may_create": self.current.actor.may("contracts:write") and match_of(NEW) is not None}
