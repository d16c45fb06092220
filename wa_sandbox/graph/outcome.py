"""What will happen to an accepted message: the receipts of the person, or the failure that follows by webhook."""

from typing import Any, Final

from wa_sandbox.graph.content import Draft
from wa_sandbox.graph.errors import CODES, Refusal
from wa_sandbox.ledger.message import TEMPLATE_PAUSED
from wa_sandbox.people.behaviours import Draws, Step, plan
from wa_sandbox.people.identity import region_of
from wa_sandbox.sandbox import Sandbox
from wa_sandbox.world.records import PhoneNumber

PLAYED_SECONDS = 4.0
_EEA = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"
UNCAPPED: Final = frozenset((*_EEA.split(), "GB", "JP", "KR"))
"""Where Meta does not cap marketing messages to one person (provider facts A10)."""


def steps_of(
    box: Sandbox,
    number: PhoneNumber,
    asked: Draft,
    *,
    wa_id: str,
    category: str,
    in_window: bool,
    now: float,
    marks: dict[str, Any] | None,
) -> list[Step]:
    """The steps in order of time. Raises Refusal where a failure is answered at once by configuration."""
    nth = box.books.had.get(wa_id, 0) + 1
    draws = Draws.of(box.settings.seed, wa_id, nth)
    fails_after = draws.between(0, 0.1, 0.8)
    asked_for = (
        marks["code"] if marks and "code" in marks else code_in(wa_id, box.settings.people.fail_prefix)
    )
    if asked_for is not None:
        return [Step("failed", fails_after, asked_for)]
    template = asked.kind == "template"
    if not in_window and not template:
        overrun(box, "window", number.id, wa_id, now)
        if box.limits.enforce:
            if box.limits.outside_window == "refuse":
                raise Refusal(131047)
            return [Step("failed", fails_after, 131047)]
    marketing = category.startswith("marketing")
    code = _fails_later(box, number, asked, wa_id, in_window=in_window, marketing=marketing, now=now)
    if code:
        return [Step("failed", fails_after, code)]
    steps = plan(
        box.behaviour(wa_id),
        draws,
        nth=nth,
        marketing=marketing,
        in_window=in_window,
        blocked=(number.id, wa_id) in box.books.blocked,
    )
    return steps if asked.shown is None else _by_kind(asked, steps)


def code_in(wa_id: str, prefix: str) -> int | None:
    """The error code a number names: the six digits after the prefix, if that is a code there is. No prefix: none does."""
    if not prefix or not wa_id.startswith(prefix):
        return None
    digits = wa_id[len(prefix) : len(prefix) + 6]
    return int(digits) if len(digits) == 6 and int(digits) in CODES else None


def held_back(steps: list[Step], status: str, seconds: float) -> list[Step]:
    """The steps of a message whose `message_status` is not `accepted`. `seconds`: at speed 1, like those of steps.

    `held_for_quality_assessment` comes later (or is dropped, see `Sandbox.happen`); `paused` is never sent.
    """
    if status == "paused":
        return [Step("failed", seconds, TEMPLATE_PAUSED)]
    return [step._replace(after=step.after + seconds) for step in steps]


def _by_kind(asked: Draft, steps: list[Step]) -> list[Step]:
    """Meta tells only that a reaction was sent; a voice message is played after it was read."""
    if asked.kind == "reaction":
        return [step for step in steps if step.what not in ("delivered", "read")]
    media = (asked.shown or {}).get("media") or {}
    if media.get("voice"):
        place = next((at for at, step in enumerate(steps) if step.what == "read"), None)
        if place is not None:
            return [
                *steps[: place + 1],
                Step("played", steps[place].after + PLAYED_SECONDS),
                *steps[place + 1 :],
            ]
    return steps


def _fails_later(
    box: Sandbox,
    number: PhoneNumber,
    asked: Draft,
    wa_id: str,
    *,
    in_window: bool,
    marketing: bool,
    now: float,
) -> int:
    """The code a message will fail with for reasons other than the person's behaviour; 0: none."""
    books, limits = box.books, box.limits
    if asked.kind == "reaction" and not _known(box, number, wa_id, str(asked.payload.get("message_id"))):
        return 131009
    if marketing and (number.id, wa_id) in books.marketing_stopped:
        return 131050
    if marketing and not in_window and limits.enforce:
        cap = None if region_of(wa_id) in UNCAPPED else limits.marketing_per_person
        if cap is not None and books.marketing_lately(wa_id, now) >= cap:
            overrun(box, "marketing_per_person", number.id, wa_id, now)
            return 131049
        if limits.us_marketing == "fail_later" and region_of(wa_id) == "US":
            return 131049
    return 0 if asked.kind != "template" or in_window else _beyond_portfolio(box, number, wa_id, now)


def _beyond_portfolio(box: Sandbox, number: PhoneNumber, wa_id: str, now: float) -> int:
    limits = box.limits
    portfolio = box.portfolio_of(number)
    if box.books.unique_people(portfolio.id).has_room(wa_id, now, portfolio.limit):
        return 0
    overrun(box, "portfolio", number.id, wa_id, now)
    if not limits.enforce or limits.beyond_portfolio == "deliver":
        return 0
    if limits.beyond_portfolio == "refuse":
        raise Refusal(limits.portfolio_code, details="The messaging limit of the business is reached.")
    return limits.portfolio_code


def _known(box: Sandbox, number: PhoneNumber, wa_id: str, wamid: str) -> bool:
    inbound = box.books.inbound.get(wamid)
    if inbound is not None:
        return inbound == (number.id, wa_id)
    sent = box.books.by_wamid.get(wamid)
    return sent is not None and (sent.number_id, sent.wa_id) == (number.id, wa_id)


def overrun(box: Sandbox, limit: str, number_id: str, wa_id: str, now: float) -> None:
    """Note that a limit of Meta's was run against, whether the message was refused or failed later."""
    box.books.overruns[limit] += 1
    box.journal.write_soon(
        {"k": "overrun", "limit": limit, "phone_number_id": number_id, "wa_id": wa_id, "at": now}
    )
