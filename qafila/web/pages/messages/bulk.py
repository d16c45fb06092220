"""Doing something to many messages: at once where they are few, else in the background."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qafila.campaigns import jobs
from qafila.campaigns.actions import Verb, change_messages
from qafila.events.live import notify_now
from qafila.ledger import finding
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
        jobs.defer_change(wanted, verb, actor=current.actor)
        return Done(_("It is being done in the background. The counts here show how far it has come."))
    count = change_messages(wanted=wanted, verb=verb, only=only, actor=current.actor, now=now)
    if count:
        notify_now(current.business.pk, "queue")
    return Done(told(verb, count), level="success" if count else "warning")


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
