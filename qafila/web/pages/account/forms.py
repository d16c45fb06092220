"""The sign-in form, and codes of an authenticator app, each taken once."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _


class SignInForm(LoginForm):
    """E-mail address and password, in our words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("E-mail address")
        self.fields["login"].widget.attrs["dir"] = "ltr"
        self.fields["password"].help_text = ""
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


def _take(user_id: int, code: str) -> None:
    """Lets a code pass once, for as long as it would be right (allauth remembers it for one period only).

    :raises ValidationError: it was used.
    """
    periods = 2 * app_settings.TOTP_TOLERANCE + 2
    key = f"code-used:{user_id}:{normalize_user_code(code)}"
    if not cache.add(key, 1, timeout=periods * app_settings.TOTP_PERIOD):
        raise get_adapter().validation_error("incorrect_code")


class _OnlyOnce:
    def clean_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]
        found: Any = self
        if found.authenticator.type == Authenticator.Type.TOTP:
            _take(found.user.pk, code)
        return code


class CodeForm(_OnlyOnce, forms.AuthenticateForm):
    """At sign-in."""


class CodeAgainForm(_OnlyOnce, forms.ReauthenticateForm):
    """Before something grave."""


class FirstCodeForm(ActivateTOTPForm):
    """When the app is set up: that code does not sign in afterwards."""

    def clean_code(self) -> str:
        """As allauth, and the code is used up."""
        code: str = super().clean_code()
        _take(self.user.pk, code)
        return code
