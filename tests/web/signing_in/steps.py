"""What a person does to get in, for the tests."""

from __future__ import annotations

import re
import time
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client

from tests.web.world import PASSWORD

LOGIN = "/account/login/"


def sign_in(client: Client, email: str, password: str = PASSWORD, **more: Any) -> Any:
    """Sends the sign-in form."""
    return client.post(LOGIN, {"login": email, "password": password, **more})


def is_in(client: Client) -> bool:
    """Whether the person's own page opens."""
    return client.get("/account/profile/").status_code == 200


def confirm(client: Client, password: str = PASSWORD) -> Any:
    """Confirms that it is them."""
    return client.post("/account/reauthenticate/", {"password": password, "next": "/account/profile/"})


def code(secret: str, *, periods: int = 0) -> str:
    """What an authenticator app shows, so many periods from now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + periods))


def set_up_app(client: Client) -> str:
    """Sets an authenticator app up; its secret."""
    confirm(client)
    page = client.get("/account/2fa/totp/activate/").content.decode()
    found = re.search(r"<code>([A-Z2-7]{32})</code>", page)
    assert found, page[-2000:]
    secret = found.group(1)
    answer = client.post("/account/2fa/totp/activate/", {"code": code(secret)})
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    return secret


def recovery_codes(client: Client) -> list[str]:
    """Reads the recovery codes off the page that shows them once."""
    page = client.get("/account/2fa/recovery-codes/").content.decode()
    return re.findall(r"^(\d{8})$", page.replace("<pre", "\n<pre").replace(">", ">\n"), re.MULTILINE)


def has_app(user: Any) -> bool:
    """Whether an authenticator app is set up."""
    return Authenticator.objects.filter(user=user, type="totp").exists()
