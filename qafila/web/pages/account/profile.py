"""One's own account: name, language, second factor, passkeys, where one is signed in; and the business in use."""

from __future__ import annotations

from allauth.core.internal import ratelimit
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from qafila.businesses.actions import change_profile, end_sessions, record_audit
from qafila.businesses.actor import user_actor
from qafila.businesses.models import Membership, User
from qafila.businesses.refusals import Refused
from qafila.kit.ids import parse_uuid
from qafila.web.pages.account.agents import browser_of
from qafila.web.pages.account.fields import language_field, name_field
from qafila.web.shell.addresses import client_address
from qafila.web.shell.doors import Current, signed_in, use_business
from qafila.web.shell.saying import said

LOW_ON_CODES = 3


class ProfileForm(forms.Form):
    """What a person may change about themselves."""

    name = name_field()
    language = language_field(empty=gettext_lazy("As the business"))


@never_cache
@signed_in()
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponseBase:
    """My account."""
    current: Current = request.current  # type: ignore[attr-defined]
    user = current.user
    form = ProfileForm(request.POST or None, initial={"name": user.name, "language": user.language})
    if request.method == "POST" and form.is_valid():
        try:
            changed = change_profile(user=user, actor=current.actor, now=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, said(refusal))
        else:
            if changed:
                messages.success(request, _("Saved."))
            return redirect("people:profile")
    context = {"form": form, "current": current, "sessions": _sessions(request, user), **_factors(user)}
    return render(request, "web/account/profile.html", context)


def _factors(user: User) -> dict[str, object]:
    found = list(Authenticator.objects.filter(user=user).order_by("pk"))
    codes = next((each for each in found if each.type == Authenticator.Type.RECOVERY_CODES), None)
    left = len(codes.wrap().get_unused_codes()) if codes else 0
    return {
        "app": next((each for each in found if each.type == Authenticator.Type.TOTP), None),
        "passkeys": [each for each in found if each.type == Authenticator.Type.WEBAUTHN],
        "codes": codes,
        "codes_left": left,
        "low_on_codes": left <= LOW_ON_CODES,
    }


def _sessions(request: HttpRequest, user: User) -> list[dict[str, object]]:
    """Where this person is signed in, the newest first; sessions that ended are taken off the list."""
    return [
        {
            "id": each.pk,
            "browser": browser_of(each.user_agent),
            "ip": "" if each.ip == "0.0.0.0" else each.ip,  # noqa: S104
            "began": each.created_at,
            "seen": each.last_seen_at,
            "here": each.session_key == request.session.session_key,
        }
        for each in sorted(
            UserSession.objects.purge_and_list(user), key=lambda each: each.last_seen_at, reverse=True
        )
    ]


@signed_in()
@require_POST
def end_session(request: HttpRequest, session_id: int) -> HttpResponseBase:
    """Signs one of one's own browsers out."""
    current: Current = request.current  # type: ignore[attr-defined]
    found = UserSession.objects.filter(user=current.user, pk=session_id).first()
    if found is None:
        raise Http404
    found.end()
    record_audit(
        actor=current.actor,
        action="person.session_ended",
        subject_kind="user",
        subject_id=str(current.user.public_id),
        now=timezone.now(),
    )
    messages.success(request, _("That browser is signed out."))
    return redirect("people:profile")


@signed_in()
@require_POST
def end_all_sessions(request: HttpRequest) -> HttpResponseBase:
    """Signs out everywhere but here."""
    current: Current = request.current  # type: ignore[attr-defined]
    end_sessions(user=current.user, by="self", address=client_address(request), now=timezone.now())
    update_session_auth_hash(request, current.user)
    UserSession.objects.create_from_request(request)
    messages.success(request, _("All other browsers are signed out."))
    return redirect("people:profile")


@signed_in()
@require_POST
def switch_business(request: HttpRequest) -> HttpResponseBase:
    """From now on the person works in another of their businesses."""
    current: Current = request.current  # type: ignore[attr-defined]
    refused = ratelimit.consume_or_429(request, app="qafila", action="switch", config={"switch": "60/m/user"})
    if refused:
        return refused
    wanted = parse_uuid(request.POST.get("business", ""))
    if wanted is None:
        raise Http404
    found = Membership.objects.filter(user=current.user, business__public_id=wanted)
    membership = found.select_related("business").first()
    if membership is None:
        raise Http404
    use_business(request, membership.business)
    record_audit(
        actor=user_actor(
            business=membership.business,
            user=current.user,
            role=membership.role,
            address=current.actor.address,
        ),
        action="person.works_here",
        subject_kind="user",
        subject_id=str(current.user.public_id),
        now=timezone.now(),
    )
    return redirect("/")
