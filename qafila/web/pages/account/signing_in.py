"""allauth's pages, each behind its own door. What is not listed here does not exist: no sign-up, no e-mail pages."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, re_path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from qafila.web.pages.account.mails import can_send
from qafila.web.shell.doors import WELCOME, View, public, signed_in, somebody_owns_this
from qafila.web.shell.sudo import confirmed

_SIGNING_IN = "this is where people sign in"
_HALF_WAY = "the second half of signing in; allauth's own session says who"


@public(_SIGNING_IN)
@never_cache
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """The sign-in page; the first-run page while nobody owns the installation."""
    if not somebody_owns_this():
        return redirect(WELCOME)
    answer: HttpResponseBase = account.login(request)
    return answer


@public(_SIGNING_IN)
@never_cache
def forgotten(request: HttpRequest) -> HttpResponseBase:
    """A link by e-mail for a new password; without an SMTP server the page says who can help instead."""
    if not can_send():
        return render(request, "account/password_reset_without_mail.html")
    answer: HttpResponseBase = account.password_reset(request)
    return answer


@signed_in()
@require_safe
def to_profile(request: HttpRequest) -> HttpResponseBase:
    """allauth's lists are parts of the profile page."""
    del request
    return redirect("people:profile")


def _own(view: View) -> View:
    return signed_in()(never_cache(view))


def _grave(view: View) -> View:
    return signed_in()(never_cache(confirmed(view)))


def _urls() -> list[URLPattern]:
    half_way = public(_HALF_WAY)
    return [
        path("login/", sign_in, name="account_login"),
        path("logout/", public("who is signed out may come here too")(account.logout), name="account_logout"),
        path("inactive/", public(_SIGNING_IN)(account.account_inactive), name="account_inactive"),
        path("reauthenticate/", _own(account.reauthenticate), name="account_reauthenticate"),
        path("password/change/", _own(account.password_change), name="account_change_password"),
        path("password/set/", _grave(account.password_set), name="account_set_password"),
        path("password/reset/", forgotten, name="account_reset_password"),
        path(
            "password/reset/done/",
            public(_SIGNING_IN)(account.password_reset_done),
            name="account_reset_password_done",
        ),
        re_path(
            r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
            public("the key in the address is what lets in")(never_cache(account.password_reset_from_key)),
            name="account_reset_password_from_key",
        ),
        path(
            "password/reset/key/done/",
            public(_SIGNING_IN)(account.password_reset_from_key_done),
            name="account_reset_password_from_key_done",
        ),
        path("2fa/", to_profile, name="mfa_index"),
        path("2fa/authenticate/", half_way(never_cache(mfa.authenticate)), name="mfa_authenticate"),
        path("2fa/reauthenticate/", _own(mfa.reauthenticate), name="mfa_reauthenticate"),
        path("2fa/totp/activate/", _grave(totp.activate_totp), name="mfa_activate_totp"),
        path("2fa/totp/deactivate/", _grave(totp.deactivate_totp), name="mfa_deactivate_totp"),
        path("2fa/recovery-codes/", _grave(recovery.view_recovery_codes), name="mfa_view_recovery_codes"),
        path(
            "2fa/recovery-codes/generate/",
            _grave(recovery.generate_recovery_codes),
            name="mfa_generate_recovery_codes",
        ),
        path(
            "2fa/recovery-codes/download/",
            _grave(recovery.download_recovery_codes),
            name="mfa_download_recovery_codes",
        ),
        path("2fa/webauthn/", to_profile, name="mfa_list_webauthn"),
        path("2fa/webauthn/add/", _grave(webauthn.add_webauthn), name="mfa_add_webauthn"),
        path(
            "2fa/webauthn/login/",
            public(_SIGNING_IN)(never_cache(webauthn.login_webauthn)),
            name="mfa_login_webauthn",
        ),
        path(
            "2fa/webauthn/reauthenticate/",
            _own(webauthn.reauthenticate_webauthn),
            name="mfa_reauthenticate_webauthn",
        ),
        path(
            "2fa/webauthn/keys/<int:pk>/remove/", _grave(webauthn.remove_webauthn), name="mfa_remove_webauthn"
        ),
        path("2fa/webauthn/keys/<int:pk>/edit/", _grave(webauthn.edit_webauthn), name="mfa_edit_webauthn"),
        path("sessions/", to_profile, name="usersessions_list"),
    ]


urlpatterns = _urls()
