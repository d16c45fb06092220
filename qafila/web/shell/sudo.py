"""Before something grave a signed-in person shows once more that it is them: password, code or passkey."""

from __future__ import annotations

from functools import wraps
from typing import Any

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.core.exceptions import ReauthenticationRequired
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from qafila.web.shell.doors import View


def confirmed(view: View) -> View:
    """For views that hand out keys, rights or data of people: asks for password or second factor, good for ten minutes.

    Stands under ``@signed_in``. What was posted is done after the confirmation, without asking anew.
    """

    @wraps(view)
    def passing(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not did_recently_reauthenticate(request):
            if request.headers.get("HX-Request"):
                return HttpResponse(status=401, headers={"HX-Redirect": reverse("account_reauthenticate")})
            raise ReauthenticationRequired
        answer: HttpResponseBase = view(request, *args, **kwargs)
        return answer

    passing.sudo = True  # type: ignore[attr-defined]
    return passing
