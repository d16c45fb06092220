"""Doing something to many messages: at once where they are few, else in the background."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qafila.businesses.actor import Actor
from qafila.campaigns import jobs
from qafila.campaigns.actions import Verb, change_messages
from qafila.events.live import notify_now
from qafila.ledger import finding
from qafila.ledger.finding import Wanted
from qafila.web.lists.columns import Done
from qafila.web.lists.query import ListQuery
from qafila.web.pages.messages.source import ids_of, narrowed, wanted_of
from qafila.web.shell.doors import Current

AT_ONCE = 10_000
"""More than this is done by a background job; the counts of the page move while it works."""


def run(current: Current, query: ListQuery, verb: Verb, now: datetime) -> Done:
    """Does it, and says to how many."""
    wanted = wanted_of(current.business, query)
    if wanted is None:
        return Done(_("Nothing was changed."), level="warning")
    only = None if query.ids is None else ids_of(query.ids)
    if only is None and finding.total(narrowed(wanted, verb.state)).count > AT_ONCE:
        hand_over([wanted], verb, actor=current.actor, now=now)
        return Done(handed_over())
    count = change_messages(wanted=wanted, verb=verb, only=only, actor=current.actor, now=now)
    if count:
        notify_now(current.business.pk, "queue")
    return Done(told(verb, count), level="success" if count else "warning")


def hand_over(wanted: Sequence[Wanted], verb: Verb, *, actor: Actor, now: datetime) -> None:
    """Gives a change of very many messages to the workers: one job for each filter, all of them or none.

    What comes into the verb's state later is left alone: nobody was asked about it, and what a job tried again and failed
    once more is not tried again by the same job.
    """
    with transaction.atomic():
        for one in wanted:
            until = min(one.until, now) if one.until is not None else now
            jobs.defer_change(replace(one, until=until), verb, actor=actor)


def handed_over() -> str:
    """What is said after :func:`hand_over`."""
    return _("It is being done in the background. The counts here show how far it has come.")


def told(verb: Verb, count: int) -> str:
    """What was done to how many."""
    if not count:
        return _("Nothing was changed: none of them is in that state any more.")
    if verb is Verb.CANCEL:
        text = ngettext("%(n)s message was cancelled.", "%(n)s messages were cancelled.", count)
    elif verb in (Verb.RETRY, Verb.SETTLE_RESEND):
        text = ngettext("%(n)s message is queued again.", "%(n)s messages are queued again.", count)
    else:
        text = ngettext("%(n)s message was settled.", "%(n)s messages were settled.", count)
    return text % {"n": count}
