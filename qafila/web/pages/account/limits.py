"""Guessing a secret in an address is hopeless (256 bits), but it shall not keep the machine busy either."""

from __future__ import annotations

from functools import wraps
from typing import Any

from allauth.core.internal import ratelimit
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from qafila.web.shell.doors import View

RATES = {"links": "30/m/ip"}


def refuse_a_flood(view: View) -> View:
    """At most 30 tries a minute from one address; then 429."""

    @wraps(view)
    def passing(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        refused = ratelimit.consume_or_429(
            request, app="qafila", action="links", config=RATES, limit_get=True
        )
        answer: HttpResponseBase = refused or view(request, *args, **kwargs)
        return answer

    return passing
