"""First run: the owner's own account, then six steps to a first message. Safe on an open network: a link lets in."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qafila.businesses.actions import note_first_steps, take_first_business, use_link
from qafila.businesses.models import Business, Link
from qafila.businesses.queries import usable_link
from qafila.businesses.refusals import Refused
from qafila.campaigns.actions.creating import create_contract
from qafila.campaigns.actions.running import start_contract
from qafila.campaigns.queries.overview import contract
from qafila.kit.crypto import CryptoError
from qafila.senders.models import Sender
from qafila.senders.queries import for_business
from qafila.senders.secrets import open_
from qafila.web.pages.account.limits import refuse_a_flood
from qafila.web.pages.first_run.checks import system_checks
from qafila.web.pages.first_run.connecting import Given, NotReadable, connect
from qafila.web.pages.first_run.forms import ConnectForm, MessageForm, OwnerForm
from qafila.web.pages.first_run.steps import first_steps, percent
from qafila.web.shell.addresses import absolute
from qafila.web.shell.answering import refuse
from qafila.web.shell.doors import Current, public, signed_in, somebody_owns_this, use_business
from qafila.web.shell.saying import said, said_of

STEPS = "first_run:steps"
TEST_IN_SESSION = "first_message"
_NOBODY_YET = "there is nobody who could be signed in yet; a link lets in"


@public(_NOBODY_YET)
@never_cache
@require_safe
def welcome(request: HttpRequest) -> HttpResponseBase:
    """Where everybody lands while the installation has no owner: how to get the link."""
    if somebody_owns_this():
        return redirect(STEPS if request.user.is_authenticated else "account_login")
    return render(request, "web/first_run/no_owner.html")


@public(_NOBODY_YET)
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@refuse_a_flood
def owner(request: HttpRequest, secret: str) -> HttpResponseBase:
    """The first owner: name, e-mail address, own password; the business's name, language, zone and country."""
    if somebody_owns_this():
        return redirect("account_login")
    now = timezone.now()
    if usable_link(secret, Link.Purpose.SETUP, now=now) is None:
        return render(request, "web/first_run/no_owner.html", {"over": True}, status=410)
    form = OwnerForm(request.POST or None, initial={"language": request.LANGUAGE_CODE})
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        try:
            with transaction.atomic():
                use_link(secret=secret, purpose=Link.Purpose.SETUP, now=now)
                user = take_first_business(now=now, **given)
        except Refused as refusal:
            form.add_error("password" if refusal.code == "password_weak" else None, said(refusal))
        else:
            record_authentication(request, user, method="password")
            answer = perform_login(request, Login(user=user, redirect_url="/welcome/steps/"))
            use_business(request, Business.objects.get(memberships__user=user))
            return answer
    return render(request, "web/first_run/owner.html", {"form": form})


@never_cache
@signed_in("admin")
@require_safe
def steps(request: HttpRequest) -> HttpResponseBase:
    """The list of first steps, the system check, a number, a first message."""
    current: Current = request.current  # type: ignore[attr-defined]
    return _page(request, current)


@signed_in("admin")
@require_POST
def note(request: HttpRequest) -> HttpResponseBase:
    """The system check was seen, or the list is hidden."""
    current: Current = request.current  # type: ignore[attr-defined]
    now = timezone.now()
    if "hide" in request.POST:
        note_first_steps(business=current.business, actor=current.actor, now=now, hidden=True)
        messages.success(request, _("The list is hidden. The settings bring it back."))
        return redirect("/")
    note_first_steps(business=current.business, actor=current.actor, now=now, checked=True)
    return redirect(STEPS)


@never_cache
@signed_in("admin", write="accounts:write")
@sensitive_post_parameters()
@require_POST
def connect_number(request: HttpRequest) -> HttpResponseBase:
    """A number of the Cloud API; what Meta says of it is read back and shown."""
    current: Current = request.current  # type: ignore[attr-defined]
    form = ConnectForm(request.POST)
    if form.is_valid():
        try:
            sender = connect(Given(**form.cleaned_data), current=current, now=timezone.now())
        except NotReadable as exc:
            form.add_error(None, said_of(exc.code))
        except Refused as refusal:
            form.add_error(None, said(refusal))
        else:
            request.session["connected"] = sender.pk
            return redirect(STEPS)
    return _page(request, current, connect=form)


@never_cache
@signed_in("admin", write="contracts:write")
@require_POST
def first_message(request: HttpRequest) -> HttpResponseBase:
    """One message to one's own phone: a contract with one recipient, through the whole engine."""
    current: Current = request.current  # type: ignore[attr-defined]
    senders = list(for_business(current.business.pk))
    form = MessageForm(request.POST, senders=senders)
    if not form.is_valid():
        return _page(request, current, message=form)
    now = timezone.now()
    sender = next(each for each in senders if str(each.public_id) == form.cleaned_data["sender"])
    row = {"phoneNumber": form.cleaned_data["phone"], "message": form.cleaned_data["text"]}
    try:
        with transaction.atomic():
            made = create_contract(
                business=current.business,
                sender=sender,
                name=form.cleaned_data["title"],
                recipients=[row],
                is_test=True,
                actor=current.actor,
                now=now,
            )
            if made.rejected:
                form.add_error("phone", said_of(made.rejected[0].reason))
                transaction.set_rollback(True)
            else:
                public_id = made.campaign.public_id
                start_contract(
                    business=current.business, public_id=public_id, confirm=True, actor=current.actor, now=now
                )
                note_first_steps(business=current.business, actor=current.actor, now=now, tested=True)
                request.session[TEST_IN_SESSION] = public_id
    except Refused as refusal:
        return refuse(request, refusal, STEPS)
    return _page(request, current, message=form) if form.errors else redirect("/welcome/steps/#message")


def _page(request: HttpRequest, current: Current, **forms: Any) -> HttpResponseBase:
    now = timezone.now()
    senders = list(for_business(current.business.pk))
    listed = first_steps(current)
    context = {
        "steps": listed,
        "done": sum(step.done for step in listed),
        "percent": percent(listed),
        "checks": system_checks(now=now),
        "checked": current.business.first_steps.get("checked", False),
        "sandbox": next((each for each in senders if _is_local(each)), None),
        "number": _connected(request, current),
        "connect_form": forms.get("connect") or ConnectForm(),
        "message_form": forms.get("message") or MessageForm(senders=senders),
        "has_senders": bool(senders),
        "test": _test(request, current),
        "business": current.business,
    }
    return render(request, "web/first_run/steps.html", context)


def _is_local(sender: Sender) -> bool:
    account = sender.provider_account
    return account is not None and account.base_url.startswith(("http://127.0.0.1", "http://localhost"))


def _connected(request: HttpRequest, current: Current) -> dict[str, Any] | None:
    """The number that was connected just now, with what Meta needs to report to us."""
    pk = request.session.get("connected")
    found = Sender.objects.filter(business=current.business, pk=pk) if pk else Sender.objects.none()
    sender = found.select_related("provider_account", "health").first()
    if sender is None or sender.provider_account is None:
        return None
    verify_token = unreadable = ""
    try:
        verify_token = open_(sender.provider_account).verify_token
    except CryptoError:
        unreadable = said_of("secrets_unreadable")
    return {
        "sender": sender,
        "health": getattr(sender, "health", None),
        "webhook": absolute(request, f"/webhooks/{sender.provider_account.public_id}"),
        "verify_token": verify_token,
        "unreadable": unreadable,
        "reachable": settings.ENV.public_url.startswith("https://"),
    }


def _test(request: HttpRequest, current: Current) -> dict[str, Any] | None:
    public_id = request.session.get(TEST_IN_SESSION)
    found = contract(current.business.pk, public_id, now=timezone.now()) if public_id else None
    if found is None:
        return None
    return {"name": found.campaign.name, "state": _one_state(found.counts)}


def _one_state(counts: Any) -> str:
    for state in ("read", "delivered", "sent", "failed", "uncertain", "skipped", "cancelled", "sending"):
        if getattr(counts, state, 0):
            return state
    return "queued"
