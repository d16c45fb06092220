"""What a person may decide for all that failed or is uncertain in a contract: what each dialog says, with its number, and who
does it: the request itself where they are few, else a job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qafila.campaigns import actions, queries
from qafila.campaigns.actions import Verb, change_messages
from qafila.campaigns.queries import Contract
from qafila.ledger.finding import Wanted
from qafila.ledger.states import State
from qafila.web.lists import changing
from qafila.web.models import Change
from qafila.web.pages.campaigns.groups import Group, list_url
from qafila.web.pages.messages import bulk
from qafila.web.pages.messages.doing import only_of
from qafila.web.shell.doors import Current
from qafila.web.ui import figures


@dataclass(frozen=True, slots=True)
class Question:
    """A dialog: its number is what its button may change at most.

    :ivar fields: hidden values of its form; ``expected`` is the number.
    """

    name: str
    title: str
    text: str
    label: str
    url: str
    count: int
    fields: Mapping[str, object]
    tone: str = "primary"


def questions(contract: Contract, retryable: int, to_hide: int) -> list[Question]:
    """The dialogs of a contract's page; none of what there is nothing of.

    :param retryable: how many failed ones may succeed another time. :param to_hide: as :func:`hideable` says.
    """
    found = _settling(contract, contract.counts.uncertain) if contract.counts.uncertain else []
    if retryable:
        found.append(_retrying(contract, retryable))
    if to_hide:
        found.append(_hiding(contract, to_hide))
    return found


def hideable(contract: Contract) -> int:
    """What of :func:`not_out` the page still shows. 0 where all of them are hidden already."""
    count = not_out(contract)
    return 0 if not count or queries.all_failed_are_cleared(contract.campaign) else count


def not_out(contract: Contract) -> int:
    """How many messages of it did not go out: failed, skipped, cancelled. 0 where some were only cancelled, which no list of
    the page shows."""
    c = contract.counts
    return c.failed + c.skipped + c.cancelled if c.failed or c.skipped else 0


def _settling(contract: Contract, count: int) -> list[Question]:
    url = reverse("campaigns:settle", args=[contract.campaign.public_id])
    sent = ngettext(
        "%(n)s message is shown as sent from now on. A receipt may still correct that.",
        "%(n)s messages are shown as sent from now on. A receipt may still correct that.",
        count,
    )
    failed = ngettext(
        "%(n)s message is shown as failed from now on. A receipt may still correct that.",
        "%(n)s messages are shown as failed from now on. A receipt may still correct that.",
        count,
    )
    again = ngettext(
        "%(n)s message is sent once more. Whoever got the first one gets it twice.",
        "%(n)s messages are sent once more. Whoever got the first one gets it twice.",
        count,
    )
    given = (
        ("settle-sent", Verb.SETTLE_SENT, _("Count them as sent?"), sent, _("They were sent"), "primary"),
        (
            "settle-failed",
            Verb.SETTLE_FAILED,
            _("Count them as failed?"),
            failed,
            _("They were not sent"),
            "primary",
        ),
        (
            "settle-resend",
            Verb.SETTLE_RESEND,
            _("Send them once more?"),
            again,
            _("Send once more"),
            "danger",
        ),
    )
    return [
        Question(
            name,
            title,
            text % {"n": figures.grouped(count)},
            label,
            url,
            count,
            {"verb": verb.value, "expected": count},
            tone,
        )
        for name, verb, title, text, label, tone in given
    ]


def _retrying(contract: Contract, count: int) -> Question:
    text = ngettext(
        "%(n)s message is queued again with three new attempts. People who cannot be reached are left out.",
        "%(n)s messages are queued again with three new attempts each. People who cannot be reached are left out.",
        count,
    )
    return Question(
        "retry-all",
        _("Try again what may succeed?"),
        text % {"n": figures.grouped(count)},
        _("Try again"),
        reverse("campaigns:retry", args=[contract.campaign.public_id]),
        count,
        {"expected": count},
    )


def _hiding(contract: Contract, count: int) -> Question:
    text = ngettext(
        "%(n)s message that did not go out leaves this page and the lists of the API. Nothing is deleted or sent: the "
        "figures stay, and the list of messages still has it. If another one fails later, the page shows all of them again.",
        "%(n)s messages that did not go out leave this page and the lists of the API. Nothing is deleted or sent: the "
        "figures stay, and the list of messages still has them. If another one fails later, the page shows all of them again.",
        count,
    )
    return Question(
        "hide-failed",
        _("Hide what did not go out?"),
        text % {"n": figures.grouped(count)},
        _("Hide"),
        reverse("campaigns:hide", args=[contract.campaign.public_id]),
        count,
        {"expected": count},
    )


def retry(current: Current, contract: Contract, chosen: Sequence[Group], *, now: datetime) -> int | Change:
    """Queues the failed messages of these groups again. Returns how many; the change where a job does it.

    :raises Refused: as :func:`actions.retry_failed`.
    """
    count, codes = sum(group.count for group in chosen), [group.code for group in chosen]
    if count > bulk.AT_ONCE:
        return _hand_over(current, contract, Verb.RETRY, count, reason=only_of(codes), now=now)
    done, _status = actions.retry_failed(
        business=current.business,
        public_id=contract.campaign.public_id,
        reasons=codes,
        cleared_too=True,  # the page counts and shows them, and asked for this number
        actor=current.actor,
        now=now,
    )
    return done


def settle(current: Current, contract: Contract, verb: Verb, count: int, *, now: datetime) -> int | Change:
    """A person's word on all that is uncertain. Returns how many; the change where a job does it.

    :param count: how many are uncertain now.
    """
    if count > bulk.AT_ONCE:
        return _hand_over(current, contract, verb, count, now=now)
    campaign = contract.campaign
    wanted = Wanted(campaign.business_id, (State.UNCERTAIN,), batch_id=campaign.batch_id)
    return change_messages(wanted=wanted, verb=verb, actor=current.actor, now=now)


def _hand_over(
    current: Current, contract: Contract, verb: Verb, count: int, *, reason: str = "", now: datetime
) -> Change:
    """The same as on the list of these messages, for "all that match"."""
    path, _mark, query = list_url(contract, verb.state).partition("?")
    return changing.hand_over(
        current, verb.value, path=path, query=query, reason=reason, total=count, asked_at=now
    )
