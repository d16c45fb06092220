"""Things as a person names them on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qafila.cli.screen import Refusal

if TYPE_CHECKING:
    from qafila.businesses.models import Business
    from qafila.senders.direction_models import Direction
    from qafila.senders.models import Package, Sender


def the_business() -> Business:
    """The first business.

    :raises Refusal: ``not_found``.
    """
    from qafila.businesses import queries

    business = queries.the_business()
    if business is None:
        raise Refusal("not_found", "There is no business yet. `qafila up` makes the first.")
    return business


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
