"""How alerts reach people: by e-mail, by webhook, and what is muted."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from qafila import wording
from qafila.alerts import letters, muting, queries
from qafila.alerts.models import Mute
from qafila.alerts.rules import mailing
from qafila.alerts.saying import says
from qafila.businesses.refusals import Refused
from qafila.web.shell.answering import refuse
from qafila.web.shell.doors import MEMBER, Current, signed_in

LIST = "alerts:list"
CHANNELS = "alerts:channels"
SPANS: Final = {"1": timedelta(hours=1), "8": timedelta(hours=8), "": None}


class MailForm(forms.Form):
    """Which alerts a person gets by e-mail, and when."""

    least = forms.ChoiceField(
        label=gettext_lazy("E-mail me"),
        choices=[
            (mailing.NONE, gettext_lazy("nothing")),
            ("critical", gettext_lazy("what is urgent")),
            ("warning", gettext_lazy("warnings and what is urgent")),
            ("info", gettext_lazy("everything")),
        ],
    )
    hourly = forms.ChoiceField(
        label=gettext_lazy("When"),
        choices=[
            ("", gettext_lazy("at once")),
            ("1", gettext_lazy("at most one e-mail an hour, with all that is new")),
        ],
        required=False,
    )


class MuteForm(forms.Form):
    """For how long, and how much."""

    span = forms.ChoiceField(
        label=gettext_lazy("For how long"),
        choices=[
            ("1", gettext_lazy("1 hour")),
            ("8", gettext_lazy("8 hours")),
            ("", gettext_lazy("until I end it")),
        ],
        initial="8",
        required=False,
        widget=forms.RadioSelect,
    )
    whole_code = forms.BooleanField(
        label=gettext_lazy("Every alert of this kind, whatever it is about"), required=False
    )


@dataclass(frozen=True, slots=True)
class Muted:
    """One muting in words."""

    mute: Mute
    text: str


@never_cache
@signed_in("events:read", write=MEMBER)
@require_http_methods(["GET", "POST"])
def channels(request: HttpRequest) -> HttpResponseBase:
    """The page; a POST saves what the person wants by e-mail."""
    current: Current = request.current  # type: ignore[attr-defined]
    now = timezone.now()
    choice = letters.choice_of(business=current.business, user=current.user, role=current.role)
    initial = {"least": choice.least, "hourly": "1" if choice.hourly else ""}
    form = MailForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        hourly = bool(form.cleaned_data["hourly"])
        letters.choose(least=form.cleaned_data["least"], hourly=hourly, actor=current.actor, now=now)
        messages.success(request, _("Saved."))
        return redirect(CHANNELS)
    context = {
        "form": form,
        "can_send": letters.can_send(),
        "email": current.user.email,
        "last": letters.last_letter(business=current.business, user=current.user),
        "muted": [Muted(one, _what(one)) for one in muting.muted(current.business.pk, now=now)],
        "may_write": current.actor.may("events:write"),
        "may_webhooks": current.actor.may("webhooks:read"),
    }
    return render(request, "web/alerts/channels.html", context)


@never_cache
@signed_in("events:write")
@require_http_methods(["GET", "POST"])
def mute(request: HttpRequest, alert_id: uuid.UUID) -> HttpResponseBase:
    """Asks how long, then mutes."""
    current: Current = request.current  # type: ignore[attr-defined]
    alert = queries.by_public_id(
        current.business.pk, alert_id, installation=current.actor.may(queries.INSTALLATION)
    )
    if alert is None:
        raise Http404
    form = MuteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        span = SPANS[form.cleaned_data["span"]]
        try:
            muting.mute(
                public_id=alert.public_id,
                whole_code=form.cleaned_data["whole_code"],
                until=now + span if span else None,
                actor=current.actor,
                now=now,
            )
        except Refused as refusal:
            return refuse(request, refusal, LIST)
        messages.success(request, _("It is muted. It goes on being counted; you find it under Muted."))
        return redirect(LIST)
    said = says(alert, get_language() or "en")
    return render(request, "web/alerts/mute.html", {"form": form, "alert": alert, "said": said})


@signed_in("events:write")
@require_POST
def unmute(request: HttpRequest, mute_id: uuid.UUID) -> HttpResponseBase:
    """Ends a muting."""
    current: Current = request.current  # type: ignore[attr-defined]
    try:
        muting.unmute(mute_id=mute_id, actor=current.actor, now=timezone.now())
    except Refused as refusal:
        return refuse(request, refusal, CHANNELS)
    messages.success(request, _("It is not muted any more."))
    return redirect(CHANNELS)


def _what(one: Mute) -> str:
    """What is muted, said in general: the alert's own names are not kept."""
    return wording.say(one.code, get_language() or "en").sentence
