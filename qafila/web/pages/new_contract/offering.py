"""What a contract can go out over, as its form offers it: numbers, packages, directions; each with what holds it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from qafila.campaigns.models import Draft
from qafila.campaigns.queries.choices import (
    MOST,
    DirectionChoice,
    PackageChoice,
    direction_choices,
    package_choices,
)
from qafila.campaigns.ways import Way
from qafila.senders import queries as senders
from qafila.senders.models import Sender
from qafila.senders.package_queries import PackageState
from qafila.senders.saying import steps_say
from qafila.web.pages.packages.finding import STATES
from qafila.web.shell.saying import said_of
from qafila.web.ui import figures


def offered(draft: Draft, way: Way, *, now: datetime) -> dict[str, Any]:
    """``senders``, ``packages`` and ``directions`` for the form; what the draft has stands among them."""
    business = draft.business
    return {
        "senders": [_sender(one, draft) for one in senders.for_business(business.pk)[:MOST]],
        "packages": [_package(one, draft) for one in package_choices(business.pk)],
        "directions": [_direction(one, draft) for one in direction_choices(business, now=now)],
        "nothing_chosen": way.over is None and way.direction is None,
    }


def package_words(choice: PackageChoice) -> list[str]:
    """How many of a package's numbers may send now, and what holds it where none may."""
    if not choice.numbers:
        return [_("The package is empty.")]
    if choice.state is PackageState.NOTHING_ACTIVE:
        return [
            _(
                "None of its numbers can send: all are paused or stopped. Open one to see why, resume it, or add "
                "another."
            )
        ]
    able = ngettext(
        "%(able)s of %(all)s numbers can send now.", "%(able)s of %(all)s numbers can send now.", choice.able
    ) % {"able": figures.grouped(choice.able), "all": figures.grouped(choice.numbers)}
    return [able, said_of(choice.reason)] if choice.reason else [able]


def _sender(sender: Sender, draft: Draft) -> dict[str, Any]:
    held = senders.effective(sender)
    return {
        "value": str(sender.public_id),
        "name": sender.name,
        "phone": sender.phone,
        "state": held.state,
        "reason": said_of(held.reason) if held.reason else "",
        "chosen": sender.pk == draft.sender_id,
    }


def _package(choice: PackageChoice, draft: Draft) -> dict[str, Any]:
    return {
        "value": f"package:{choice.package.public_id}",
        "name": choice.package.name,
        "state": STATES[choice.state],
        "words": package_words(choice),
        "back_at": choice.back_at,
        "chosen": choice.package.pk == draft.package_id,
    }


def _direction(choice: DirectionChoice, draft: Draft) -> dict[str, Any]:
    return {
        "value": f"direction:{choice.direction.public_id}",
        "row": choice.direction,
        "number": choice.resolution.sender,
        "fell_back": choice.resolution.fell_back,
        "steps": steps_say(choice.resolution.steps, get_language() or "en"),
        "chosen": choice.direction.pk == draft.direction_id,
    }
