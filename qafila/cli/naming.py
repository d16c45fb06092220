"""Things as a person names them on the command line."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Annotated

import typer

from qafila.cli.screen import Refusal

if TYPE_CHECKING:
    from qafila.businesses.models import Business
    from qafila.senders.direction_models import Direction
    from qafila.senders.models import Package, Sender


_wanted: ContextVar[str | None] = ContextVar("_wanted", default=None)


def _note(wanted: str | None) -> str | None:
    if wanted is not None:
        _wanted.set(wanted)
    return wanted


BusinessOption = Annotated[
    str | None,
    typer.Option(
        "--business",
        metavar="ID",
        help="Id or name of the business. Default: the first one.",
        show_default=False,
        callback=_note,
    ),
]
"""For commands that act in one business. :func:`the_business` finds what was given, before a subcommand or behind it."""


def the_business() -> Business:
    """The business of ``--business``, else the first one.

    :raises Refusal: ``not_found``, ``business_not_found``.
    """
    business = chosen_or_first()
    if business is None:
        raise Refusal("not_found", "There is no business yet. `qafila up` makes the first.")
    return business


def chosen_or_first() -> Business | None:
    """The business of ``--business``, else the first one; None where there is none yet.

    :raises Refusal: ``business_not_found``.
    """
    from qafila.businesses.queries import the_business as first_business

    wanted = _wanted.get()
    return first_business() if wanted is None else business_named(wanted)


def business_named(wanted: str) -> Business:
    """The business of that id or name.

    :raises Refusal: ``business_not_found``.
    """
    from qafila.businesses.models import Business

    there = list(Business.objects.order_by("pk"))
    found = [one for one in there if wanted in (one.name, str(one.public_id))]
    if len(found) == 1:
        return found[0]
    names = ", ".join(f"{one.name} ({one.public_id})" for one in there) or "none yet"
    raise Refusal("business_not_found", f"There is no single business {wanted!r}.", f"Businesses: {names}.")


def package_named(business: Business, wanted: str) -> Package:
    """The package of that name or id.

    :raises Refusal: ``package_not_found``.
    """
    from qafila.senders.package_queries import packages_of

    packages = list(packages_of(business.pk))
    found = [p for p in packages if wanted in (p.name, str(p.public_id))]
    if len(found) == 1:
        return found[0]
    names = (
        ", ".join(p.name for p in packages) or "there is none yet; `qafila packages create NAME` makes one"
    )
    raise Refusal("package_not_found", f"There is no single package {wanted!r}.", f"Packages: {names}.")


def account_named(business: Business, wanted: str) -> Sender:
    """The account of that name, number or id.

    :raises Refusal: ``account_not_found``.
    """
    from qafila.kit.phones import BadPhone, normalise
    from qafila.senders.queries import for_business

    senders = list(for_business(business.pk))
    phone = normalise(wanted, business.default_country or None)
    number = None if isinstance(phone, BadPhone) else phone.e164
    found = [s for s in senders if wanted in (s.name, str(s.public_id)) or s.phone == number]
    if len(found) == 1:
        return found[0]
    names = ", ".join(s.name for s in senders) or "there is none yet; `qafila up --sandbox` makes one to try"
    raise Refusal("account_not_found", f"There is no single account {wanted!r}.", f"Accounts: {names}.")


def direction_named(business: Business, wanted: str) -> Direction:
    """The direction of that name, in any case, or of that id.

    :raises Refusal: ``direction_not_found``.
    """
    from qafila.senders import direction_queries

    found = direction_queries.direction_named(business.pk, wanted)
    if found is None:
        names = ", ".join(row.name for row in direction_queries.directions_of(business.pk)) or "none yet"
        raise Refusal("direction_not_found", f"There is no direction {wanted!r}.", f"Directions: {names}.")
    return found
