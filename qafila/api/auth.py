"""The two ways to show a key, as OpenAPI knows them, and the right that a route needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from ninja.security import APIKeyHeader, HttpBearer

from qafila.api.caller import identify
from qafila.api.refusals import ApiRefusal
from qafila.businesses.actor import Actor


class BearerKey(HttpBearer):
    """``Authorization: Bearer KEY``."""

    openapi_description = "An API key of the business, or `API_SECRET_KEY`: `Authorization: Bearer KEY`"

    def __init__(self, scope: str) -> None:
        self.scope = scope
        super().__init__()

    def __call__(self, request: HttpRequest) -> Actor:
        return admit(request, self.scope)

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        """Not asked: both headers are looked at in one place."""
        del token
        return admit(request, self.scope)


class HeaderKey(APIKeyHeader):
    """``X-API-Key: KEY``."""

    param_name = "X-API-Key"
    openapi_description = "The same key in a header of its own: `X-API-Key: KEY`"

    def __init__(self, scope: str) -> None:
        self.scope = scope
        super().__init__()

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        """As :class:`BearerKey`."""
        del key
        return admit(request, self.scope)


def admit(request: HttpRequest, scope: str) -> Actor:
    """Lets the caller in, or refuses.

    :raises ApiRefusal: 401 ``unauthorised`` without a valid key; 403 ``forbidden_scope`` without the right,
        403 ``key_from_elsewhere`` outside the networks that the key is bound to.
    """
    actor = identify(request)
    if actor is None:
        raise ApiRefusal(401, "unauthorised", headers={"WWW-Authenticate": 'Bearer realm="Qafila"'})
    if not actor.may(scope):
        raise ApiRefusal(403, "forbidden_scope", params={"scope": scope})
    return actor


def needs(scope: str) -> list[Callable[[HttpRequest], Any]]:
    """The ``auth`` of a route: either header, and this right (``businesses.rules.scopes``)."""
    return [BearerKey(scope), HeaderKey(scope)]
