"""Reads: packages, who is in them, and whether they can send. What comes from outside is looked up by business and id."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Q, QuerySet

from qafila.kit.ids import parse_uuid
from qafila.providers import registry
from qafila.senders.models import Package, PackageMember, Sender, SenderState
from qafila.senders.queries import effective

PAUSED_PACKAGE: Final = "paused_package"
"""Wording code of a number that was paused with its whole package."""


class PackageState(enum.StrEnum):
    """Whether a package sends."""

    ACTIVE = "active"
    """At least one number may send."""
    RESTING = "resting"
    """None may send now, but one comes back by itself: what is posted is accepted and waits."""
    NOTHING_ACTIVE = "nothing_active"
    """Empty, or all its numbers are paused or cannot send: what is posted is refused."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A number of a package in the words of the user's API.

    :ivar status: ``active``, or ``paused`` when a person or auto-pause took it out of work, or it cannot send at all.
    :ivar pause_reason: wording code of why, "" while it is active.
    :ivar state: the state that counts, a value of :class:`SenderState`.
    """

    status: str
    pause_reason: str
    state: str


def packages_of(business_id: int) -> QuerySet[Package]:
    """The packages of a business, oldest first."""
    return Package.objects.filter(business_id=business_id, deleted_at=None).order_by("pk")


def package(business_id: int, public_id: uuid.UUID | str) -> Package | None:
    """One package; None also for another business's, a deleted one, and a text that is no id."""
    parsed = parse_uuid(public_id)
    return packages_of(business_id).filter(public_id=parsed).first() if parsed else None


def members(package_id: int) -> QuerySet[PackageMember]:
    """Who is in a package, with number, provider account and health, in the order in which they came."""
    return members_of_packages([package_id])


def members_of_packages(package_ids: Collection[int]) -> QuerySet[PackageMember]:
    """The same of several packages at once."""
    return (
        PackageMember.objects.filter(package_id__in=package_ids)
        .select_related("sender__provider_account__portfolio", "sender__health", "sender__score")
        .order_by("pk")
    )


def numbers_in_packages(business_id: int, *, package_id: int | None = None) -> QuerySet[Sender]:
    """The numbers of a business that share work with others, each once, by name.

    :param package_id: only those of this package; 0 for none.
    """
    found = PackageMember.objects.filter(package__business_id=business_id, package__deleted_at=None)
    if package_id is not None:
        found = found.filter(package_id=package_id)
    return Sender.objects.filter(business_id=business_id, pk__in=found.values("sender_id")).order_by(
        "name", "pk"
    )


def packages_of_sender(sender_id: int) -> QuerySet[Package]:
    """The packages that a number is in, oldest first."""
    return Package.objects.filter(members__sender_id=sender_id, deleted_at=None).order_by("pk")


def paused_with(package_id: int) -> Q:
    """Which numbers of a package resuming it brings back: they were paused with it, and nobody switched them off since."""
    return Q(state=SenderState.PAUSED, state_reason=PAUSED_PACKAGE, paused_with_id=package_id, is_active=True)


def may_resume(package_id: int) -> bool:
    """Whether resuming the package would bring a number back."""
    return Sender.objects.filter(paused_with(package_id), memberships__package_id=package_id).exists()


def profile(sender: Sender) -> Profile:
    """What the user's API says of a number.

    :param sender: with its provider account.
    """
    found = effective(sender)
    if found.state in (SenderState.READY, SenderState.RESTING):
        return Profile("active", "", found.state)
    reason = found.reason or ("account_not_connected" if found.state == SenderState.NOT_CONNECTED else "")
    return Profile("paused", reason or f"sender_{found.state}", found.state)


def state_of(senders: Iterable[Sender]) -> PackageState:
    """Whether a package of these numbers sends.

    :param senders: with their provider accounts.
    """
    states = {effective(sender).state for sender in senders}
    if SenderState.READY in states:
        return PackageState.ACTIVE
    return PackageState.RESTING if SenderState.RESTING in states else PackageState.NOTHING_ACTIVE


def states_of(packages: Sequence[Package]) -> dict[int, tuple[PackageState, int]]:
    """Package row id to its state and how many numbers it has; one statement however many packages."""
    return {pk: (state_of(senders), len(senders)) for pk, senders in senders_of(packages).items()}


def senders_of(packages: Sequence[Package]) -> dict[int, list[Sender]]:
    """Package row id to its numbers with their provider accounts; one statement however many packages."""
    found: dict[int, list[Sender]] = {one.pk: [] for one in packages}
    rows = PackageMember.objects.filter(package_id__in=list(found)).select_related("sender__provider_account")
    for member in rows.order_by("pk"):
        found[member.package_id].append(member.sender)
    return found


def score_of(sender: Sender) -> int | None:
    """The health of a number, 0 to 100; None where too little is known of it.

    :param sender: with its score.
    """
    found = getattr(sender, "score", None)
    return int(found.score) if found is not None and found.known else None


def comes_back_at(senders: Iterable[Sender]) -> datetime | None:
    """When the first of the resting ones ends its rest; None where nobody rests."""
    rests = [one.rest_until for one in senders if one.state == SenderState.RESTING and one.rest_until]
    return min(rests, default=None)


def is_official(package_id: int) -> bool | None:
    """Whether its numbers are the vendor's own; None while none of them is connected."""
    for member in members(package_id):
        account = member.sender.provider_account
        if account is not None:
            return registry.get(account.kind).capabilities.official
    return None
