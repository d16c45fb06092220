"""Who calls? A key in one of two headers, or an old client that may come without one."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest

from qafila.api.call import Call, call_of
from qafila.api.refusals import ApiRefusal
from qafila.businesses import actions, queries
from qafila.businesses.actor import Actor, legacy_actor
from qafila.businesses.rules import callers, keyless

KEYLESS_WARNING = (
    "no API key; this is allowed for old clients only and will end: add Authorization: Bearer KEY"
)
_NOTED_EVERY = timedelta(minutes=1)
_MOST_NOTED = 10_000
_noted: dict[str, datetime] = {}
_noting = threading.Lock()


def identify(request: HttpRequest) -> Actor | None:
    """Who makes the call, or None. Asked once a call.

    :raises ApiRefusal: 403 ``key_from_elsewhere``: the key is bound to networks that the call does not come from.
    """
    call = call_of(request)
    if not call.identified:
        actor = _actor(request, call)
        call.identified = True
        if actor is not None:
            call.speak_to(actor)
    return call.actor


def _actor(request: HttpRequest, call: Call) -> Actor | None:
    keys = _keys(request)
    for key in keys:
        try:
            actor = queries.actor_for_key(key, address=address_of(request), now=call.now)
        except queries.FromElsewhere as elsewhere:
            _note_refusal(elsewhere.actor, call.now)
            raise ApiRefusal(elsewhere.status, elsewhere.code, params=elsewhere.params) from elsewhere
        if actor is not None:
            _note_use(actor, key, call.now)
            return actor
    return None if keys else _keyless(request, call)


def _keys(request: HttpRequest) -> list[str]:
    """The keys that the call carries, ``Authorization`` first."""
    found = []
    scheme, _, rest = request.headers.get("Authorization", "").strip().partition(" ")
    if scheme.lower() == "bearer" and rest.strip():
        found.append(rest.strip())
    if key := request.headers.get("X-API-Key", "").strip():
        found.append(key)
    return found


def _note_use(actor: Actor, key: str, now: datetime) -> None:
    """Writes down that a key was used. This process asks the database at most once a minute and key."""
    if _is_due(actor.id, now):
        row = queries.key_id(key)
        if row is not None:
            actions.touch_api_key(key_id=row, address=actor.address, now=now)


def _note_refusal(actor: Actor, now: datetime) -> None:
    """A key that is used from elsewhere may be stolen: it stands in the audit log, at most once a minute and process."""
    if _is_due(f"refused {actor.id}", now):
        actions.record_audit(
            actor=actor,
            action="api_key.used_elsewhere",
            subject_kind="api_key",
            subject_id=actor.id,
            now=now,
        )


def _is_due(what: str, now: datetime) -> bool:
    """Whether something is to be written down again; then it counts as written."""
    with _noting:
        noted = _noted.get(what)
        if noted is not None and timedelta(0) <= now - noted < _NOTED_EVERY:
            return False
        if len(_noted) >= _MOST_NOTED:
            _noted.clear()
        _noted[what] = now
    return True


def _keyless(request: HttpRequest, call: Call) -> Actor | None:
    env = settings.ENV
    decision = keyless.decide(
        networks=env.legacy_keyless_from,
        trusted_proxies=env.trusted_proxies,
        allowed_hosts=settings.ALLOWED_HOSTS,
        remote=request.META.get("REMOTE_ADDR"),
        host=request.META.get("HTTP_HOST", ""),
        path=request.path,
        headers=request.headers,
    )
    business = queries.legacy_business() if decision.allowed else None
    if business is None or decision.address is None:
        return None
    actor = legacy_actor(business, address=decision.address)
    actions.record_audit(
        actor=actor,
        action="api.called_without_key",
        detail={"method": request.method or "", "path": request.path[:200]},
        now=call.now,
    )
    call.warning = KEYLESS_WARNING
    return actor


def address_of(request: HttpRequest) -> str | None:
    """Where the call came from, through the trusted proxies; None for a unix socket."""
    found = callers.client(
        remote=request.META.get("REMOTE_ADDR") or "",
        forwarded_for=request.headers.get("X-Forwarded-For", ""),
        trusted_proxies=settings.ENV.trusted_proxies,
    )
    return str(found) if found else None
