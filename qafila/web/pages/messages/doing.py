"""What can be done with many messages at once, and how its effect is said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext_lazy, ngettext

from qafila.campaigns.actions import Verb
from qafila.senders import package_queries as packages
from qafila.senders import queries as senders
from qafila.web.lists.columns import BulkAction, Done
from qafila.web.lists.course import Course
from qafila.web.lists.query import ListQuery
from qafila.web.pages.messages import bulk
from qafila.web.shell.doors import Current
from qafila.web.ui import figures

NO_REASON: Final = "none"
"""For a message that failed without a wording code; the same word as in the list's address."""


def _bulk(verb: Verb, title: Any, effect: Any, icon: str, *, danger: bool = False) -> BulkAction:
    def run(
        current: Current, query: ListQuery, now: datetime, reason: str, course: Course | None = None
    ) -> Done:
        del reason
        return bulk.run(current, query, verb, now, course=course)

    return _of(verb, title, run, effect, icon, danger=danger)


def _of(verb: Verb, title: Any, run: Any, effect: Any, icon: str, **more: Any) -> BulkAction:
    return BulkAction(
        verb.value,
        title,
        "contracts:write",
        run,
        effect,
        icon=icon,
        is_dangerous=more.pop("danger", False),
        leaves_later_ones=True,
        along=run,
        at_once=bulk.AT_ONCE,
        **more,
    )


def only_of(reasons: Sequence[str]) -> str:
    """What "Send again" gets as its reason where only messages that failed for some wording codes are meant."""
    return " ".join(one or NO_REASON for one in reasons)


def _again(
    current: Current, query: ListQuery, now: datetime, reason: str, course: Course | None = None
) -> Done:
    reasons = ["" if one == NO_REASON else one for one in reason.split()]
    return bulk.run(current, query, Verb.RETRY, now, reasons=reasons or None, course=course)


def movers(current: Current, query: ListQuery) -> list[tuple[str, str]]:
    """The numbers that queued messages can be moved to: of the packages, or of the contract's own one where one is in view."""
    campaign = query.get("campaign")
    found = packages.numbers_in_packages(
        current.business.pk, package_id=(campaign.package_id or 0) if campaign else None
    )
    return [(str(one.public_id), figures.plain_number(one.name, one.phone)) for one in found]


def _move(
    current: Current, query: ListQuery, now: datetime, reason: str, course: Course | None = None
) -> Done:
    to = senders.by_public_id(current.business.pk, reason)
    return bulk.run(current, query, Verb.MOVE, now, to=to, course=course)


BULK = [
    _bulk(
        Verb.CANCEL,
        gettext_lazy("Take out of the queue"),
        lambda n: (
            ngettext(
                "%(n)s message leaves the queue for good and is not sent.",
                "%(n)s messages leave the queue for good and are not sent.",
                n,
            )
            % {"n": n}
        ),
        "ban",
        danger=True,
    ),
    _bulk(
        Verb.NEXT,
        gettext_lazy("Send next"),
        lambda n: (
            ngettext(
                "%(n)s message goes out before the others of its contract. It stays queued until its number may send.",
                "%(n)s messages go out before the others of their contracts. They stay queued until their numbers may send.",
                n,
            )
            % {"n": n}
        ),
        "arrow-up",
    ),
    _of(
        Verb.MOVE,
        gettext_lazy("Move to another number"),
        _move,
        lambda n: (
            ngettext(
                "%(n)s message waits for the number that you choose, if a package shares its contract. What is being sent "
                "already is left alone: nobody gets it twice.",
                "%(n)s messages wait for the number that you choose, as far as a package shares their contracts. What is "
                "being sent already is left alone: nobody gets it twice.",
                n,
            )
            % {"n": n}
        ),
        icon="device-mobile",
        choices=movers,
        choices_title=gettext_lazy("Number of the package"),
    ),
    _of(
        Verb.RETRY,
        gettext_lazy("Send again"),
        _again,
        lambda n: (
            ngettext(
                "%(n)s failed message is queued again with three new attempts.",
                "%(n)s failed messages are queued again with three new attempts each.",
                n,
            )
            % {"n": n}
        ),
        "rotate",
    ),
    _bulk(
        Verb.SETTLE_SENT,
        gettext_lazy("They were sent"),
        lambda n: (
            ngettext(
                "%(n)s uncertain message counts as sent from now on.",
                "%(n)s uncertain messages count as sent from now on.",
                n,
            )
            % {"n": n}
        ),
        "check",
    ),
    _bulk(
        Verb.SETTLE_FAILED,
        gettext_lazy("They were not sent"),
        lambda n: (
            ngettext(
                "%(n)s uncertain message counts as failed from now on.",
                "%(n)s uncertain messages count as failed from now on.",
                n,
            )
            % {"n": n}
        ),
        "x",
    ),
    _bulk(
        Verb.SETTLE_RESEND,
        gettext_lazy("Send them once more"),
        lambda n: (
            ngettext(
                "%(n)s uncertain message is sent once more. If the first one arrived, the person gets it twice.",
                "%(n)s uncertain messages are sent once more. Whoever got the first one gets it twice.",
                n,
            )
            % {"n": n}
        ),
        "rotate",
        danger=True,
    ),
]
