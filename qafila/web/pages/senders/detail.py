"""One sender: its state with the reasons, limits and use, errors, pace, what happened to it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from qafila import wording
from qafila.businesses.models import ApiKey, User
from qafila.businesses.rules.scopes import OWNER
from qafila.campaigns.held_up import waiting_for
from qafila.dispatch import tally
from qafila.dispatch.days import days_of
from qafila.dispatch.use import planned_in
from qafila.kit.crypto import CryptoError
from qafila.kit.ids import parse_uuid
from qafila.ledger import finding
from qafila.ledger.finding import Total, Wanted
from qafila.ledger.states import State
from qafila.providers import registry
from qafila.providers.management import NumberBook
from qafila.senders import health_queries, package_queries
from qafila.senders.actions.link_news import ends_with_link
from qafila.senders.direction_queries import directions_of
from qafila.senders.history import Happening, happenings
from qafila.senders.linking import can_link
from qafila.senders.models import Sender, SenderState
from qafila.senders.outgoing import webhook_url
from qafila.senders.secrets import open_
from qafila.web.pages.audit.words import KINDS, action_word
from qafila.web.pages.senders.days import shown
from qafila.web.pages.senders.finding import sender_of
from qafila.web.pages.senders.forms import ChangeForm, RestForm, SecretsForm, TemplateForm, known_templates
from qafila.web.pages.senders.hours import HoursForm, initial_of
from qafila.web.pages.senders.hours import shown as hours_shown
from qafila.web.pages.senders.rows import error_of, rows_of
from qafila.web.shell.addresses import absolute
from qafila.web.shell.doors import Current, signed_in

DAY = timedelta(hours=24)
MOST_SHADOWS = 5
BANDS = {"good": "ok", "watch": "warning", "ill": "critical"}
"""A band of health to a state whose look a chip takes."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened, in words."""

    at: datetime
    text: str
    who: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """One way in which calls were not accepted."""

    code: str
    failure: str
    text: str
    count: int
    last_at: datetime


@signed_in("accounts:read")
@never_cache
@require_safe
def detail(request: HttpRequest, sender_id: uuid.UUID) -> HttpResponseBase:
    """The page."""
    current: Current = request.current  # type: ignore[attr-defined]
    return render(
        request, "web/senders/detail.html", page_of(request, current, sender_of(current, sender_id))
    )


def page_of(request: HttpRequest, current: Current, sender: Sender) -> dict[str, Any]:
    """All that the page shows; another page that takes one of its forms shows it again with that."""
    return {**_live(current, sender), **_forms(request, current, sender)}


@signed_in("accounts:read")
@never_cache
@require_safe
def part(request: HttpRequest, sender_id: uuid.UUID) -> HttpResponseBase:
    """What changes by itself: asked for again when the live stream says so."""
    current: Current = request.current  # type: ignore[attr-defined]
    return render(request, "web/senders/part.html", _live(current, sender_of(current, sender_id)))


@signed_in("accounts:read")
@never_cache
@require_safe
def pace(request: HttpRequest, sender_id: uuid.UUID) -> JsonResponse:
    """The chart: seconds, messages accepted and not, in each five minutes of a day; ``planned`` is what its pace allows."""
    current: Current = request.current  # type: ignore[attr-defined]
    sender, now = sender_of(current, sender_id), timezone.now()
    steps = tally.steps_of(sender.pk, since=now - DAY, until=now)
    planned = planned_in(sender, tally.STEP, now=now)
    return JsonResponse(
        {
            "at": [int(step.at.timestamp()) for step in steps],
            "accepted": [step.accepted for step in steps],
            "refused": [step.refused for step in steps],
            "planned": round(planned, 1) if planned is not None else None,
            "zone": str(current.zone),
            "labels": {
                "accepted": pgettext("how many messages", "Sent"),
                "refused": _("Not accepted"),
                "planned": _("Planned pace"),
            },
        }
    )


def _live(current: Current, sender: Sender) -> dict[str, Any]:
    now = timezone.now()
    (row,) = rows_of([sender], now=now)
    language = get_language() or "en"
    steps = tally.steps_of(sender.pk, since=now - DAY, until=now)
    planned = planned_in(sender, tally.STEP, now=now)
    wellbeing = health_queries.wellbeing_of(sender, language, now=now)
    shadows = health_queries.shadows_of_sender(sender.pk, language, limit=MOST_SHADOWS)
    return {
        "row": row,
        "wellbeing": wellbeing,
        "band": BANDS[wellbeing.band] if wellbeing else "",
        "pace_percent": round(wellbeing.pace * 100) if wellbeing else 100,
        "shadows": shadows,
        "packages": list(package_queries.packages_of_sender(sender.pk)) if shadows else [],
        "waiting": _waiting(current, sender),
        "sender": sender,
        "account": sender.provider_account,
        "health": row.health,
        "troubles": [
            Trouble(one.code, one.failure, error_of(sender, one.code, language), one.count, one.last_at)
            for one in tally.mix_of(sender.pk, since=now - DAY)
        ],
        "accepted": sum(step.accepted for step in steps),
        "refused": sum(step.refused for step in steps),
        "hours": _hours(steps),
        "planned": planned,
        "lines": _lines(happenings(sender, now=now)),
        "trouble_of_reading": (
            wording.say(row.health.trouble, language).sentence if row.health and row.health.trouble else ""
        ),
    }


def _waiting(current: Current, sender: Sender) -> Total | None:
    """How many messages wait to go out over it, counted as the list counts them that it links to; None for who may not see."""
    if not current.actor.may("messages:read"):
        return None
    wanted = Wanted(business_id=current.business.pk, states=(State.QUEUED,), sender_id=sender.pk)
    return finding.total(wanted)


def _hours(steps: Sequence[tally.Step]) -> list[tuple[datetime, int, int]]:
    """The chart as a table: (hour, accepted, refused), busy hours only, newest first."""
    hours: dict[datetime, tuple[int, int]] = {}
    for step in steps:
        hour = step.at.replace(minute=0)
        accepted, refused = hours.get(hour, (0, 0))
        hours[hour] = (accepted + step.accepted, refused + step.refused)
    return [(hour, *both) for hour, both in sorted(hours.items(), reverse=True) if any(both)]


def _forms(request: HttpRequest, current: Current, sender: Sender) -> dict[str, Any]:
    account = sender.provider_account
    given = sender.default_template or {}
    is_local = account is not None and account.base_url.startswith(("http://127.0.0.1", "http://localhost"))
    return {
        "may_write": current.actor.may("accounts:write"),
        "may_own": current.actor.may(OWNER),
        "tells": account is not None and isinstance(registry.get(account.kind), NumberBook),
        "change_form": ChangeForm.of(sender, zone=current.zone),
        "rest_form": RestForm(),
        "hours_form": HoursForm(initial=initial_of(sender.hours)),
        "hours_shown": hours_shown(sender.hours),
        "zone": str(current.zone),
        "template_form": TemplateForm(
            initial={key: given.get(key) or "" for key in ("name", "language", "variable")}
        ),
        "templates": known_templates(sender),
        "secrets_form": SecretsForm(),
        "is_local": is_local,
        "can_link": can_link(sender),
        "log_out_text": _log_out_text(current, sender),
        "lines_to_choose": (
            list(directions_of(current.business.pk)) if current.actor.may("numbers:write") else []
        ),
        **shown(days_of(sender, zone=current.zone, now=timezone.now())),
        "gateway_webhook": _gateway_webhook(current, sender),
        "webhook": absolute(request, f"/webhooks/{account.public_id}") if account else "",
        "reachable": settings.ENV.public_url.startswith("https://"),
    }


def _log_out_text(current: Current, sender: Sender) -> str:
    """What logging out does to what goes on over it now; "" where there is nothing to log out."""
    stands = sender.state == SenderState.STOPPED and ends_with_link(sender.state_reason)
    if not can_link(sender) or stands or not current.actor.may("accounts:write"):
        return ""
    told = [
        _("It sends and receives nothing until a phone is linked to it again. What is in the air lands."),
    ]
    subject = ("sender", str(sender.public_id))
    if count := waiting_for([subject], current.business.pk).get(subject, 0):
        text = ngettext(
            "%(n)d running contract waits for it until then, as far as no other number of a package takes it.",
            "%(n)d running contracts wait for it until then, as far as no other number of a package takes them.",
            count,
        )
        told.append(text % {"n": count})
    return " ".join(told)


def _gateway_webhook(current: Current, sender: Sender) -> str:
    """Where a gateway that we do not set up ourselves sends to, with the secret in it: for who may change it."""
    account = sender.provider_account
    if account is None or not current.actor.may("accounts:write"):
        return ""
    if not registry.get(account.kind).capabilities.secret_path:
        return ""
    try:
        known = open_(account).app_secrets
    except CryptoError:
        return ""
    return webhook_url(account, secret=known[0]) if known else ""


def _lines(found: Sequence[Happening]) -> list[Line]:
    names = _names(found)
    return [_line(one, names) for one in found]


def _line(one: Happening, names: dict[tuple[str, str], str]) -> Line:
    language = get_language() or "en"
    changed = one.after and one.after != one.before
    if one.action:
        text = action_word(one.action)
    elif changed and one.kind == "account.state_changed":
        text = _("The state of its provider account changed")
    elif changed:
        text = _("Its state changed")
    elif one.kind == "sender.trouble":
        text = _("The provider reported trouble")
    else:
        text = _("Its settings changed")
    said = wording.say(one.reason, language).sentence if one.reason and wording.is_known(one.reason) else ""
    kind = one.who[0]
    who = names.get(one.who) or (str(KINDS.get(kind, kind)) if kind else "")
    return Line(one.at, text, who, one.after if changed else "", said)


def _names(found: Sequence[Happening]) -> dict[tuple[str, str], str]:
    """The real names of who acted, in two statements."""
    users, keys = _ids(found, "user"), _ids(found, "api_key")
    names: dict[tuple[str, str], str] = {}
    if users:
        names |= {("user", str(one.public_id)): str(one) for one in User.objects.filter(public_id__in=users)}
    if keys:
        names |= {
            ("api_key", str(key.public_id)): key.name for key in ApiKey.objects.filter(public_id__in=keys)
        }
    return names


def _ids(found: Sequence[Happening], kind: str) -> set[uuid.UUID]:
    parsed = (parse_uuid(one.who[1]) for one in found if one.who[0] == kind)
    return {one for one in parsed if one}
