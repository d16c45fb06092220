"""Doing something to many messages, and what is said afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qafila.campaigns.actions import Verb, change_messages
from qafila.campaigns.queries import contract_id_of_batch
from qafila.events.live import notify_now
from qafila.ledger.finding import Wanted
from qafila.senders.models import Sender
from qafila.web.lists.columns import Done
from qafila.web.lists.course import Course
from qafila.web.lists.query import ListQuery
from qafila.web.pages.messages.source import ids_of, wanted_of
from qafila.web.shell.doors import Current

AT_ONCE = 2_000
"""More than this takes more than a moment, and is done by a job that tells how far it is."""


def run(
    current: Current,
    query: ListQuery,
    verb: Verb,
    now: datetime,
    *,
    to: Sender | None = None,
    reasons: Sequence[str] | None = None,
    course: Course | None = None,
) -> Done:
    """Does it, and says to how many. What came into the verb's state after the person was asked was not counted, and is left
    alone: nobody was asked about it, and what is tried again and fails once more is not tried again by the same action.

    :param reasons: of failed ones only those with one of these wording codes.
    :param course: of a job; it may go on where another was broken off.
    """
    course, looked = course or Course(), 0

    def tell(more: int, changed: int) -> None:
        nonlocal looked
        looked += more
        course.tell(more, changed)

    wanted = wanted_of(current.business, query)
    if wanted is None:
        return Done(_("Nothing was changed."), level="warning")
    only = None if query.ids is None else ids_of(query.ids)
    if only is None:
        wanted = _until(wanted, query.asked_at or now)
    count = change_messages(
        wanted=wanted,
        verb=verb,
        only=only,
        reasons=reasons,
        to=to,
        actor=current.actor,
        now=now,
        before=course.changed,
        tell=tell,
    )
    if count:
        tell_pages(current.business.pk, wanted.batch_id)
    text, left = told(verb, count), max(0, looked - count)
    if count and left and verb in (Verb.NEXT, Verb.MOVE):
        return Done(f"{text} {_told_left(verb, left)}", level="warning")
    return Done(text, level="success" if count else "warning")


def tell_pages(business_id: int, batch_id: int | None) -> None:
    """Has open pages look again. What flows is watched by the workers; what a person changes in a contract that stands is
    not."""
    notify_now(business_id, "queue")
    contract = contract_id_of_batch(business_id, batch_id) if batch_id is not None else None
    if contract is not None:
        notify_now(business_id, f"batch:{contract}")


def _told_left(verb: Verb, count: int) -> str:
    """Of what was chosen some stays as it is, and why: else one would believe that all of it goes."""
    if verb is Verb.NEXT:
        text = ngettext(
            "%(n)s message stays in its place: it is first already, is being sent, or is shared by the numbers of a package.",
            "%(n)s messages stay in their places: they are first already, are being sent, or are shared by the numbers of "
            "a package.",
            count,
        )
    else:
        text = ngettext(
            "%(n)s message stays where it is: only messages that a package shares with that number can be moved to it.",
            "%(n)s messages stay where they are: only messages that a package shares with that number can be moved to it.",
            count,
        )
    return text % {"n": count}


def _until(wanted: Wanted, now: datetime) -> Wanted:
    """The same without what is moved into its states from ``now`` on."""
    return replace(wanted, until=min(wanted.until, now) if wanted.until is not None else now)


def told(verb: Verb, count: int) -> str:
    """What was done to how many."""
    if not count and verb is Verb.MOVE:
        return _(
            "Nothing was moved. Only messages that the numbers of a package share can be moved, to a number of that package "
            "(free text on official numbers: to one that the person wrote to in the last 24 hours). A contract of one number "
            "is given to another one on its own page."
        )
    if not count and verb is Verb.NEXT:
        return _(
            "Nothing was put first: these messages are first already, are being sent, or are shared by the numbers of a "
            "package. Those can be moved to one of its numbers, which then sends them next."
        )
    if not count:
        return _("Nothing was changed: none of them is in that state any more.")
    if verb is Verb.CANCEL:
        text = ngettext("%(n)s message was cancelled.", "%(n)s messages were cancelled.", count)
    elif verb is Verb.NEXT:
        text = ngettext(
            "%(n)s message goes out next, as soon as its contract and its number may send.",
            "%(n)s messages go out next, as soon as their contract and their number may send.",
            count,
        )
    elif verb is Verb.MOVE:
        text = ngettext(
            "%(n)s message waits for that number now.", "%(n)s messages wait for that number now.", count
        )
    elif verb in (Verb.RETRY, Verb.SETTLE_RESEND):
        text = ngettext("%(n)s message is queued again.", "%(n)s messages are queued again.", count)
    else:
        text = ngettext("%(n)s message was settled.", "%(n)s messages were settled.", count)
    return text % {"n": count}
