"""``Idempotency-Key``: the same POST sent again has one effect and gets the same answer, for 24 hours.

The answer is kept in the transaction of the effect. So after a crash either both are there or neither, and no key is ever
left "in progress": a call holds a lock of its transaction while it runs, and the lock dies with it.

Kept answers are sealed, since some hold a secret that is shown once; and whoever asks for one again must have the right of
the route, whichever key made the first call.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja.operation import PathView

from qafila.api.auth import BearerKey, admit
from qafila.api.call import call_of
from qafila.api.caller import identify
from qafila.api.models import IdempotencyKey
from qafila.api.refusals import ApiRefusal
from qafila.businesses.actor import Actor
from qafila.businesses.keyring import keyring
from qafila.kit.crypto import CryptoError

KEPT = timedelta(hours=24)
LONGEST_KEY = 255
HEADER = "Idempotency-Key"
STREAMED = frozenset({"upload_contract"})
"""Routes whose body is no value in memory: they call :func:`answer_once` themselves, with the hash of what they stored."""
_SEALED = "q1."
"""How a sealed answer begins; one that was kept before answers were sealed is JSON, which never begins so."""


def once(request: HttpRequest, run: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Runs a call, or repeats the answer that its key once got. Anything but a POST with a key and a known caller runs.

    :raises ApiRefusal: see :func:`answer_once`; 403 ``forbidden_scope``: the caller lacks the right of the route.
    """
    match = request.resolver_match
    if request.method != "POST" or HEADER not in request.headers or (match and match.url_name in STREAMED):
        return run()
    actor = identify(request)
    if actor is None:
        return run()
    right = right_of(match.func, request.method) if match else None
    if right is None:
        return run()
    admit(request, right)
    return answer_once(request, actor, request.body, run)


@lru_cache(maxsize=512)
def right_of(view: Callable[..., object], method: str) -> str | None:
    """The right that a route asks for (``api.auth.needs``); None for what is no route of the API.

    The framework makes its view a closure over the operations of an address.
    """
    owner = inspect.getclosurevars(inspect.unwrap(view)).nonlocals.get("self")
    operations = owner.operations if isinstance(owner, PathView) else []
    callbacks = [each for one in operations if method in one.methods for each in one.auth_callbacks]
    return next((each.scope for each in callbacks if isinstance(each, BearerKey)), None)


def answer_once(
    request: HttpRequest, actor: Actor, content: bytes, run: Callable[[], HttpResponseBase]
) -> HttpResponseBase:
    """Runs the call in one transaction with the note of its answer, or repeats that answer. Without a key: runs it.

    Only a success is kept: a refusal had no effect, and the same call may succeed later.

    :param content: what makes two calls the same: the body, or its hash.
    :raises ApiRefusal: ``idempotency_key_invalid`` (400), ``idempotency_key_reused`` (422), ``idempotency_in_progress``
        (409), ``idempotency_answer_lost`` (409).
    """
    if HEADER not in request.headers:
        return run()
    key = _key_of(request)
    route = _route_of(request)
    digest = _digest(request, content)
    now = call_of(request).now
    with transaction.atomic():
        if not _lock(actor.business.pk, route, key):
            raise ApiRefusal(409, "idempotency_in_progress", headers={"Retry-After": "1"})
        kept = _kept(actor.business.pk, route, key, now)
        if kept is not None:
            return _repeated(kept, digest)
        response = run()
        if not isinstance(response, HttpResponse) or not 200 <= response.status_code < 300:
            transaction.set_rollback(True)
            return response
        IdempotencyKey.objects.create(
            business_id=actor.business.pk,
            route=route,
            key=key,
            body_hash=digest,
            created_at=now,
            status=response.status_code,
            answer=keyring().encrypt(response.content, _place(actor.business.pk, route, key)),
        )
    return response


def _key_of(request: HttpRequest) -> str:
    key = request.headers.get(HEADER, "")
    if not 1 <= len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable() or not key.strip():
        raise ApiRefusal(400, "idempotency_key_invalid", field=HEADER)
    return key


def _route_of(request: HttpRequest) -> str:
    """Method and path, ids and all: a key is one key for every contract that is started with it."""
    route = f"{request.method} {request.path}"
    return route if len(route) <= 200 else f"sha256 {hashlib.sha256(route.encode()).hexdigest()}"


def _digest(request: HttpRequest, content: bytes) -> bytes:
    query = request.META.get("QUERY_STRING", "").encode("utf-8", "replace")
    return hashlib.sha256(hashlib.sha256(query).digest() + content).digest()


def _lock(business_id: int, route: str, key: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"api.idempotency:{business_id}:{route}:{key}"],
        )
        return bool(cursor.fetchone()[0])


def _kept(business_id: int, route: str, key: str, now: datetime) -> IdempotencyKey | None:
    rows = IdempotencyKey.objects.filter(business_id=business_id, route=route, key=key)
    kept = rows.first()
    if kept is not None and kept.created_at <= now - KEPT:
        rows.delete()
        return None
    return kept


def _repeated(kept: IdempotencyKey, digest: bytes) -> HttpResponse:
    if bytes(kept.body_hash) != digest:
        raise ApiRefusal(422, "idempotency_key_reused", field=HEADER)
    response = HttpResponse(_opened(kept), status=kept.status or 200, content_type="application/json")
    response["Idempotency-Replayed"] = "true"
    return response


def _opened(kept: IdempotencyKey) -> bytes:
    answer = str(kept.answer or "")
    if not answer.startswith(_SEALED):
        return answer.encode()
    try:
        return keyring().decrypt_bytes(answer, _place(kept.business_id, kept.route, kept.key))
    except CryptoError as lost:
        raise ApiRefusal(409, "idempotency_answer_lost", field=HEADER) from lost


def _place(business_id: int, route: str, key: str) -> str:
    """What a sealed answer is bound to: in another row it does not open."""
    return f"business:{business_id}/api.IdempotencyKey/{route}/{key}"


def forget_old(*, now: datetime) -> int:
    """Removes answers older than 24 hours. Returns how many."""
    return IdempotencyKey.objects.filter(created_at__lte=now - KEPT).delete()[0]
