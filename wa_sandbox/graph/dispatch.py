"""The Graph API as an ASGI application: token, node, edge; then faults on the way out.

A plain ASGI application rather than routes, because this path must never be the bottleneck of what is tested.
"""

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any

from starlette.types import Receive, Scope, Send

from wa_sandbox.faults.effects import Spoiler, send_answer
from wa_sandbox.faults.rules import HELD_SECONDS, HOLDS, SENDING_EDGES, Rule
from wa_sandbox.graph import batch, content, sending
from wa_sandbox.graph.answers import Answer, Header, bad, good, image, usage
from wa_sandbox.graph.edges import OF_THE_TOKEN, OPEN, THE_APP, Node, handler_of, node_of
from wa_sandbox.graph.errors import CODES, Refusal
from wa_sandbox.graph.media import DOWNLOAD, download
from wa_sandbox.graph.qr_codes import IMAGE_EDGE, IMAGE_NODE, picture
from wa_sandbox.graph.request import BODY_AT_MOST, FILE_AT_MOST, GraphRequest, read_request
from wa_sandbox.graph.tokens import trouble_with
from wa_sandbox.sandbox import Sandbox
from wa_sandbox.world.records import PhoneNumber, Token

log = logging.getLogger("wa_sandbox.graph")

_PROCESSED = frozenset(("processed_but_response_lost", "truncate", "slow_drip"))
# Of an account's own limit of calls; and what is refused before it is known whose account is meant.
_USED_UP = frozenset((80007, 80008))
_NOBODYS = frozenset((104, 190, *range(200, 300), 803))
_MARKS = frozenset(("webhook_lost", "webhook_delayed", "webhook_duplicated")) | HOLDS


class GraphApp:
    """Answers everything under `/vNN.N/`, and the addresses media are downloaded from."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        path = scope["path"]
        at_most = FILE_AT_MOST if path.endswith("/media") or "/upload:" in path else BODY_AT_MOST
        raw, size = await _read_body(receive, at_most)
        if raw is None:
            return
        request = read_request(scope, raw, too_large=size > at_most)
        await request.read_form()
        if self.box.faults.rules:
            await self._with_faults(request, Spoiler(scope, receive, send))
        else:
            await send_answer(send, await self._answer(request, None))

    async def _with_faults(self, request: GraphRequest, way_out: Spoiler) -> None:
        box = self.box
        digits = content.digits_of(request.recipient) or ""
        now = box.clock.now()
        number_id = self._number_id(request)
        fired = box.faults.fire(edge=request.edge, number_id=number_id, to=digits, now=now)
        for rule in fired:
            self._note(rule, request, number_id)
        seed = box.settings.seed
        for rule in (rule for rule in fired if rule.effect == "delay" and not rule.after):
            await asyncio.sleep(rule.wait_seconds(seed))
        spoiling = next((rule for rule in fired if _spoils(rule)), None)
        answer = None
        if spoiling is None or spoiling.processed or spoiling.effect in _PROCESSED:
            answer = await self._answer(request, _marks(fired, seed))
        if spoiling is not None and spoiling.effect in ("error_code", "throttle"):
            answer = self._refused(request, _refusal(spoiling, box.limits.throttle_http_status))
        for rule in (rule for rule in fired if rule.effect == "delay" and rule.after):
            await asyncio.sleep(rule.wait_seconds(seed))
        if spoiling is not None:
            await way_out.spoil(spoiling, answer)
        elif answer is not None:
            await send_answer(way_out.send, answer)

    def _number_id(self, request: GraphRequest) -> str:
        """The number a request concerns: the one a file belongs to, where the request is for a file, else its node."""
        downloads = (request.node, request.edge) == DOWNLOAD
        file = self.box.media.files.get(request.query.get("mid", "") if downloads else request.node)
        return request.node if file is None else file.number_id

    def _note(self, rule: Rule, request: GraphRequest, number_id: str) -> None:
        box = self.box
        box.books.faults[rule.effect] += 1
        box.journal.write_soon(
            {"k": "fault", "effect": rule.effect, "rule": rule.id, "at": box.clock.now()}
            | {
                "phone_number_id": number_id,
                "to": request.recipient,
                "biz_opaque_callback_data": _biz(request),
            }
        )

    async def _answer(self, request: GraphRequest, marks: dict[str, Any] | None) -> Answer:
        if (request.node, request.edge) == DOWNLOAD:
            return download(self.box, request)
        if request.node == IMAGE_NODE and request.edge.startswith(f"{IMAGE_EDGE}/"):
            return image(picture(request.edge.partition("/")[2]))
        try:
            return await self._process(request, marks)
        except Refusal as refusal:
            return self._refused(request, refusal)
        except OSError as failure:
            log.error("the ledger could not be written: %s", failure.strerror)
            return self._refused(request, Refusal(131000))

    async def _process(self, request: GraphRequest, marks: dict[str, Any] | None) -> Answer:
        box = self.box
        sends = request.method == "POST" and request.edge in SENDING_EDGES
        if sends:
            box.books.requests += 1
        if request.method == "POST" and not request.node:
            return good(await batch.run(request, lambda single: self._answer(single, None)), request.version)
        handler = OPEN.get((request.method, request.node, request.edge))
        if handler is not None:
            return good(handler(box, request), request.version)
        by_token = OF_THE_TOKEN.get((request.method, request.node, request.edge))
        if by_token is not None:
            return good(by_token(box, request, self._caller(request)), request.version)
        node = self._node(request)
        if sends and isinstance(node, PhoneNumber):
            post = sending.post_message if request.edge == "messages" else sending.post_marketing_message
            return good(post(box, request, node, marks), request.version, self._usage(request.node))
        found = handler_of(node, request.method, request.edge)
        if found is None:
            raise _no_such_edge(request)
        result = found(box, request, node)
        data = await result if isinstance(result, Awaitable) else result
        return good(data, request.version, self._usage(request.node))

    def _caller(self, request: GraphRequest) -> Token | None:
        """The token of a request; None for the app's own. Raises Refusal."""
        name = request.token
        if name is None:
            raise Refusal(104)
        if name == self.box.world.app.token:
            return None
        token = self.box.world.tokens.get(name)
        trouble = trouble_with(token)
        if trouble is not None:
            raise trouble
        return token

    def _node(self, request: GraphRequest) -> Node:
        """The node a request names, if its token may use it. Raises Refusal."""
        world = self.box.world
        token = self._caller(request)
        if token is None:
            if request.node not in (world.app.id, THE_APP):
                raise Refusal(200)
            return world.app
        number = world.phone_numbers.get(request.node)
        if number is not None:
            node: Node | None = number
            waba_ids = [number.waba_id]
        else:
            node, waba_ids = node_of(self.box, request.node)
        if node is None:
            raise Refusal(803, title=f"Some of the aliases you requested do not exist: {request.node}")
        if waba_ids and not any(token.may_use(waba_id) for waba_id in waba_ids):
            raise Refusal(200)
        return node

    def _refused(self, request: GraphRequest, refusal: Refusal) -> Answer:
        box = self.box
        if request.edge in SENDING_EDGES:
            box.books.refuse(refusal.code)
            box.journal.write_soon(
                {"k": "refused", "code": refusal.code, "at": box.clock.now(), "phone_number_id": request.node}
                | {"to": request.recipient, "biz_opaque_callback_data": _biz(request)}
            )
        usage_of = [] if refusal.code in _NOBODYS else self._usage(request.node, refusal.code)
        return bad(refusal, request.version, usage_of)

    def _usage(self, node: str, code: int = 0) -> list[Header]:
        """What an answer about a number or an account says of the account's calls."""
        number = self.box.world.phone_numbers.get(node)
        waba_id = node if number is None else number.waba_id
        return [usage(waba_id, used_up=code in _USED_UP)] if waba_id in self.box.world.wabas else []


async def _read_body(receive: Receive, at_most: int) -> tuple[bytes | None, int]:
    """The whole body and its size; None when the client hung up. What is beyond the limit is dropped."""
    event = await receive()
    if event["type"] == "http.disconnect":
        return None, 0
    body: bytes = event.get("body", b"")
    if not event.get("more_body"):
        return body, len(body)
    parts, size = [body], len(body)
    while event.get("more_body"):
        event = await receive()
        if event["type"] == "http.disconnect":
            return None, 0
        size += len(event.get("body", b""))
        if size <= at_most:
            parts.append(event.get("body", b""))
    return b"".join(parts), size


def _spoils(rule: Rule) -> bool:
    if rule.effect in _MARKS or rule.effect == "delay":
        return False
    return not (rule.effect == "error_code" and rule.later)


def _marks(fired: list[Rule], seed: int) -> dict[str, Any] | None:
    marks: dict[str, Any] = {}
    for rule in fired:
        if rule.effect == "webhook_lost":
            marks["lost"] = True
        elif rule.effect == "webhook_duplicated":
            marks["copies"] = rule.copies
        elif rule.effect == "webhook_delayed":
            marks["delay"] = [rule.ms / 1000.0, rule.jitter_ms / 1000.0, rule.draw(seed, "webhook")]
        elif rule.effect in HOLDS:
            marks["held"] = [rule.effect, HELD_SECONDS if rule.seconds is None else rule.seconds]
        elif rule.effect == "error_code" and rule.later:
            marks["code"] = rule.code
    return marks or None


def _refusal(rule: Rule, throttle_http_status: int) -> Refusal:
    if rule.effect == "throttle":
        code = rule.code or 130429
        known = CODES.get(code)
        default = (
            known.http_status if known is not None and known.http_status == 429 else throttle_http_status
        )
        return Refusal(code, http_status=rule.http_status or default)
    return Refusal(rule.code or 1, http_status=rule.http_status)


def _biz(request: GraphRequest) -> str | None:
    try:
        value = request.given.get("biz_opaque_callback_data")
    except Refusal:
        return None
    return value if isinstance(value, str) else None


def _no_such_edge(request: GraphRequest) -> Refusal:
    if request.edge:
        return Refusal(2500, title=f"Unknown path components: /{request.edge}", http_status=400, plain=True)
    return Refusal(
        100,
        title=f"Unsupported {request.method.lower()} request. Object with ID '{request.node}' does not support this operation",
        subcode=33,
        plain=True,
    )
