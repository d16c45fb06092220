"""The six first steps of a business: which are done, as far as the data shows it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from qafila.campaigns.models import Campaign
from qafila.senders.models import Sender, SenderState
from qafila.web.pages.account.factors import with_second_factor
from qafila.web.shell.doors import Current


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    :ivar url: where it is done; "" where nothing leads there yet.
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
    campaigns = Campaign.objects.filter(business=current.business).count()
    tested = bool(noted.get("tested"))
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
            tested,
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
            campaigns > (1 if tested else 0),
            "/campaigns/new/",
            _("Begin"),
        ),
    ]


def percent(steps: list[Step]) -> int:
    """How far, in whole per cent."""
    return 100 * sum(step.done for step in steps) // len(steps)
