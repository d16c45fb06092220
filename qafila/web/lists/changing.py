"""A bulk action on very many rows, done by a job: its own page and the list show how far it has come."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Least
from django.utils import timezone, translation

from qafila.businesses.actions import record_audit
from qafila.businesses.actor import Actor
from qafila.businesses.refusals import Refused
from qafila.events.live import notify_now
from qafila.kit.ids import new_public_id
from qafila.web.lists.columns import BulkAction
from qafila.web.lists.course import Course
from qafila.web.lists.later import page_at, person_now
from qafila.web.lists.query import ListQuery
from qafila.web.models import Change, ChangeState
from qafila.web.shell.doors import Current
from qafila.web.shell.saying import said

log = logging.getLogger(__name__)

REMEMBERED: Final = timedelta(days=7)


class BrokenOff(Exception):
    """The worker stops, or somebody else brought it to its end: another one goes on, or nobody need."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be done: the action, and the rows as the address says them now."""

    action: BulkAction
    query: ListQuery


class KeptCourse(Course):
    """Of a change that a job does: open pages see it, and a job that takes over goes on from it.

    :param is_stopping: whether the worker stops: then it breaks off before the next rows.
    """

    def __init__(self, change: Change, is_stopping: Callable[[], bool]) -> None:
        super().__init__(change.changed)
        self._change, self._is_stopping = change, is_stopping

    def rest(self, keys: Sequence[int]) -> Sequence[int]:
        """See :class:`Course`. Of two jobs that come to a row at the same time one waits here, and then leaves it."""
        mine = Change.objects.filter(pk=self._change.pk)
        after = mine.select_for_update(no_key=True).values_list("after", flat=True).get()
        left = [key for key in keys if key > after]
        if left:
            mine.update(after=left[-1])
        return left

    def tell(self, looked: int, changed: int) -> None:
        """See :class:`Course`. Raises :class:`BrokenOff`; what the transaction did is taken back with it."""
        if self._is_stopping():
            raise BrokenOff
        with transaction.atomic():
            moved = Change.objects.filter(pk=self._change.pk, finished_at=None).update(
                done=Least(F("done") + looked, F("total")), changed=F("changed") + changed
            )
            if not moved:
                raise BrokenOff
            _tell(self._change)
        super().tell(looked, changed)


def hand_over(
    current: Current,
    action: str,
    *,
    path: str,
    query: str,
    ids: Sequence[str] | None = None,
    reason: str = "",
    total: int,
    asked_at: datetime,
) -> Change:
    """Gives an action on the rows of a list to the workers. It is done with the rights that the person has then.

    :param path: with ``query`` the list's address. :param ids: of the ticked rows; None: all that match.
    :param total: rows now. :param asked_at: when the person was asked about them: what comes later is left alone.
    """
    from qafila.web.jobs import run_change

    page = page_at(path, query, current)
    with transaction.atomic():
        made = Change.objects.create(
            public_id=new_public_id("change"),
            business=current.business,
            user=current.user,
            path=path,
            query=query,
            narrowed_by=_narrowed_by(page.query()) if page else "",
            action=action,
            ids=None if ids is None else list(ids),
            reason=reason,
            address=current.actor.address or "",
            language=(translation.get_language() or "en")[:2],
            total=total,
            asked_at=asked_at,
        )
        run_change.defer(change_id=made.pk)
    return made


def run(change_id: int, *, now: datetime, is_stopping: Callable[[], bool] = lambda: False) -> None:
    """Does it, or goes on where it was broken off; nothing where it is over."""
    change = Change.objects.select_related("business", "user").filter(pk=change_id, finished_at=None).first()
    if change is None:
        return
    current = person_now(change.user, change.business, address=change.address or None)
    if current is None:
        give_up(change.pk, now=now)
        return
    with translation.override(change.language), timezone.override(current.zone):
        asked = _asked(change, current)
        if asked is None or asked.action.along is None:
            give_up(change.pk, now=now)
            return
        Change.objects.filter(pk=change.pk).update(state=ChangeState.RUNNING)
        course = KeptCourse(change, is_stopping)
        try:
            done = asked.action.along(current, asked.query, now, change.reason, course)
        except BrokenOff:
            log.info("a bulk action is broken off; another worker goes on", extra={"change": change.pk})
            return
        except Refused as refusal:
            _end(change, ChangeState.FINISHED, now=now, said=said(refusal), level="error", is_whole=False)
            return
    _end(change, ChangeState.FINISHED, now=now, said=done.text, level=done.level)


def give_up(change_id: int, *, now: datetime) -> None:
    """Marks one as not brought to its end: its person left or lost the right, its list is another one by now, or every try
    failed. What was done stays done, and the audit log says how much that is."""
    change = Change.objects.filter(pk=change_id, finished_at=None).first()
    if change is not None:
        log.warning("a bulk action is given up", extra={"change": change_id})
        _end(change, ChangeState.FAILED, now=now, is_whole=False)


def forget(*, now: datetime) -> int:
    """Deletes those of more than a week ago; how many."""
    return Change.objects.filter(finished_at__lte=now - REMEMBERED).delete()[0]


def under_way(business_id: int, path: str) -> list[Change]:
    """Those of a list that are not over, the latest first; a few."""
    return list(
        Change.objects.filter(business_id=business_id, path=path, finished_at=None).order_by("-pk")[:3]
    )


def title_of(change: Change, current: Current) -> str | None:
    """What its action is called; None for a list that the person may not see."""
    page = page_at(change.path, change.query, current)
    action = _action(change, page.bulk) if page else None
    return str(action.title) if action else None


def _asked(change: Change, current: Current) -> Asked | None:
    """None where the person may not do it (any more), or where the address means other rows by now: a filter for a thing
    that was deleted meanwhile narrows nothing."""
    page = page_at(change.path, change.query, current)
    action = _action(change, page.bulk) if page else None
    if page is None or action is None or not current.actor.may(action.scope):
        return None
    query = page.query()
    if _narrowed_by(query) != change.narrowed_by:
        return None
    if change.ids is not None:
        return Asked(action, query.only(change.ids))
    return Asked(action, replace(query, asked_at=change.asked_at))


def _action(change: Change, among: Sequence[BulkAction]) -> BulkAction | None:
    return next((one for one in among if one.key == change.action), None)


def _narrowed_by(query: ListQuery) -> str:
    return " ".join([*sorted(query.filters), *(["q"] if query.search else [])])


def _end(
    change: Change,
    state: ChangeState,
    *,
    now: datetime,
    said: str = "",
    level: str = "",
    is_whole: bool = True,
) -> None:
    with transaction.atomic():
        still = Change.objects.filter(pk=change.pk, finished_at=None)
        if still.update(state=state, said=said, level=level, finished_at=now):
            _tell(change)
            if not is_whole:
                _note(change, now)


def _note(change: Change, now: datetime) -> None:
    """What comes to its end is noted by its own action; the part of what does not, here, as its person's."""
    change.refresh_from_db(fields=["changed"])
    user = change.user
    record_audit(
        actor=Actor(
            "user",
            str(user.public_id),
            change.business,
            frozenset(),  # it was done with the rights of that time; now there may be none
            change.language,
            user.name,
            change.address or None,
        ),
        action="bulk_action.given_up",
        subject_kind="bulk_action",
        subject_id=change.public_id,
        detail={
            "action": change.action,
            "list": change.path,
            "count": change.changed,
            "asked": change.total,
        },
        now=now,
    )


def _tell(change: Change) -> None:
    notify_now(change.business_id, f"change:{change.public_id}")
