"""People a number of the business does not want to hear from: block, unblock, list.

Source: Meta's page on blocking users (2026-05): only people who wrote within 24 hours, 1,000 a request, 64,000 in all,
errors for each one. The code of each single error is partly UNVERIFIED.
"""

from typing import Any

from wa_sandbox.graph.content import digits_of
from wa_sandbox.graph.errors import CODES, Refusal, trace_id
from wa_sandbox.graph.forms import nested
from wa_sandbox.graph.listing import page
from wa_sandbox.graph.request import GraphRequest
from wa_sandbox.graph.words import not_one_of, objects_in, wrong
from wa_sandbox.people.identity import user_id_of
from wa_sandbox.sandbox import Sandbox
from wa_sandbox.world.records import PhoneNumber

AT_ONCE = 1000
IN_ALL = 64_000


def block(box: Sandbox, request: GraphRequest, number: PhoneNumber) -> dict[str, Any]:
    """`POST /{phone_number_id}/block_users {"block_users": [{"user"} or {"user_id"}]}`."""
    return _change(box, request, number, adding=True)


def unblock(box: Sandbox, request: GraphRequest, number: PhoneNumber) -> dict[str, Any]:
    """`DELETE /{phone_number_id}/block_users`."""
    return _change(box, request, number, adding=False)


def list_blocked(box: Sandbox, request: GraphRequest, number: PhoneNumber) -> dict[str, Any]:
    """`GET /{phone_number_id}/block_users?limit=&after=`."""
    portfolio_id = box.portfolio_id(number.id)
    blocked = box.world.block_lists.get(number.id, {})
    rows = [
        {
            "messaging_product": "whatsapp",
            "input": wa_id,
            "wa_id": wa_id,
            "user_id": user_id_of(portfolio_id, wa_id),
        }
        for wa_id in blocked
    ]
    return page(request, rows, key="wa_id")


def _change(box: Sandbox, request: GraphRequest, number: PhoneNumber, *, adding: bool) -> dict[str, Any]:
    body = request.given
    if str(body.get("messaging_product", "")).lower() != "whatsapp":
        raise not_one_of("messaging_product", ("WHATSAPP",), body.get("messaging_product"))
    users = objects_in({"block_users": nested(body.get("block_users"))}, "block_users", "block_users")
    if len(users) > AT_ONCE:
        raise wrong("block_users", f"must be at most {AT_ONCE} items long")
    portfolio_id = box.portfolio_id(number.id)
    done: list[dict[str, str]] = []
    failed: list[dict[str, Any]] = []
    for user in users:
        given = str(user.get("user") or user.get("user_id") or "")
        wa_id = digits_of(given) if user.get("user") else box.books.person_of(portfolio_id, given)
        trouble = _trouble(box, number, wa_id, adding=adding, more=len(done))
        shown = {"input": given, **({"wa_id": wa_id} if wa_id else {})}
        if trouble is not None:
            failed.append({**shown, "errors": [trouble]})
        else:
            done.append({**shown, "user_id": user_id_of(portfolio_id, str(wa_id))})
    ids = [row["wa_id"] for row in done]
    if ids:
        box.change(
            "block_list",
            phone_number_id=number.id,
            add=ids if adding else [],
            remove=[] if adding else ids,
            at=box.clock.now(),
        )
    answer: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "block_users": {"added_users" if adding else "removed_users": done},
    }
    if failed:
        answer["block_users"]["failed_users"] = failed
        details = "Failed to block/unblock some users, see the block_users response list for details"
        answer["errors"] = Refusal(139100, details=details).error(trace_id())
    return answer


def _trouble(
    box: Sandbox, number: PhoneNumber, wa_id: str | None, *, adding: bool, more: int
) -> dict[str, Any] | None:
    if wa_id is None:
        return _error(131009, "This is not a phone number or user id that can be blocked.")
    if any(other.digits == wa_id for other in box.world.phone_numbers.values()):
        return _error(131021, "A WhatsApp Business account cannot be blocked.")
    if not adding:
        return None
    blocked = box.world.block_lists.get(number.id, {})
    pair = box.books.pairs.get((number.id, wa_id))
    if wa_id not in blocked and (pair is None or pair.window_until <= box.clock.now()):
        return _error(131047, "Only people who wrote within the last 24 hours can be blocked.")
    if len(blocked) + more >= IN_ALL:
        return _error(139101, f"The block list has {IN_ALL} people already.")
    return None


def _error(code: int, details: str) -> dict[str, Any]:
    return {"message": f"(#{code}) {CODES[code].title}", "code": code, "error_data": {"details": details}}
