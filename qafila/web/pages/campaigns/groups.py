"""The parts of a contract that a page links to lists of messages: each figure is the length of its list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from qafila.campaigns.queries import Contract
from qafila.dispatch.rules.worth_retrying import is_worth_retrying
from qafila.ledger import finding, walking
from qafila.ledger.answers import Answer, answered
from qafila.ledger.states import State
from qafila.ledger.today import ENDED
from qafila.wording import Wording, is_known, say


@dataclass(frozen=True, slots=True)
class Group:
    """Messages of a contract that ended for one reason.

    :ivar url: the list of exactly these.
    :ivar may_retry: whether a new attempt may succeed.
    """

    state: State
    code: str
    count: int
    said: Wording
    url: str
    may_retry: bool


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the funnel: how many came at least so far, and how many stand just there."""

    state: State
    reached: int
    standing: int
    url: str
    reached_url: str


@dataclass(frozen=True, slots=True)
class After:
    """What people did within some days after a message, how many did, and the list of exactly those messages."""

    title: str
    icon: str
    count: int
    url: str


def list_url(
    contract: Contract,
    state: State | None = None,
    reason: str | None = None,
    reached: str = "",
    sender: str = "",
) -> str:
    """The list of a contract's messages, of one state, of one reason, of all that came so far, of one number (public id)."""
    parameters = {"campaign": contract.campaign.public_id}
    if state is not None:
        parameters["state"] = state.word
    if reason is not None:
        parameters["reason"] = reason or "none"
    if reached:
        parameters["reached"] = reached
    if sender:
        parameters["sender"] = sender
    return f"{reverse('messages:list')}?{urlencode(parameters)}"


def funnel(contract: Contract) -> list[Stage]:
    """Queued, sent, delivered, read; what stands just there, and what came at least so far."""
    c = contract.counts
    stages = (
        (State.QUEUED, c.queued, c.queued, ""),
        (State.SENT, c.sent, c.success, "out"),
        (State.DELIVERED, c.delivered, c.delivered + c.read, "arrived"),
        (State.READ, c.read, c.read, ""),
    )
    return [
        Stage(
            state,
            reached,
            standing,
            list_url(contract, state),
            list_url(contract, reached=word) if word else list_url(contract, state),
        )
        for state, standing, reached, word in stages
    ]


def answers(contract: Contract) -> list[After]:
    """What people did after its messages; nothing before it began."""
    if contract.campaign.batch.started_at is None:
        return []
    words = {Answer.REPLIED: (_("Answered"), "inbox"), Answer.OPTED_OUT: (_("Opted out"), "ban")}
    return [
        After(
            title,
            icon,
            len(answered(contract.campaign.batch, answer)),
            list_url(contract, reached=answer.value),
        )
        for answer, (title, icon) in words.items()
    ]


def ended(business_id: int, contract: Contract) -> list[Group]:
    """What failed, was skipped or cancelled, by reason."""
    figures = walking.figures(business_id, batch_id=contract.campaign.batch_id)
    if not figures or not figures[0].of(ENDED):
        return []
    language = get_language() or "en"
    return [
        Group(
            state,
            code,
            count,
            say(code if code and is_known(code) else "failure.unknown", language),
            list_url(contract, state, code),
            state is State.FAILED and is_worth_retrying(code),
        )
        for state, code, count in finding.reasons_of(contract.campaign.batch_id, figures[0].by_state())
    ]


def failures(business_id: int, contract: Contract) -> list[Group]:
    """Only what failed."""
    return of_state(ended(business_id, contract), State.FAILED)


def of_state(groups: Sequence[Group], state: State) -> list[Group]:
    """The groups of one state."""
    return [group for group in groups if group.state is state]
