"""The message queue: tabs by state with true counts, filters, and what can be done with many at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from qafila.campaigns.actions import Verb
from qafila.dispatch.queries import living_workers
from qafila.ledger import queries as ledger
from qafila.ledger import speeds, walking
from qafila.ledger.finding import OUTGOING
from qafila.ledger.states import State
from qafila.web.lists.columns import BulkAction, Column
from qafila.web.lists.filters import Choice, DateRange
from qafila.web.lists.page import Empty, ListPage
from qafila.web.lists.query import ListQuery
from qafila.web.pages.messages.doing import BULK
from qafila.web.pages.messages.filters import CONTRACT, NUMBER, ReasonChoice, sentence
from qafila.web.pages.messages.source import ANSWERS, REACHED, LedgerSource, Line, wanted_of
from qafila.web.shell.doors import Current
from qafila.web.ui.states import look_of

_TABS = tuple((state.word, look_of(state.word).word) for state in OUTGOING)


def last_change(line: Line) -> datetime | None:
    """What the list calls "last change": the latest thing that happened to it."""
    m = line.message
    known = (m.read_at, m.delivered_at, m.sent_at, m.failed_at, m.uncertain_at, m.claimed_at)
    return max((at for at in known if at is not None), default=m.created_at)


_COLUMNS = [
    Column(
        "to",
        gettext_lazy("To"),
        "web/messages/cell_to.html",
        is_main=True,
        export=lambda x: x.message.given_or_address,
    ),
    Column(
        "state",
        pgettext_lazy("of a message", "State"),
        "web/messages/cell_state.html",
        export=lambda x: str(look_of(x.message.state).word),
    ),
    Column("text", gettext_lazy("Text"), "web/messages/cell_text.html", export=lambda x: x.text),
    Column(
        "campaign",
        gettext_lazy("Contract"),
        "web/messages/cell_campaign.html",
        export=lambda x: x.campaign.name if x.campaign else "",
    ),
    Column(
        "sender",
        pgettext_lazy("that sends", "Number"),
        lambda x: x.sender.name if x.sender else None,
        is_minor=True,
        export=lambda x: x.sender.phone if x.sender else "",
    ),
    Column(
        "reason",
        gettext_lazy("Reason"),
        "web/messages/cell_reason.html",
        is_minor=True,
        export=lambda x: sentence(x.message.reason) if x.message.reason else "",
    ),
    Column(
        "id", gettext_lazy("Last change"), "web/messages/cell_moment.html", sortable=True, export=last_change
    ),
]


class MessageList(ListPage):
    """All outgoing messages of a business, and what people answered."""

    title = gettext_lazy("Messages")
    subtitle = gettext_lazy("Every message, from the queue to the read receipt.")
    scope = "messages:read"
    columns = _COLUMNS
    filters: ClassVar[Any] = [
        Choice(
            "state",
            pgettext_lazy("of a message", "State"),
            [*_TABS, ("received", gettext_lazy("Replies"))],
            as_tabs=True,
        ),
        Choice(
            "reached",
            gettext_lazy("Reached"),
            [
                ("out", gettext_lazy("Went out (sent, delivered or read)")),
                ("arrived", gettext_lazy("Arrived (delivered or read)")),
                ("replied", gettext_lazy("Answered within 7 days (of one contract)")),
                ("opted_out", gettext_lazy("Opted out within 7 days (of one contract)")),
            ],
        ),
        CONTRACT,
        NUMBER,
        ReasonChoice("reason", gettext_lazy("Reason"), options=()),
        DateRange("at", gettext_lazy("Day")),
    ]
    bulk = BULK
    default_sort = "-id"
    template = "web/messages/list.html"
    id_field = "id"
    search_hint = gettext_lazy("Phone number")
    live_topic = "queue"
    export_name = "messages"
    empty = Empty(
        gettext_lazy("No messages yet"),
        gettext_lazy(
            "Messages come with contracts: upload a file with phone numbers and texts, and they queue here."
        ),
        url="/campaigns/",
        action=gettext_lazy("To the contracts"),
        icon="messages",
    )

    _source: LedgerSource | None = None

    def source(self, current: Current, query: ListQuery) -> LedgerSource:
        """See :class:`ListPage`."""
        source = LedgerSource(
            wanted_of(current.business, query),
            oldest_first=not query.descending,
            ids=query.ids,
            is_exact=self.request.method == "POST",
        )
        self._source = source
        return source

    @property
    def is_at_least(self) -> bool:
        """Whether the total is where counting ended."""
        return bool(self._source and self._source.is_at_least)

    def row_url(self, row: Line) -> str:
        """One message's story."""
        return reverse("messages:story", args=[row.id])

    def counts(self, current: Current, query: ListQuery) -> Mapping[str, int] | None:
        """From the counters; under filters that no counter knows there are none."""
        if query.search or query.get("reason") or query.get("at") or query.get("reached") in ANSWERS:
            return None
        campaign, sender = query.get("campaign"), query.get("sender")
        found = walking.figures(
            current.business.pk,
            batch_id=campaign.batch_id if campaign else None,
            sender_id=sender.pk if sender else None,
        )
        among = REACHED.get(query.get("reached"), OUTGOING)
        by_state = {
            state.word: sum(one.of((state,)) for one in found) if state in among else 0 for state in OUTGOING
        }
        return {"": sum(by_state.values()), **by_state}

    def actions(self) -> list[BulkAction]:
        """Only what can be done to the state in view: then its count is exact."""
        query = self.query()
        campaign = query.get("campaign")
        is_shared = bool(campaign and campaign.package_id)  # then none of them can be put first
        return [
            action
            for action in super().actions()
            if Verb(action.key).state.word == query.get("state")
            and (action.choices is None or action.choices(self.current, query))
            and not (is_shared and action.key == Verb.NEXT)
        ]

    def live_topic_of(self) -> str:
        """Of one contract where the list shows one."""
        campaign = self.query().get("campaign")
        return f"batch:{campaign.public_id}" if campaign else self.live_topic

    def context(self) -> Mapping[str, Any]:
        """How the queue is doing."""
        now, business_id = timezone.now(), self.current.business.pk
        waiting = ledger.oldest_waiting(business_id, now=now)
        campaign, sender = self.query().get("campaign"), self.query().get("sender")
        measured = speeds.speeds(
            business_id,
            batch_id=campaign.batch_id if campaign else None,
            sender_id=sender.pk if sender else None,
            now=now,
        )
        return {
            "waits_since": waiting[1] if waiting else None,
            "workers": living_workers(now=now),
            "speeds": [
                (title, one)
                for title, one in (
                    (pgettext("how long", "Wait"), measured.wait),
                    (pgettext("how long", "Call"), measured.run),
                )
                if one is not None
            ],
            "sender": sender,
            "may_pause": self.current.actor.may("accounts:write"),
            "may_stop": self.current.actor.may("contracts:write"),
            "state": self.query().get("state"),
            "uncertain": State.UNCERTAIN.word,
        }
