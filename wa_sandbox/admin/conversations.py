"""`/admin/conversations` and `/admin/media`: what the phones show, as JSON, and the files in it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from wa_sandbox.admin.answering import admin, answer, problem, sandbox_of
from wa_sandbox.admin.people import digits
from wa_sandbox.checked import BadInput
from wa_sandbox.ledger.threads import Bubble, Thread
from wa_sandbox.people.identity import NOBODY_SPECIAL, name_of
from wa_sandbox.people.replies import choices
from wa_sandbox.sandbox import Sandbox

# Shown by the page itself; anything else is only offered for download.
INLINE = ("image/png", "image/jpeg", "image/webp", "audio/", "video/")


def bubble_json(box: Sandbox, bubble: Bubble) -> dict[str, Any]:
    """One line of a chat, with the status of a message of the business."""
    row: dict[str, Any] = {
        "wamid": bubble.wamid,
        "from_business": bubble.mine,
        "text": bubble.text,
        "at": bubble.at,
        "shown": bubble.shown,
        "quoted": bubble.quoted,
        "edited": bubble.edited,
        "deleted": bubble.gone,
        "reactions": bubble.reactions or {},
    }
    if not bubble.mine:
        return {**row, "seen_by_business": bubble.seen}
    message = box.books.by_wamid.get(bubble.wamid)
    row["status"] = message.status if message is not None else "accepted"
    row["code"] = message.code or None if message is not None else None
    return {**row, "choices": choices(bubble)}


def thread_json(box: Sandbox, thread: Thread, last: int | None = None) -> dict[str, Any]:
    """A conversation: who, in what state, and its bubbles (the `last` ones)."""
    number_id, wa_id = thread.number_id, thread.wa_id
    pair = box.books.pair(number_id, wa_id)
    now = box.clock.now()
    bubbles = thread.bubbles if last is None else thread.bubbles[-last:]
    return {
        "phone_number_id": number_id,
        "wa_id": wa_id,
        "name": box.profiles.get(wa_id, NOBODY_SPECIAL).name or name_of(wa_id),
        "behaviour": box.behaviour(wa_id),
        "window_open_until": pair.window_until if pair.window_until > now else None,
        "business_is_typing": thread.typing_until > now,
        "person_blocked_business": (number_id, wa_id) in box.books.blocked,
        "business_blocked_person": wa_id in box.world.block_lists.get(number_id, ()),
        "stopped_marketing": (number_id, wa_id) in box.books.marketing_stopped,
        "bubbles": [bubble_json(box, bubble) for bubble in bubbles],
    }


@admin
async def conversations(request: Request) -> Response:
    """`GET /admin/conversations?limit=50`: the latest ones, each with its last bubble."""
    limit = request.query_params.get("limit", "50")
    if not (limit.isascii() and limit.isdecimal() and len(limit) < 19):
        raise BadInput("limit must be a whole number.")
    box = sandbox_of(request)
    return answer({"data": [thread_json(box, thread, 1) for thread in box.books.threads.latest(int(limit))]})


@admin
async def conversation(request: Request) -> Response:
    """`GET /admin/conversations/{phone_number_id}/{number}`: the whole conversation, as far as it is kept."""
    box = sandbox_of(request)
    wa_id = digits(request.path_params["number"])
    thread = box.books.threads.get(request.path_params["phone_number_id"], wa_id)
    if thread is None:
        return problem(404, "not_found", "There is no such conversation.")
    return answer(thread_json(box, thread))


@admin
async def media(request: Request) -> Response:
    """`GET /admin/media/{id}`: the file, for the page."""
    box = sandbox_of(request)
    found = box.media.get(request.path_params["id"], box.clock.now())
    content = box.media.content(found) if found is not None else None
    if found is None or content is None:
        return problem(404, "not_found", "There are no media with this id.")
    headers = {"x-content-type-options": "nosniff", "content-security-policy": "default-src 'none'; sandbox"}
    inline = found.mime.startswith(INLINE)
    headers["content-disposition"] = "inline" if inline else "attachment"
    return Response(content, media_type=found.mime if inline else "application/octet-stream", headers=headers)


ROUTES = [
    Route("/admin/conversations", conversations),
    Route("/admin/conversations/{phone_number_id}/{number}", conversation),
    Route("/admin/media/{id}", media),
]
