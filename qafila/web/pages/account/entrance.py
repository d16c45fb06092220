"""Ways in without a password: a one-time sign-in link, a link for a new password, an invitation."""

from __future__ import annotations

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from qafila.businesses.actions import accept_invitation, set_password, use_link
from qafila.businesses.models import Invitation, Link, User
from qafila.businesses.queries import open_invitation, usable_link
from qafila.businesses.refusals import Refused
from qafila.web.pages.account.fields import NewPasswordField, language_field, name_field
from qafila.web.pages.account.limits import refuse_a_flood
from qafila.web.shell.addresses import client_address
from qafila.web.shell.doors import public, use_business
from qafila.web.shell.saying import said
from qafila.web.ui import figures

_LINK_OPENS_IT = "the secret in the address is what lets in"


class PasswordForm(forms.Form):
    """A new password."""

    password = NewPasswordField()


class ArrivalForm(forms.Form):
    """Who comes by invitation and is new here."""

    name = name_field()
    language = language_field()
    password = NewPasswordField()


@public(_LINK_OPENS_IT)
@never_cache
@require_http_methods(["GET", "POST"])
@refuse_a_flood
def sign_in_link(request: HttpRequest, secret: str) -> HttpResponseBase:
    """The link of `qafila people sign-in-link`: a button on GET, so that a previewing program uses nothing up."""
    now = timezone.now()
    link = usable_link(secret, Link.Purpose.SIGN_IN, now=now)
    if link is None or link.user is None:
        return _over(request)
    if request.method == "GET":
        return render(request, "web/account/sign_in_link.html", {"person": link.user})
    try:
        link = use_link(secret=secret, purpose=Link.Purpose.SIGN_IN, now=now)
    except Refused:
        return _over(request)
    user = link.user
    if user is None:
        return _over(request)
    if request.user.is_authenticated:
        logout(request)
    record_authentication(request, user, method="link")
    return perform_login(request, Login(user=user, redirect_url="/"))


@public(_LINK_OPENS_IT)
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@refuse_a_flood
def password_link(request: HttpRequest, secret: str) -> HttpResponseBase:
    """A link from an owner or from `qafila people reset-password`: a new password, then the sign-in page."""
    now = timezone.now()
    link = usable_link(secret, Link.Purpose.PASSWORD, now=now)
    if link is None or link.user is None:
        return _over(request)
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                link = use_link(secret=secret, purpose=Link.Purpose.PASSWORD, now=now)
                if isinstance(link.user, User):
                    password = form.cleaned_data["password"]
                    address = client_address(request)
                    set_password(user=link.user, password=password, by="link", address=address, now=now)
        except Refused as refusal:
            if refusal.code == "link_over":
                return _over(request)
            form.add_error("password", said(refusal))
        else:
            messages.success(request, _("The new password is set. Sign in with it."))
            return redirect("account_login")
    return render(request, "web/account/new_password.html", {"form": form, "person": link.user})


@public(_LINK_OPENS_IT)
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@refuse_a_flood
def invitation(request: HttpRequest, secret: str) -> HttpResponseBase:
    """An invitation: a new person gives name and password, a known one signs in and accepts."""
    now = timezone.now()
    found = open_invitation(secret, now=now)
    if found is None:
        return _over(request)
    known = User.objects.filter(email=found.email).first()
    here = request.user if isinstance(request.user, User) else None
    form = ArrivalForm(request.POST or None, initial={"language": get_language() or "en"})
    if request.method == "POST" and (here or (known is None and form.is_valid())):
        try:
            return _arrive(request, secret, found, here, form)
        except Refused as refusal:
            form.add_error(None, said(refusal)) if form.is_bound else messages.error(request, said(refusal))
    context = {
        "invitation": found,
        "form": form,
        "must_sign_in": known is not None and here is None,
        "other_person": here is not None and here.email != found.email,
        "here": here,
        "known": known is not None,
    }
    return render(request, "web/account/invitation.html", context)


def _arrive(
    request: HttpRequest, secret: str, found: Invitation, here: User | None, form: ArrivalForm
) -> HttpResponseBase:
    given = form.cleaned_data if here is None else {}
    membership = accept_invitation(
        secret=secret,
        user=here,
        name=given.get("name", ""),
        password=given.get("password", ""),
        language=given.get("language", ""),
        address=client_address(request),
        now=timezone.now(),
    )
    if here is None:
        record_authentication(request, membership.user, method="password")
        answer = perform_login(request, Login(user=membership.user, redirect_url="/"))
    else:
        answer = redirect("/")
    use_business(request, membership.business)
    messages.success(
        request, _("Welcome to %(business)s.") % {"business": figures.isolated(found.business.name)}
    )
    return answer


def _over(request: HttpRequest) -> HttpResponse:
    """The same answer for used, expired, replaced and never made."""
    return render(request, "web/account/link_over.html", status=410)
