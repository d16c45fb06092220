"""Reads: how well numbers are, in words; how it came; what auto-pause would have done."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from qafila import wording
from qafila.senders.models import PackageMember, Score, ScorePoint, Sender, ShadowPause

GOOD = 80
AILING = 50
"""The bands of ``dispatch.rules.health``, for colours and words."""
HISTORY = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Because:
    """Why points were taken off, in words.

    :ivar weight: the points; 0: only said. :ivar step: what to do; may be empty.
    """

    code: str
    message: str
    step: str
    weight: int


@dataclass(frozen=True, slots=True)
class Wellbeing:
    """How well a number is.

    :ivar score: 0 to 100. :ivar known: False: too few messages to say much.
    :ivar kind: the verdict of block detection, ``none`` without trouble; :ivar since: when that began.
    :ivar pace: share of its fixed limits that it may use now, above 0 and at most 1.
    :ivar rests_until: campaigns wait until then, after trouble; None: they need not.
    :ivar at: when it was last reckoned.
    """

    score: int
    known: bool
    reasons: Sequence[Because]
    kind: str
    since: datetime | None
    pace: float
    rests_until: datetime | None
    at: datetime

    @property
    def band(self) -> str:
        """``good``, ``watch`` or ``ill``."""
        return "good" if self.score >= GOOD else "watch" if self.score >= AILING else "ill"


@dataclass(frozen=True, slots=True)
class Shadow:
    """What auto-pause would have done: paused this number at ``at``; ``followed`` failures came after it.

    :ivar because: why, in words. :ivar ended_at: when the trouble was over; None: it goes on.
    """

    sender: Sender
    at: datetime
    kind: str
    because: str
    followed: int
    ended_at: datetime | None


def wellbeing(senders: Collection[Sender], language: str, *, now: datetime) -> dict[int, Wellbeing]:
    """By row id; a number that was never reckoned is not there. One statement."""
    by_id = {sender.pk: sender for sender in senders}
    return {
        score.sender_id: _wellbeing(score, by_id[score.sender_id], language, now)
        for score in Score.objects.filter(sender_id__in=by_id)
    }


def wellbeing_of(sender: Sender, language: str, *, now: datetime) -> Wellbeing | None:
    """Of one number; None: it was never reckoned."""
    return wellbeing([sender], language, now=now).get(sender.pk)


def history(sender_id: int, *, since: datetime) -> list[tuple[datetime, int, float, int]]:
    """(full hour, score, pace, messages accepted in the hour before), oldest first; kept for 90 days."""
    points = ScorePoint.objects.filter(sender_id=sender_id, at__gt=since).order_by("at")
    rows = points.values_list("at", "score", "factor", "accepted")
    return [(at, score, factor, accepted or 0) for at, score, factor, accepted in rows]


def shadows_of_package(package_id: int, language: str, *, since: datetime, limit: int = 50) -> list[Shadow]:
    """What auto-pause would have done to the numbers that are in a package now, newest first."""
    members = PackageMember.objects.filter(package_id=package_id).values("sender_id")
    found = ShadowPause.objects.filter(sender_id__in=members, at__gte=since).select_related("sender")
    return [_shadow(one, language) for one in found.order_by("-at", "-pk")[:limit]]


def shadows_of_sender(sender_id: int, language: str, *, limit: int = 50) -> list[Shadow]:
    """The same for one number."""
    found = ShadowPause.objects.filter(sender_id=sender_id).select_related("sender")
    return [_shadow(one, language) for one in found.order_by("-at", "-pk")[:limit]]


def _wellbeing(score: Score, sender: Sender, language: str, now: datetime) -> Wellbeing:
    rests = float(score.pace.get("rest_until") or 0.0)
    free = not sender.use_limits
    return Wellbeing(
        score=score.score,
        known=score.known,
        reasons=[_because(reason, language) for reason in score.reasons],
        kind=score.kind,
        since=score.since,
        pace=1.0 if free else score.factor,
        rests_until=datetime.fromtimestamp(rests, UTC) if rests > now.timestamp() and not free else None,
        at=score.at,
    )


def _because(reason: Mapping[str, Any], language: str) -> Because:
    said = wording.say(reason["code"], language, **reason["params"])
    message = f"{said.sentence} {said.cause}".strip()
    return Because(reason["code"], message, said.step, int(reason["weight"]))


def _shadow(one: ShadowPause, language: str) -> Shadow:
    code = f"shadow_{one.kind}"
    because = wording.say(code, language).sentence
    return Shadow(one.sender, one.at, one.kind, because, one.followed, one.ended_at)
