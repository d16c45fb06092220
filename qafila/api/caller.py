"""Who calls? A key in one of two headers, or an old client that may come without one."""

from __future__ import annotations

import ipaddress
import threading
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest

from qafila.api.call import Call, call_of
from qafila.businesses import actions, queries
from qafila.businesses.actor import Actor, legacy_actor
from qafila.businesses.rules import keyless

KEYLESS_WARNING = (
    "no API key; this is allowed for old clients only and will end: add Authorization: Bearer KEY"
)
_NOTED_EVERY = timedelta(minutes=1)
_MOST_NOTED = 10_000
_noted: dict[str, datetime] = {}
_noting = threading.Lock()


def identify(request: HttpRequest) -> Actor | None:
    """Who makes the call, or None. Asked once a call."""
    call = call_of(request)
    if not call.identified:
        call.identified = True
        actor = _actor(request, call)
        if actor is not None:
            call.speak_to(actor)
    return call.actor


def _actor(request: HttpRequest, call: Call) -> Actor | None:
    keys = _keys(request)
    for key in keys:
        actor = queries.actor_for_key(key, now=call.now)
        if actor is not None:
            _note_use(actor, key, call.now)
            return replace(actor, address=address_of(request))
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
    with _noting:
        noted = _noted.get(actor.id)
        if noted is not None and timedelta(0) <= now - noted < _NOTED_EVERY:
            return
        if len(_noted) >= _MOST_NOTED:
            _noted.clear()
        _noted[actor.id] = now
    row = queries.key_id(key)
    if row is not None:
        actions.touch_api_key(key_id=row, now=now)


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
    """Where the call came from, for the audit log: the peer, or behind a trusted proxy the last hop that is none."""
    peer = _address(request.META.get("REMOTE_ADDR", ""))
    if peer is None:
        return None
    proxies = [ipaddress.ip_network(network, strict=False) for network in settings.ENV.trusted_proxies]
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")]
    while any(peer in network for network in proxies) and hops:
        before = _address(hops.pop())
        if before is None:
            break
        peer = before
    return str(peer)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
