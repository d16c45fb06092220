"""The figures of the start page. Every tile counts exactly what the list behind it lists."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import Count
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import pgettext

from qafila.businesses.history import Step, last_of
from qafila.ledger import finding
from qafila.ledger import queries as ledger
from qafila.ledger.finding import Wanted
from qafila.ledger.states import SUCCESS, State
from qafila.senders import queries as senders
from qafila.senders.actions import PAUSED_ALL
from qafila.senders.models import SenderState
from qafila.senders.rules.transitions import FROM, PAUSED
from qafila.web.ui.states import look_of

FRESH_SECONDS = 1.0
"""So old may today's figures be: a page is at most two seconds behind."""
_MOST_KEPT = 1_000
_looking = threading.Lock()
_looked: dict[int, tuple[datetime, float, Mapping[State, int], int]] = {}


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure and the list it counts."""

    title: str | Promise
    count: int
    url: str
    icon: str
    tone: str


@dataclass(frozen=True, slots=True)
class Strip:
    """The numbers by state.

    :ivar states: (state that counts, how many), those that there are: as the list of numbers filters.
    :ivar able: how many the red button pauses: those of a stopped account too, so that they do not begin when it works again.
    :ivar paused: how many it stopped; ``stop`` says who and why.
    """

    states: Sequence[tuple[str, int]]
    total: int
    able: int
    paused: int
    stop: Step | None


def midnight(zone: ZoneInfo, now: datetime) -> datetime:
    """When today began for the business."""
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


def tiles(business_id: int, *, zone: ZoneInfo, now: datetime) -> tuple[list[Tile], int]:
    """Today's figures in the business's own day, and how many messages wait now."""
    since = midnight(zone, now)
    day = since.date().isoformat()
    waiting = int(ledger.queue_totals(business_id)[State.QUEUED])
    today, replies = _today(business_id, since)
    made = [
        Tile(pgettext("how many messages", "Waiting"), waiting, _list(state="queued"), "clock", "calm"),
        Tile(
            pgettext("how many messages", "Sent"),
            sum(today[s] for s in SUCCESS),
            _list(reached="out", at_from=day),
            "send",
            "busy",
        ),
        Tile(
            pgettext("how many messages", "Delivered"),
            today[State.DELIVERED] + today[State.READ],
            _list(reached="arrived", at_from=day),
            "checks",
            "good",
        ),
        Tile(
            pgettext("how many messages", "Read"),
            today[State.READ],
            _list(state="read", at_from=day),
            "eye",
            "good",
        ),
        Tile(
            pgettext("how many messages", "Replies"),
            replies,
            _list(state="received", at_from=day),
            "inbox",
            "good",
        ),
        Tile(
            pgettext("how many messages", "Failed"),
            today[State.FAILED],
            _list(state="failed", at_from=day),
            "alert-circle",
            "bad",
        ),
        Tile(
            pgettext("how many messages", "Skipped"),
            today[State.SKIPPED],
            _list(state="skipped", at_from=day),
            "player-skip-forward",
            "calm",
        ),
    ]
    uncertain = today[State.UNCERTAIN]
    if uncertain:
        made.append(
            Tile(
                pgettext("how many messages", "Uncertain"),
                uncertain,
                _list(state="uncertain", at_from=day),
                look_of("uncertain").icon,
                "warn",
            )
        )
    return made, waiting


def strip(business_id: int) -> Strip:
    """How the numbers stand."""
    # The type does not know what is annotated.
    numbers: Any = senders.with_effective_state(senders.for_business(business_id))
    rows = list(
        numbers.order_by()
        .values_list("effective", "state", "state_reason", "is_active")
        .annotate(n=Count("pk"))
    )
    by_state = dict.fromkeys([str(state) for state in SenderState], 0)
    for effective, _state, _reason, _on, count in rows:
        by_state[effective] += count
    paused = sum(
        count
        for _effective, state, reason, on, count in rows
        if state == SenderState.PAUSED and reason == PAUSED_ALL and on
    )
    return Strip(
        states=[(state, count) for state, count in by_state.items() if count],
        total=sum(by_state.values()),
        able=sum(count for _effective, state, _reason, _on, count in rows if state in FROM[PAUSED]),
        paused=paused,
        stop=last_of(business_id, "sending.paused") if paused else None,
    )


def _today(business_id: int, since: datetime) -> tuple[Mapping[State, int], int]:
    """Messages of today by state, and replies. Many pages that refresh at once share one look at the books."""
    with _looking:
        kept = _looked.get(business_id)
        if kept is not None and kept[0] == since and time.monotonic() - kept[1] < FRESH_SECONDS:
            return kept[2], kept[3]
    today = finding.counts_since(business_id, since=since)
    replies = finding.total(Wanted(business_id, (State.RECEIVED,), since=since)).count
    with _looking:
        if len(_looked) >= _MOST_KEPT:
            _looked.clear()
        _looked[business_id] = (since, time.monotonic(), today, replies)
    return today, replies


def _list(**parameters: str) -> str:
    return f"{reverse('messages:list')}?{urlencode(parameters)}"
