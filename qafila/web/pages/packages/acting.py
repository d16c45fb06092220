"""What a person does with a package. Each is a POST that leads back to its page."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from qafila.businesses.refusals import Refused
from qafila.dispatch.slow_start import would_begin_slowly
from qafila.senders.actions import packages as actions
from qafila.senders.models import Package, Sender, SenderState
from qafila.senders.package_queries import paused_with
from qafila.senders.queries import by_public_id, for_business
from qafila.web.pages.packages.finding import package_of
from qafila.web.pages.packages.forms import AddForm, NameForm
from qafila.web.shell.answering import refuse
from qafila.web.shell.doors import Current, signed_in
from qafila.web.ui import figures


@signed_in("accounts:write")
@require_POST
def rename(request: HttpRequest, package_id: uuid.UUID) -> HttpResponseBase:
    """Another name."""
    current, package, back = _found(request, package_id)
    form = NameForm(request.POST)
    if not form.is_valid():
        return _faults(request, form, back)

    def act() -> str:
        name = form.cleaned_data["name"]
        actions.rename_package(package=package, name=name, actor=current.actor, now=timezone.now())
        return _("Saved.")

    return _done(request, act, back)


@signed_in("accounts:write")
@require_POST
def auto_pause(request: HttpRequest, package_id: uuid.UUID) -> HttpResponseBase:
    """The switch."""
    current, package, back = _found(request, package_id)
    on = request.POST.get("on") == "1"

    def act() -> str:
        actions.set_auto_pause(package=package, on=on, actor=current.actor, now=timezone.now())
        if on:
            return _("Numbers in trouble are paused by themselves from now on.")
        return _("Trouble only raises an alert from now on.")

    return _done(request, act, back)


@signed_in("accounts:write")
@require_POST
def add(request: HttpRequest, package_id: uuid.UUID) -> HttpResponseBase:
    """A number joins."""
    current, package, back = _found(request, package_id)
    sender = _member(current, request)
    form = AddForm(request.POST, numbers=[sender])
    if not form.is_valid():
        return _faults(request, form, back)

    def act() -> str:
        weight = form.cleaned_data["weight"]
        actions.add_member(
            package=package, sender=sender, weight=weight, actor=current.actor, now=timezone.now()
        )
        return _("%(name)s is in the package and takes its share from now on.") % {
            "name": figures.isolated(sender.name)
        }

    return _done(request, act, back)


@signed_in("accounts:write")
@require_POST
def share(request: HttpRequest, package_id: uuid.UUID) -> HttpResponseBase:
    """Another weight for a number."""
    current, package, back = _found(request, package_id)
    sender = _member(current, request)
    given = request.POST.get("weight", "")
    weight = int(given) if given.isdecimal() and len(given) <= 3 else 0

    def act() -> str:
        actions.set_weight(
            package=package, sender=sender, weight=weight, actor=current.actor, now=timezone.now()
        )
        return _("Saved.")

    return _done(request, act, back)


@signed_in("accounts:write")
@require_POST
def remove(request: HttpRequest, package_id: uuid.UUID) -> HttpResponseBase:
    """A number leaves; it stays what it is, outside."""
    current, package, back = _found(request, package_id)
    sender = _member(current, request)

    def act() -> str:
        actions.remove_member(package=package, sender=sender, actor=current.actor, now=timezone.now())
        return _("%(name)s is no longer in the package. The others take its work.") % {
            "name": figures.isolated(sender.name)
        }

    return _done(request, act, back)


@signed_in("accounts:write")
@require_POST
def pause(request: HttpRequest, package_id: uuid.UUID) -> HttpResponseBase:
    """All its numbers stop, for whatever they send."""
    current, package, back = _found(request, package_id)

    def act() -> str:
        reason = request.POST.get("reason", "")
        count = actions.pause_all(package=package, reason=reason, actor=current.actor, now=timezone.now())
        return ngettext("%(n)d number is paused.", "%(n)d numbers are paused.", count) % {"n": count}

    return _done(request, act, back)


@signed_in("accounts:write")
@require_POST
def resume(request: HttpRequest, package_id: uuid.UUID) -> HttpResponseBase:
    """Those that were paused with it send again."""
    current, package, back = _found(request, package_id)

    def act() -> str:
        ours = for_business(current.business.pk)
        paused = ours.filter(paused_with(package.pk)).values_list("pk", flat=True)
        slow = would_begin_slowly(current.business.pk, list(paused))
        count = actions.resume_all(package=package, actor=current.actor, now=timezone.now())
        begins = ours.filter(pk__in=slow, state=SenderState.READY).count()
        if count and begins == count:
            text = ngettext(
                "%(n)d number sends again, slowly at first.",
                "%(n)d numbers send again, slowly at first.",
                count,
            )
            return text % {"n": count}
        told = [ngettext("%(n)d number sends again.", "%(n)d numbers send again.", count) % {"n": count}]
        if begins:
            some = ngettext("%(n)d of them begins slowly.", "%(n)d of them begin slowly.", begins)
            told.append(some % {"n": begins})
        return " ".join(told)

    return _done(request, act, back)


@signed_in("accounts:write")
@require_POST
def delete(request: HttpRequest, package_id: uuid.UUID) -> HttpResponseBase:
    """Takes it away; its numbers stay."""
    current, package, back = _found(request, package_id)
    name = package.name
    try:
        actions.delete_package(package=package, actor=current.actor, now=timezone.now())
    except Refused as refusal:
        return refuse(request, refusal, back)
    messages.success(
        request, _("The package %(name)s is deleted. Its numbers stay.") % {"name": figures.isolated(name)}
    )
    return redirect("packages:list")


def _found(request: HttpRequest, package_id: uuid.UUID) -> tuple[Current, Package, str]:
    current: Current = request.current  # type: ignore[attr-defined]
    package = package_of(current, package_id)
    return current, package, reverse("packages:detail", args=[package.public_id])


def _member(current: Current, request: HttpRequest) -> Sender:
    """The number that the form names. Raises :class:`Http404` where it is not the business's."""
    found = by_public_id(current.business.pk, request.POST.get("number", ""))
    if found is None:
        raise Http404
    return found


def _done(request: HttpRequest, act: Callable[[], str], back: str) -> HttpResponseBase:
    try:
        messages.success(request, act())
    except Refused as refusal:
        return refuse(request, refusal, back)
    return redirect(back)


def _faults(request: HttpRequest, form: NameForm | AddForm, back: str) -> HttpResponseBase:
    for errors in form.errors.values():
        for error in errors:
            messages.error(request, str(error))
    return redirect(back)
