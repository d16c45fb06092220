"""Senders on gateways: adding one by its kind's form, the set-up of an HTTP gateway, its tester, private networks."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qafila.businesses.refusals import Refused
from qafila.businesses.rules.scopes import OWNER
from qafila.providers import registry
from qafila.providers.http_gateway.setup import BadSetup, read
from qafila.senders import actions, gateway_trial
from qafila.senders.models import ProviderAccount, Sender, SenderState
from qafila.senders.saying import state_says
from qafila.web.pages.senders.finding import sender_of
from qafila.web.pages.senders.kind_forms import OWN_PAGES, KindForm, SetUpForm, TryForm, kinds, links_phones
from qafila.web.pages.senders.set_up_form import PLACES, SetUpFields
from qafila.web.shell.doors import Current, signed_in
from qafila.web.shell.saying import said, said_of
from qafila.web.shell.sudo import confirmed
from qafila.web.ui import figures

HTTP_GATEWAY = "http_gateway"


@signed_in("accounts:write")
@never_cache
@require_safe
def new(request: HttpRequest) -> HttpResponseBase:
    """The form of one kind (``?kind=``); of the first where none is named."""
    current: Current = request.current  # type: ignore[attr-defined]
    kind = _known(request.GET.get("kind") or kinds()[0]["kind"])
    return _page(request, kind, KindForm(kind=kind, owner=current.actor.may(OWNER)))


@signed_in("accounts:write")
@never_cache
@sensitive_post_parameters()
@require_POST
@confirmed
def add(request: HttpRequest) -> HttpResponseBase:
    """Adds the number with an account of its own; a phone is linked after that."""
    current: Current = request.current  # type: ignore[attr-defined]
    kind = _known(request.POST.get("kind", ""))
    form = KindForm(request.POST, kind=kind, owner=current.actor.may(OWNER))
    if form.is_valid():
        try:
            sender = actions.connect_number(
                business=current.business,
                kind=kind,
                name=form.cleaned_data["name"],
                phone=form.cleaned_data["phone"],
                given=form.given(),
                allow_private_network=form.cleaned_data.get("private_network", False),
                actor=current.actor,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.refuse(str(refusal.params.get("field", "phone")), said(refusal))
        else:
            if links_phones(kind):
                return redirect("pairing:page", sender_id=sender.public_id)
            messages.success(
                request, _("%(name)s is added. Test it now.") % {"name": figures.isolated(sender.name)}
            )
            if sender.state == SenderState.PAUSED:
                messages.warning(request, str(state_says(sender, get_language() or "en")))
            where = "senders:try_gateway" if kind == HTTP_GATEWAY else "senders:detail"
            return redirect(where, sender_id=sender.public_id)
    return _page(request, kind, form)


@signed_in("accounts:write")
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def set_up(request: HttpRequest, sender_id: uuid.UUID) -> HttpResponseBase:
    """How an HTTP gateway is spoken to: as fields (they post ``was``), or as text."""
    current: Current = request.current  # type: ignore[attr-defined]
    sender, account = _gateway(current, sender_id)
    text = SetUpForm(initial={"gateway": _pretty(account)})
    fields = _fields(account)
    if request.method != "POST":
        return _set_up_page(request, sender, text, fields)
    says: Form
    if "was" in request.POST:
        fields = _fields(account, request.POST)
        if fields is None:
            raise Http404
        given, says = fields.built(), fields.fields
    else:
        text = SetUpForm(request.POST, request.FILES)
        given, says = _from_text(text), text
    if given is not None:
        try:
            actions.change_config(
                account=account,
                config={**account.config, "gateway": given},
                actor=current.actor,
                now=timezone.now(),
            )
        except Refused as refusal:
            says.add_error("gateway" if says is text else None, said(refusal))
        else:
            if "stay" in request.POST:
                messages.success(request, _("Saved."))
                return redirect("senders:set_up", sender_id=sender.public_id)
            messages.success(request, _("Saved. Test it now."))
            return redirect("senders:try_gateway", sender_id=sender.public_id)
    return _set_up_page(request, sender, text, fields, status=422)


@signed_in("accounts:write")
@never_cache
@require_safe
def set_up_file(request: HttpRequest, sender_id: uuid.UUID) -> HttpResponseBase:
    """The set-up as a file. It holds no token."""
    current: Current = request.current  # type: ignore[attr-defined]
    _sender, account = _gateway(current, sender_id)
    answer = HttpResponse(_pretty(account) + "\n", content_type="application/json; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="gateway.json"'
    return answer


@signed_in("accounts:write")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def try_gateway(request: HttpRequest, sender_id: uuid.UUID) -> HttpResponseBase:
    """Sends one real message and shows request and answer, secrets masked."""
    current: Current = request.current  # type: ignore[attr-defined]
    sender, _account = _gateway(current, sender_id)
    if request.method != "POST":
        form = TryForm(initial={"text": _("Hello from Qafila. This is a test.")})
        return render(request, "web/senders/try.html", {"sender": sender, "form": form})
    form = TryForm(request.POST)
    context: dict[str, Any] = {"sender": sender, "form": form}
    if form.is_valid():
        try:
            context["trial"] = gateway_trial.try_out(
                sender=sender,
                phone=form.cleaned_data["phone"],
                text=form.cleaned_data["text"],
                actor=current.actor,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error("phone" if refusal.code.startswith("phone.") else None, said(refusal))
        else:
            trial = context["trial"]
            context["why"] = said_of(f"{HTTP_GATEWAY}.{trial.code}") if trial.code else ""
    return render(request, "web/senders/try.html", context, status=422 if form.errors else 200)


@signed_in("accounts:read", write=OWNER)
@require_POST
def private_network(request: HttpRequest, sender_id: uuid.UUID) -> HttpResponseBase:
    """Whether the gateway may be in a private network or on this machine; only an owner says so."""
    current: Current = request.current  # type: ignore[attr-defined]
    sender = sender_of(current, sender_id)
    account = sender.provider_account
    if account is None:
        messages.warning(request, said_of("sender_not_connected"))
        return redirect("senders:detail", sender_id=sender.public_id)
    on = request.POST.get("on") == "1"
    actions.allow_private_network(account=account, on=on, actor=current.actor, now=timezone.now())
    messages.success(request, _("Saved."))
    return redirect("senders:detail", sender_id=sender.public_id)


def _known(kind: str) -> str:
    if kind not in registry.KINDS or not registry.KINDS[kind].fields or kind in OWN_PAGES:
        raise Http404
    return kind


def _page(request: HttpRequest, kind: str, form: KindForm) -> HttpResponseBase:
    context = {
        "form": form,
        "kind": kind,
        "title": registry.KINDS[kind].title,
        "links_phones": links_phones(kind),
        "is_official": registry.get(kind).capabilities.official,
    }
    return render(request, "web/senders/new_kind.html", context, status=422 if form.errors else 200)


def _set_up_page(
    request: HttpRequest,
    sender: Sender,
    text: SetUpForm,
    fields: SetUpFields | None,
    *,
    status: int = 200,
) -> HttpResponseBase:
    context = {"sender": sender, "form": text, "fields": fields, "places": PLACES}
    return render(request, "web/senders/set_up.html", context, status=status)


def _fields(account: ProviderAccount, data: QueryDict | None = None) -> SetUpFields | None:
    """None: what stands there cannot be used, so only its text shows what is wrong."""
    stored = account.config.get("gateway") or {}
    try:
        if stored:
            read(stored)
    except BadSetup:
        return None
    return SetUpFields(stored, data)


def _from_text(form: SetUpForm) -> Any:
    """What was pasted or uploaded; None: it is no JSON, and the form says so."""
    if not form.is_valid():
        return None
    try:
        given = json.loads(form.text() or "null")
    except (ValueError, RecursionError):  # the latter: brackets within brackets within brackets
        given = None
    if given is None:
        form.add_error("gateway", _("This is not valid JSON."))
    return given


def _gateway(current: Current, sender_id: uuid.UUID) -> tuple[Sender, ProviderAccount]:
    sender = sender_of(current, sender_id)
    account = sender.provider_account
    if account is None or account.kind != HTTP_GATEWAY:
        raise Http404
    return sender, account


def _pretty(account: ProviderAccount) -> str:
    return json.dumps(account.config.get("gateway", {}), indent=2, ensure_ascii=False)
