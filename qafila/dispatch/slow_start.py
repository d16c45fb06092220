"""A number that comes back begins slowly: what its pace forgets and what it remembers."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from qafila.alerts import actions as alerts
from qafila.dispatch.rules import adaptive_pace
from qafila.dispatch.rules.adaptive_pace import State
from qafila.dispatch.rules.block_detection import Kind
from qafila.dispatch.rules.health import AILING
from qafila.senders.actions.auto_pause import end_shadow
from qafila.senders.models import Score, Sender, SenderState

OVER = ("number_black_hole", "number_failing", "profile_auto_paused")
"""Alerts that are over when somebody put the number back to work: what is still wrong is found anew."""

_AFTER = (SenderState.PAUSED, SenderState.RESTING, SenderState.STOPPED)


def comes_back(*, sender_id: int, before: str, slowly: bool = False, now: datetime) -> bool:
    """The number is ready after another state. Whether it begins slowly (:func:`_is_slow`).

    :param before: the state before, a value of ``SenderState``. :param slowly: also if it looks well now: it did not work since
        its trouble, so its score has forgotten that.
    """
    with transaction.atomic():
        sender = Sender.objects.filter(pk=sender_id, state=SenderState.READY).first()
        if sender is None:
            return False
        score = Score.objects.select_for_update(no_key=True).filter(sender_id=sender_id).first()
        if before in _AFTER:
            end_shadow(sender_id=sender_id, now=now)
        if not _is_slow(before, score, slowly=slowly):
            return False
        state = adaptive_pace.resumed(State.from_kept(score.pace if score else None), now=now.timestamp())
        Score.objects.update_or_create(
            sender_id=sender_id,
            defaults={
                "pace": state.kept(),
                "factor": min(state.factor, score.factor if score else 1.0),
                "kind": str(Kind.NONE),
                "since": None,
                "code": "",
                "count": 0,
                "at": now,
            },
        )
        for code in OVER:
            alerts.close_alert(
                code, business_id=sender.business_id, subject=("sender", str(sender.public_id)), now=now
            )
    return True


def would_begin_slowly(business_id: int, sender_ids: Collection[int]) -> frozenset[int]:
    """Of these numbers of a business, those that would begin slowly if they were put back to work now: what a page says of it."""
    found = Sender.objects.filter(business_id=business_id, pk__in=sender_ids).select_related("score")
    return frozenset(
        one.pk for one in found if _is_slow(one.state, getattr(one, "score", None), slowly=False)
    )


def _is_slow(before: str, score: Score | None, *, slowly: bool) -> bool:
    """Whether a number begins slowly after that state: not one that a person took out of work in good health, nor a new one
    (that has its warm-up)."""
    well = score.score >= AILING and score.kind == Kind.NONE if score else before == SenderState.PAUSED
    return before in _AFTER and (slowly or not well or before == SenderState.STOPPED)
