"""The reference of the webhook bench: a plain Django view that verifies the signature and stores the body before it answers.

Served by the same uvicorn on the same table, without middleware, with pooled connections, and with the account
remembered, so that nothing but the way of storing differs. ``uvicorn bench.plain_view:application``.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import os
from datetime import UTC, datetime
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qafila.project.settings")

from django.conf import settings

settings.ROOT_URLCONF = "bench.plain_view"
_default = settings.DATABASES["default"]
_default["CONN_MAX_AGE"] = 0
_default["OPTIONS"] = {**_default.get("OPTIONS", {}), "pool": {"min_size": 4, "max_size": 16}}

import django  # noqa: E402 - settings first
from django.core.asgi import get_asgi_application  # noqa: E402

django.setup()
settings.MIDDLEWARE = []  # only now: the sign-in library looks for its own while the apps are set up
application = get_asgi_application()

from django.db import connection  # noqa: E402
from django.http import HttpRequest, HttpResponseForbidden, JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402

from qafila.senders.models import ProviderAccount  # noqa: E402
from qafila.senders.secrets import open_  # noqa: E402

_STORE = "INSERT INTO receiving_rawwebhook (received_at, provider_account_id, business_id, body) VALUES (%s, %s, %s, %s)"


@functools.cache
def _account(public_id: str) -> tuple[int, int, bytes]:
    account = ProviderAccount.objects.get(public_id=public_id)
    return account.pk, account.business_id, open_(account).app_secrets[0].encode()


@csrf_exempt
def webhook(request: HttpRequest, public_id: str) -> Any:
    """Verify, store, answer."""
    body = request.body
    account_id, business_id, secret = _account(public_id)
    expected = "sha256=" + hmac.digest(secret, body, hashlib.sha256).hex()
    if not hmac.compare_digest(expected, request.headers.get("X-Hub-Signature-256", "")):
        return HttpResponseForbidden()
    with connection.cursor() as cursor:
        cursor.execute(_STORE, (datetime.now(UTC), account_id, business_id, body))
    answer = JsonResponse({"status": "stored"})
    answer["Content-Length"] = str(len(answer.content))  # a middleware's work otherwise; none is here
    return answer


urlpatterns = [path("webhooks/<public_id>", webhook)]
