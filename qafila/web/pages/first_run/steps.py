"""The six first steps of a business: which are done, as far as the data shows it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.db.models import Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from qafila.campaigns.models import IS_TEST, Campaign, Kind
from qafila.senders.models import Sender, SenderState
from qafila.web.pages.account.factors import with_second_factor
from qafila.web.shell.doors import Current


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    :ivar url: where it is done, on the page of the steps or elsewhere; "" where nothing leads there yet.
    """

    key: str
    title: str | Promise
    text: str | Promise
    done: bool
    url: str = ""
    action: str | Promise = ""


def first_steps(current: Current) -> list[Step]:
    """The list, in the order to walk it."""
    noted = current.business.first_steps
    senders = Sender.objects.filter(business=current.business).exclude(state=SenderState.NOT_CONNECTED)
    return [
        Step("account", _("Your account"), _("You are in."), True),
        Step(
            "checked",
            _("System check"),
            _("Database, worker, storage, key and address."),
            bool(noted.get("checked")),
            "#check",
            _("Look"),
        ),
        Step(
            "number",
            _("A number that sends"),
            _("The sandbox to try things on, or your own number of the Cloud API."),
            senders.exists(),
            "#number",
            _("Choose"),
        ),
        Step(
            "message",
            _("A first message to yourself"),
            _("See on your own phone what people will get."),
            bool(noted.get("tested")),
            "#message",
            _("Send"),
        ),
        Step(
            "second_factor",
            _("A second factor"),
            _("An authenticator app or a passkey keeps your account yours."),
            bool(with_second_factor([current.user.pk])),
            "/account/profile/",
            _("Set up"),
        ),
        Step(
            "contract",
            _("Your first contract"),
            _("A file with people and messages, sent safely."),
            _has_a_contract(current.business.pk),
            "/campaigns/new/",
            _("Begin"),
        ),
    ]


def _has_a_contract(business_id: int) -> bool:
    """One that is no test message; taken back before it began, it is none."""
    found = Campaign.objects.filter(business_id=business_id, kind=Kind.CONTRACT)
    found = found.filter(Q(deleted_at=None) | Q(batch__started_at__isnull=False))
    return found.exclude(import_options__has_key=IS_TEST).exists()


def percent(steps: list[Step]) -> int:
    """How far, in whole per cent."""
    return 100 * sum(step.done for step in steps) // len(steps)


@dataclass(frozen=True, slots=True)
class Reminder:
    """What the start page shows of the list.

    :ivar next: the first step that is not done, with an address that works from anywhere.
    """

    done: int
    total: int
    next: Step


def reminder(current: Current) -> Reminder | None:
    """For who may act on the list, as long as it is neither finished nor hidden."""
    if not current.actor.may("admin") or current.business.first_steps.get("hidden"):
        return None
    steps = first_steps(current)
    waiting = next((step for step in steps if not step.done), None)
    if waiting is None:
        return None
    if waiting.url.startswith("#"):
        waiting = replace(waiting, url=reverse("first_run:steps") + waiting.url)
    return Reminder(sum(step.done for step in steps), len(steps), waiting)
