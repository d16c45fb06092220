"""What a person does with a sender. Each is a POST that leads back to its page."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import wraps
from typing import Any

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from qafila.businesses.refusals import Refused
from qafila.businesses.rules.scopes import OWNER
from qafila.dispatch.slow_start import would_begin_slowly
from qafila.providers import registry
from qafila.providers.management import NumberBook
from qafila.senders import actions, unlinking
from qafila.senders.direction_queries import directions_of
from qafila.senders.models import Sender, SenderState
from qafila.senders.reading_back import read_number
from qafila.senders.saying import state_says
from qafila.web.pages.senders.detail import page_of
from qafila.web.pages.senders.finding import sender_of
from qafila.web.pages.senders.forms import ChangeForm, RestForm, SecretsForm, TemplateForm
from qafila.web.pages.senders.hours import HoursForm
from qafila.web.shell.answering import refuse
from qafila.web.shell.doors import Current, signed_in
from qafila.web.shell.saying import said_of
from qafila.web.shell.sudo import confirmed
from qafila.web.shell.views import safe_next
from qafila.web.ui import figures

Act = Callable[[HttpRequest, Current, Sender, datetime], None]


def _acting(act: Act) -> Callable[..., HttpResponseBase]:
    """A view around an act: finds the sender, says what is refused, goes back to the list or the sender's page."""

    @require_POST
    @wraps(act)
    def view(request: HttpRequest, sender_id: uuid.UUID) -> HttpResponseBase:
        current: Current = request.current  # type: ignore[attr-defined]
        sender = sender_of(current, sender_id)
        back = safe_next(request, reverse("senders:detail", args=[sender.public_id]), name="back")
        try:
            act(request, current, sender, timezone.now())
        except Refused as refusal:
            return refuse(request, refusal, back)
        return redirect(back)

    return view


@signed_in("accounts:write")
@_acting
def pause(request: HttpRequest, current: Current, sender: Sender, now: datetime) -> None:
    """Nothing more is sent from it until it is resumed."""
    if actions.pause_sender(sender=sender, by="person", actor=current.actor, now=now):
        messages.success(
            request, _("%(name)s is paused. Its messages wait.") % {"name": figures.isolated(sender.name)}
        )
    else:
        messages.warning(request, str(state_says(sender, get_language() or "en")))


@signed_in("accounts:write")
@_acting
def resume(request: HttpRequest, current: Current, sender: Sender, now: datetime) -> None:
    """Back to work, and its provider account too if that was stopped."""
    if sender.provider_account is None:
        messages.warning(request, said_of("sender_not_connected"))
        return
    slow = sender.pk in would_begin_slowly(current.business.pk, [sender.pk])
    done = actions.resume_work(sender=sender, actor=current.actor, now=now)
    if sender.state == SenderState.RESTING:
        messages.info(request, str(state_says(sender, get_language() or "en")))
        return
    if done.account:
        text = _("%(name)s is back at work, and so are all numbers of its provider account.")
    elif slow:
        text = _("%(name)s is back at work. It begins slowly.")
    else:
        text = _("%(name)s is back at work.")
    messages.success(request, text % {"name": figures.isolated(sender.name)})


@signed_in("numbers:write")
@_acting
def directions(request: HttpRequest, current: Current, sender: Sender, now: datetime) -> None:
    """Which directions use this number: a ticked one leaves its former number, one that is ticked no more uses the default.
    Only what the person changed in the form is changed: somebody else may have moved or deleted directions since."""
    shown, ticked, was = (set(request.POST.getlist(name)) for name in ("shown", "direction", "was"))
    touched = shown & (ticked ^ was)
    changed = 0
    with transaction.atomic():
        for row in directions_of(current.business.pk).select_for_update(no_key=True, of=("self",)):
            wanted = str(row.public_id) in ticked
            if str(row.public_id) in touched and wanted != (row.sender_id == sender.pk):
                number = sender if wanted else None
                changed += bool(
                    actions.change_direction(direction=row, sender=number, actor=current.actor, now=now)
                )
    if changed:
        text = ngettext(
            "%(n)d direction has another number now.", "%(n)d directions have another number now.", changed
        )
        messages.success(request, text % {"n": changed})
    else:
        messages.info(request, _("Nothing was changed."))


@signed_in("accounts:write")
@_acting
def log_out(request: HttpRequest, current: Current, sender: Sender, now: datetime) -> None:
    """Unlinks the phone at the gateway."""
    unlinking.log_out(sender=sender, actor=current.actor, now=now)
    messages.success(
        request,
        _("%(name)s is logged out. Its messages wait for a phone.") % {"name": figures.isolated(sender.name)},
    )


@signed_in("accounts:write")
@_acting
def rest(request: HttpRequest, current: Current, sender: Sender, now: datetime) -> None:
    """It rests for some hours and comes back by itself."""
    form = RestForm(request.POST)
    if not form.is_valid():
        _tell(request, form)
        return
    until = now + timedelta(hours=int(form.cleaned_data["hours"]))
    if actions.rest_by_hand(sender=sender, until=until, actor=current.actor, now=now):
        messages.success(
            request, _("%(name)s rests and comes back by itself.") % {"name": figures.isolated(sender.name)}
        )
    else:
        messages.warning(request, str(state_says(sender, get_language() or "en")))


@signed_in("accounts:write")
@_acting
def read_back(request: HttpRequest, current: Current, sender: Sender, now: datetime) -> None:
    """Asks the provider what it knows of the number, once."""
    account = sender.provider_account
    current.actor.must("accounts:write", business_id=sender.business_id, what="sender")
    if account is None or not isinstance(registry.get(account.kind), NumberBook):
        messages.warning(request, _("This provider does not tell about its numbers."))
        return
    if async_to_sync(read_number)(sender.pk, now=now):
        messages.success(request, _("What the provider says is up to date."))
        return
    known = Sender.objects.select_related("health").get(pk=sender.pk)
    trouble = getattr(known, "health", None)
    why = said_of(trouble.trouble) if trouble and trouble.trouble else ""
    messages.error(request, " ".join([_("The provider did not tell."), why]).strip())


@signed_in("accounts:read", write=OWNER)
@_acting
def own_pace(request: HttpRequest, current: Current, sender: Sender, now: datetime) -> None:
    """Our own pace off or on; only an owner may."""
    on = request.POST.get("on") == "1"
    warning = actions.set_use_limits(sender=sender, on=on, actor=current.actor, now=now)
    if warning:
        text = said_of(warning, sender=sender.name, user=current.actor.name)
        messages.warning(request, text)
    else:
        messages.success(
            request, _("%(name)s keeps its own pace again.") % {"name": figures.isolated(sender.name)}
        )


@signed_in("accounts:write")
@_acting
def template(request: HttpRequest, current: Current, sender: Sender, now: datetime) -> None:
    """The default template."""
    form = TemplateForm(request.POST)
    if not form.is_valid():
        _tell(request, form)
        return
    actions.set_default_template(sender=sender, template=form.template(), actor=current.actor, now=now)
    messages.success(request, _("The default template is saved."))


@signed_in("accounts:write")
@_acting
def change(request: HttpRequest, current: Current, sender: Sender, now: datetime) -> None:
    """Name, age, throughput."""
    form = ChangeForm(request.POST)
    if not form.is_valid():
        _tell(request, form)
        return
    given = form.cleaned_data
    day, before = given["in_use_since"], sender.in_use_since.astimezone(current.zone).date()
    since = datetime.combine(day, time(), current.zone) if day != before else None
    actions.change_sender(
        sender=sender,
        name=given["name"],
        in_use_since=since,
        throughput=given["throughput"],
        actor=current.actor,
        now=now,
    )
    messages.success(request, _("Saved."))


@signed_in("accounts:write")
@require_POST
def hours(request: HttpRequest, sender_id: uuid.UUID) -> HttpResponseBase:
    """In which hours it sends campaigns; the page again, with what was written, where that cannot be read."""
    current: Current = request.current  # type: ignore[attr-defined]
    sender, form = sender_of(current, sender_id), HoursForm(request.POST)
    back = safe_next(request, reverse("senders:detail", args=[sender.public_id]), name="back")
    if not form.is_valid():
        context = {**page_of(request, current, sender), "hours_form": form, "back": back}
        return render(request, "web/senders/detail.html", context, status=422)
    wanted = form.cleaned_data["hours"]
    if actions.change_sender(sender=sender, hours=wanted, actor=current.actor, now=timezone.now()):
        messages.success(request, _("Saved."))
    else:
        messages.info(request, _("Nothing was changed."))
    return redirect(back)


@signed_in("accounts:write")
@sensitive_post_parameters()
@require_POST
@confirmed
def secrets(request: HttpRequest, sender_id: uuid.UUID) -> HttpResponseBase:
    """A new token or app secret for its provider account; never shown again."""
    return _secrets(request, sender_id=sender_id)


@_acting
def _secrets(request: HttpRequest, current: Current, sender: Sender, now: datetime) -> None:
    form = SecretsForm(request.POST)
    account = sender.provider_account
    if account is None:
        messages.warning(request, said_of("sender_not_connected"))
        return
    if not form.is_valid():
        _tell(request, form)
        return
    given = form.cleaned_data
    with transaction.atomic():
        actions.change_secrets(
            account=account,
            token=given["token"].strip() or None,
            app_secret=given["app_secret"].strip() or None,
            actor=current.actor,
            now=now,
        )
        if given["resume"]:
            actions.resume_work(sender=sender, actor=current.actor, now=now)
    messages.success(
        request,
        _("The new access is saved for %(name)s and all its numbers.")
        % {"name": figures.isolated(account.name)},
    )


def _tell(request: HttpRequest, form: Any) -> None:
    for errors in form.errors.values():
        for error in errors:
            messages.error(request, error)
