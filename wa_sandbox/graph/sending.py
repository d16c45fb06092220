"""`POST /{phone_number_id}/messages`: from a request to an accepted message, or a refusal.

Order (Meta's own is documented only in part): well-formed → the recipient → the template → media → the account and
the number → throughput → the pair → the person → the window, marketing limits and the portfolio's limit. What Meta
accepts and lets fail later by webhook fails later here too.
"""

import hashlib
from typing import Any

import orjson

from wa_sandbox.graph import content, standing, template_content
from wa_sandbox.graph.errors import Refusal
from wa_sandbox.graph.media_content import MediaUse, can_be_fetched, fits
from wa_sandbox.graph.outcome import code_in, held_back, overrun, steps_of
from wa_sandbox.graph.request import GraphRequest
from wa_sandbox.graph.words import not_one_of, wrong
from wa_sandbox.ledger.message import Message
from wa_sandbox.people.behaviours import Step
from wa_sandbox.people.identity import NOBODY_SPECIAL, identity_hash_of, user_id_of
from wa_sandbox.sandbox import Sandbox
from wa_sandbox.world.records import PhoneNumber, Template

TYPING_SECONDS = 25.0


def post_message(
    box: Sandbox, request: GraphRequest, number: PhoneNumber, marks: dict[str, Any] | None
) -> dict[str, Any]:
    """Take a message for sending. `marks`: what a fault wants with its webhooks. Raises Refusal."""
    asked = content.read(request.given)
    if isinstance(asked, content.ReadMark):
        return _mark_read(box, number, asked)
    return _send(box, number, asked, marks, marketing_api=False)


def post_marketing_message(
    box: Sandbox, request: GraphRequest, number: PhoneNumber, marks: dict[str, Any] | None
) -> dict[str, Any]:
    """`POST /{phone_number_id}/marketing_messages`: marketing templates only. Raises Refusal."""
    body = request.given
    asked = content.read(body)
    if isinstance(asked, content.ReadMark) or asked.kind != "template":
        raise not_one_of(
            "type", ("TEMPLATE",), "status" if isinstance(asked, content.ReadMark) else asked.kind
        )
    policy = body.get("product_policy", "CLOUD_API_FALLBACK")
    if policy not in ("CLOUD_API_FALLBACK", "STRICT"):
        raise not_one_of("product_policy", ("CLOUD_API_FALLBACK", "STRICT"), policy)
    if str(body.get("message_activity_sharing", False)).lower() not in ("true", "false"):
        raise wrong("message_activity_sharing", "must be a boolean")
    return _send(box, number, asked, marks, marketing_api=True)


def _send(
    box: Sandbox,
    number: PhoneNumber,
    asked: content.Draft,
    marks: dict[str, Any] | None,
    *,
    marketing_api: bool,
) -> dict[str, Any]:
    now = box.clock.now()
    portfolio_id = box.portfolio_id(number.id)
    wa_id = _person(box, asked, number, portfolio_id)
    template = _template(box, number, asked) if asked.kind == "template" else None
    category = "service" if template is None else template.category.lower()
    if marketing_api:
        if category != "marketing":
            raise Refusal(131055, details="Only marketing templates can be sent with this endpoint.")
        category = "marketing_lite"
    bad_media = _check_media(box, number, asked.media, now) if asked.media else 0
    _check_sender(box, number, wa_id, now)
    _check_limits(box, number, wa_id, now)
    behaviour = box.behaviour(wa_id)
    if behaviour == "absent_sync":
        raise Refusal(131026)
    pair = box.books.pair(number.id, wa_id)
    in_window = pair.window_until > now
    steps = (
        [Step("failed", 0.5, bad_media)]
        if bad_media
        else steps_of(
            box, number, asked, wa_id=wa_id, category=category, in_window=in_window, now=now, marks=marks
        )
    )
    status = "accepted"
    if template is not None and marks is not None and "held" in marks:
        status, seconds = marks["held"]
        steps = held_back(steps, status, seconds * box.settings.speed)
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
    if template is not None:
        message.template_id = template.id
    if pair.entry_until > now:
        message.free_entry = True
    box.accept(message, asked.text, asked.shown, asked.context_id)
    return {
        "messaging_product": "whatsapp",
        "contacts": [_contact(box, asked, wa_id, portfolio_id)],
        "messages": [{"id": message.wamid, "message_status": status}],
    }


def _template(box: Sandbox, number: PhoneNumber, asked: content.Draft) -> Template:
    """The template a message names; the message then has its words. Raises Refusal."""
    template = template_content.find(box.world, number.waba_id, asked.payload)
    asked.text, asked.shown, asked.media = template_content.render(template, asked.payload)
    return template


def _contact(box: Sandbox, asked: content.Draft, wa_id: str, portfolio_id: str) -> dict[str, str]:
    contact = {"input": asked.to, "wa_id": wa_id, "user_id": user_id_of(portfolio_id, wa_id)}
    if asked.user_id is not None and box.profiles.get(wa_id, NOBODY_SPECIAL).hides_number:
        del contact["wa_id"]
    return contact


def _mark_read(box: Sandbox, number: PhoneNumber, mark: content.ReadMark) -> dict[str, Any]:
    known = box.books.inbound.get(mark.message_id)
    if known is None or known[0] != number.id:
        raise Refusal(131009, details="Message id is not that of a message this number has received.")
    thread = box.books.threads.get(*known)
    if thread is not None:
        for bubble in thread.bubbles:
            bubble.seen = bubble.seen or not bubble.mine
            if bubble.wamid == mark.message_id:
                break
        if mark.typing:
            thread.typing_until = box.clock.now() + TYPING_SECONDS
    return {"success": True}


def _check_media(box: Sandbox, number: PhoneNumber, used: list[MediaUse], now: float) -> int:
    """131053 when media are there but cannot be used, 0 when all is well. Raises Refusal for an unknown id."""
    for use in used:
        if use.media_id is None:
            if use.link is not None and not can_be_fetched(use.link):
                return 131053
            continue
        media = box.media.get(use.media_id, now)
        if media is None or media.number_id != number.id:
            words = f"Param {use.where}['id'] is not a valid whatsapp business account media attachment ID"
            raise Refusal(100, title=words, plain=True)
        if not fits(use.kind, media.mime):
            return 131053
    return 0


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
    if asked.key_hash and asked.key_hash != identity_hash_of(wa_id):
        raise Refusal(137000)
    code = code_in(wa_id, box.settings.people.refuse_prefix)
    if code is not None:
        raise Refusal(code)
    blocked = box.world.block_lists.get(number.id)
    if blocked and wa_id in blocked:
        raise Refusal(131026, details="The recipient is on the block list of this number: unblock first.")
    return wa_id


def _check_sender(box: Sandbox, number: PhoneNumber, wa_id: str, now: float) -> None:
    waba = box.world.wabas[number.waba_id]
    in_window = box.books.pair(number.id, wa_id).window_until > now
    trouble = (
        standing.of_account(waba)
        or standing.of_message(waba, in_window=in_window, now=now)
        or standing.of_number(box, number, now)
    )
    if trouble is not None:
        raise Refusal(trouble.code, details=trouble.words)


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
