"""What a campaign goes out over: one number, or a package of numbers that share it. What the two have in common for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from qafila.businesses.models import Business
from qafila.businesses.refusals import Clash, NotFound
from qafila.ledger.states import Target
from qafila.providers import registry
from qafila.senders import package_queries
from qafila.senders.direction_models import Direction
from qafila.senders.direction_queries import Resolution
from qafila.senders.models import Package, Sender, SenderState
from qafila.senders.package_queries import PackageState

Over: TypeAlias = Sender | Package


@dataclass(frozen=True, slots=True)
class Carrier:
    """How its messages may go out.

    :ivar official: the vendor's own numbers, with windows and templates.
    :ivar templates: whether it sends templates; None where no provider is connected.
    :ivar contents: the kinds of content that every one of them can send.
    :ivar default_template: carries texts outside open windows; of a package the one that all its numbers agree on.
    :ivar templates_differ: numbers of the package have default templates, but not the same one.
    """

    official: bool
    templates: bool | None
    contents: frozenset[str]
    default_template: Mapping[str, Any] | None
    templates_differ: bool = False


def one_of(sender: Sender | None, package: Package | None) -> Over:
    """Whichever of the two is given. Raises ``ValueError`` unless it is exactly one."""
    if (sender is None) == (package is None):
        raise ValueError("name one number, or one package")
    found = sender or package
    assert found is not None  # noqa: S101 - exactly one is given
    return found


def numbers_of(over: Over) -> Sequence[Sender]:
    """The numbers that may send, with their provider accounts."""
    if isinstance(over, Sender):
        return [over]
    return [member.sender for member in package_queries.members(over.pk)]


def target_of(over: Over) -> tuple[Target, int]:
    """As the ledger's batch names it."""
    kind = Target.SENDER if isinstance(over, Sender) else Target.PACKAGE
    return kind, over.pk


def columns_of(over: Over) -> dict[str, Over | None]:
    """As the campaign's row names it."""
    is_number = isinstance(over, Sender)
    return {"sender": over if is_number else None, "package": None if is_number else over}


def word_of(over: Over) -> str:
    """``account`` or ``package``: what a 404 and the audit log call it."""
    return "account" if isinstance(over, Sender) else "package"


def check_here(business: Business, over: Over) -> None:
    """Whether it belongs to this business and is still there. Raises :class:`NotFound`."""
    gone = isinstance(over, Package) and over.deleted_at is not None
    if over.business_id != business.pk or gone:
        raise NotFound(word_of(over))


def carrier_of(over: Over) -> Carrier:
    """How its messages may go out, by the providers of its numbers."""
    return carrier_of_numbers(numbers_of(over))


def carrier_of_numbers(numbers: Sequence[Sender]) -> Carrier:
    """The same of numbers that are read already, with their provider accounts."""
    kinds = {one.provider_account.kind for one in numbers if one.provider_account is not None}
    known = [registry.get(kind).capabilities for kind in sorted(kinds)]
    official = any(one.official for one in known)
    templates = any(one.templates for one in known) if known else None
    contents = frozenset[str].intersection(*(one.contents for one in known)) if known else frozenset[str]()
    defaults = [one.default_template for one in numbers]
    agreed = defaults[0] if defaults and all(one == defaults[0] for one in defaults) else None
    differ = official and agreed is None and any(defaults)
    return Carrier(official, templates, contents, agreed, differ)


def lacks_number(direction: Direction, found: Resolution) -> dict[str, str]:
    """Parameters of ``direction_has_no_number``: why no number serves a direction now."""
    # The last step says that there is none; the one before it says why.
    code, params = found.steps[-2] if len(found.steps) > 1 else ("route_no_default", {})
    return {**params, "direction": direction.name, "reason": code}


def check_able(over: Over) -> PackageState:
    """Whether it may begin to send: connected at all; of a package at least one number that sends, or comes back by itself.

    :returns: for a number that is connected ``ACTIVE``, whatever holds it: it waits for its number.
    :raises Clash: ``account_not_connected``, ``no_active_profiles``.
    """
    if isinstance(over, Sender):
        if over.state == SenderState.NOT_CONNECTED:
            raise Clash("account_not_connected", "The account is not connected to a provider yet.")
        return PackageState.ACTIVE
    state = package_queries.state_of(numbers_of(over))
    if state is PackageState.NOTHING_ACTIVE:
        raise Clash("no_active_profiles", "No active profiles available in this package")
    return state
