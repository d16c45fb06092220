"""`POST /{phone_number_id}/messages`: from a request to an accepted message, or a refusal.

Order (Meta's own is documented only in part): well-formed → the recipient → the template → the account and the
number → throughput → the pair → the person → the window and the portfolio's limit. What Meta accepts and lets fail
later by webhook fails later here too.
"""

import hashlib
from typing import Any

import orjson

from wa_sandbox.graph import content, template_content
from wa_sandbox.graph.errors import Refusal
from wa_sandbox.graph.request import GraphRequest
from wa_sandbox.ledger.message import Message
from wa_sandbox.people.behaviours import Draws, Step, plan
from wa_sandbox.people.identity import user_id_of
from wa_sandbox.sandbox import Sandbox
from wa_sandbox.world.records import PhoneNumber

_STATES = {"locked": 131031, "policy": 368, "payment": 131042}
_NUMBER_STATUSES = {"MAINTENANCE": 131057, "BANNED": 131031}


def post_message(
    box: Sandbox, request: GraphRequest, number: PhoneNumber, marks: dict[str, Any] | None
) -> dict[str, Any]:
    """Take a message for sending. `marks`: what a fault wants with its webhooks. Raises Refusal."""
    asked = content.read(request.body)
    if isinstance(asked, content.ReadMark):
        return _mark_read(box, number, asked)
    now = box.clock.now()
    portfolio_id = box.portfolio_id(number.id)
    wa_id = _person(box, asked, number, portfolio_id)
    if asked.kind == "template":
        template = template_content.find(box.world, number.waba_id, asked.payload)
        text = template_content.render(template, asked.payload)
        category = template.category.lower()
    else:
        text, category = asked.payload["body"], "service"
    _check_sender(box, number, now)
    _check_limits(box, number, wa_id, now)
    behaviour = box.behaviour(wa_id)
    if behaviour == "absent_sync":
        raise Refusal(131026)
    in_window = box.books.pair(number.id, wa_id).window_until > now
    steps = _steps(
        box,
        number,
        wa_id=wa_id,
        kind=asked.kind,
        category=category,
        in_window=in_window,
        now=now,
        marks=marks,
    )
    message = Message(
        n=len(box.books.messages) + 1,
        wamid=box.new_wamid(wa_id, inbound=False),
        at=now,
        number_id=number.id,
        to=asked.to,
        wa_id=wa_id,
        biz=asked.biz,
        kind=asked.kind,
        category=category,
        in_window=in_window,
        content_sha256=_digest(asked),
        behaviour=behaviour,
        steps=steps,
    )
    message.marks = _delays_of(steps, marks)
    box.accept(message, text)
    return {
        "messaging_product": "whatsapp",
        "contacts": [{"input": asked.to, "wa_id": wa_id, "user_id": user_id_of(portfolio_id, wa_id)}],
        "messages": [{"id": message.wamid, "message_status": "accepted"}],
    }


def overrun(box: Sandbox, limit: str, number_id: str, wa_id: str, now: float) -> None:
    """Note that a limit of Meta's was run against, whether the message was refused or failed later."""
    box.books.overruns[limit] += 1
    box.journal.write_soon(
        {"k": "overrun", "limit": limit, "phone_number_id": number_id, "wa_id": wa_id, "at": now}
    )


def _mark_read(box: Sandbox, number: PhoneNumber, mark: content.ReadMark) -> dict[str, Any]:
    known = box.books.inbound.get(mark.message_id)
    if known is None or known[0] != number.id:
        raise Refusal(131009, details="Message id is not that of a message this number has received.")
    return {"success": True}


def _person(box: Sandbox, asked: content.Draft, number: PhoneNumber, portfolio_id: str) -> str:
    wa_id = asked.wa_id
    if wa_id is None and asked.user_id is not None:
        wa_id = box.books.person_of(portfolio_id, asked.user_id)
    if wa_id is None:
        raise Refusal(131009, details="Recipient is not a user id this business has met.")
    if wa_id == number.digits:
        raise Refusal(131021)
    if number.allowed_recipients is not None and wa_id not in number.allowed_recipients:
        raise Refusal(131030)
    return wa_id


def _check_sender(box: Sandbox, number: PhoneNumber, now: float) -> None:
    state = box.world.wabas[number.waba_id].state
    if state != "ok":
        raise Refusal(_STATES[state])
    if number.status != "CONNECTED":
        raise Refusal(_NUMBER_STATUSES.get(number.status, 133010))
    if number.name_status in ("DECLINED", "EXPIRED"):
        raise Refusal(131037)
    if box.limits.restrict_when_red and box.quality_of(number, now) == "RED":
        raise Refusal(131048)


def _check_limits(box: Sandbox, number: PhoneNumber, wa_id: str, now: float) -> None:
    books, limits = box.books, box.limits
    books.attempted(number.id).add(now)
    if number.throughput is not None and books.second(number.id).count(now) >= number.throughput:
        overrun(box, "throughput", number.id, wa_id, now)
        if limits.enforce:
            raise Refusal(130429, http_status=limits.throttle_http_status)
    if not books.pair(number.id, wa_id).has_room(now, limits.pair_seconds, limits.pair_burst):
        overrun(box, "pair", number.id, wa_id, now)
        if limits.enforce:
            raise Refusal(131056, http_status=limits.throttle_http_status)


def _steps(
    box: Sandbox,
    number: PhoneNumber,
    *,
    wa_id: str,
    kind: str,
    category: str,
    in_window: bool,
    now: float,
    marks: dict[str, Any] | None,
) -> list[Step]:
    """What will happen to the message. Raises Refusal where a failure is answered at once by configuration."""
    nth = box.books.had.get(wa_id, 0) + 1
    draws = Draws.of(box.settings.seed, wa_id, nth)
    fails_after = draws.between(0, 0.1, 0.8)
    if marks and "code" in marks:
        return [Step("failed", fails_after, marks["code"])]
    if not in_window and kind != "template":
        overrun(box, "window", number.id, wa_id, now)
        if box.limits.enforce:
            if box.limits.outside_window == "refuse":
                raise Refusal(131047)
            return [Step("failed", fails_after, 131047)]
    portfolio = box.world.portfolio_of(number.waba_id)
    people = box.books.unique_people(portfolio.id)
    if not in_window and kind == "template" and not people.has_room(wa_id, now, portfolio.limit):
        overrun(box, "portfolio", number.id, wa_id, now)
        if box.limits.enforce and box.limits.beyond_portfolio != "deliver":
            if box.limits.beyond_portfolio == "refuse":
                raise Refusal(
                    box.limits.portfolio_code, details="The messaging limit of the business is reached."
                )
            return [Step("failed", fails_after, box.limits.portfolio_code)]
    return plan(
        box.behaviour(wa_id),
        draws,
        nth=nth,
        marketing=category == "marketing",
        in_window=in_window,
        blocked=(number.id, wa_id) in box.books.blocked,
    )


def _delays_of(steps: list[Step], marks: dict[str, Any] | None) -> dict[str, Any] | None:
    """A delay asked for by a fault, spread over the receipts so that they may overtake each other."""
    if marks is None or "delay" not in marks:
        return marks
    base, jitter, draw = marks["delay"]
    delays = {
        step.what: base + jitter * ((draw * (index + 1) * 7.31) % 1.0) for index, step in enumerate(steps)
    }
    return {**{key: value for key, value in marks.items() if key != "delay"}, "delays": delays}


def _digest(asked: content.Draft) -> str:
    canonical = orjson.dumps([asked.kind, asked.payload], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(canonical).hexdigest()
