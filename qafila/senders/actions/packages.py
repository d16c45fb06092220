"""Packages: pools of numbers that share work. Who is in one, with which weight, and whether trouble pauses a number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Q

from qafila.businesses.actions import record_audit
from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.businesses.refusals import Clash, NotFound, Refused
from qafila.events.actions import emit
from qafila.providers import registry
from qafila.senders.actions.states import pause_those, resume_those
from qafila.senders.models import FormerMember, Package, PackageMember, ProviderAccount, Sender
from qafila.senders.package_queries import PAUSED_PACKAGE, paused_with
from qafila.senders.rules import transitions

LONGEST_NAME: Final = 200
LEAST_WEIGHT: Final = 1
MOST_WEIGHT: Final = 100
AUTO_PAUSE_WARNING: Final = "auto_pause_not_recommended"
"""Wording code: what the switch says when it is on."""
LONGEST_REASON: Final = 200
REMEMBERED: Final = timedelta(days=2)
"""So long it is known which numbers left a package; losses count within a day."""

_users: dict[str, Callable[[int], int]] = {}


def tell_of_use(room: str, unfinished: Callable[[int], int]) -> None:
    """A room above says what still goes out over a package: row id to how many unfinished campaigns. Told when the app
    starts; telling again replaces."""
    _users[room] = unfinished


def create_package(*, business: Business, name: str, actor: Actor, now: datetime) -> Package:
    """An empty package, its switch off.

    :raises NotFound: another business. :raises NotAllowed: ``accounts:write`` is missing.
    :raises Refused: ``name_missing``, ``too_long``.
    """
    actor.must("accounts:write", business_id=business.pk)
    kept = _name(name)
    with transaction.atomic():
        package = Package.objects.create(business=business, name=kept, created_at=now)
        _audit(package, "created", actor, now, {"name": kept})
    return package


def rename_package(*, package: Package, name: str, actor: Actor, now: datetime) -> Package:
    """Another name. Raises as :func:`create_package`."""
    kept = _name(name)
    with transaction.atomic():
        found = _locked(package, actor)
        if found.name != kept:
            Package.objects.filter(pk=found.pk).update(name=kept)
            _audit(found, "renamed", actor, now, {"from": found.name, "to": kept})
        package.name = kept
    return package


def delete_package(*, package: Package, actor: Actor, now: datetime) -> None:
    """Takes a package away; its numbers stay what they are. What went out over it stays in the books.

    :raises NotFound: another business, or deleted. :raises NotAllowed: ``accounts:write`` is missing.
    :raises Clash: ``package_in_use``: campaigns over it are not finished.
    """
    with transaction.atomic():
        found = _locked(package, actor)
        unfinished = sum(ask(found.pk) for ask in _users.values())
        if unfinished:
            raise Clash(
                "package_in_use",
                "Campaigns over this package are not finished. Wait for them, delete them, or give them to an account.",
                count=unfinished,
            )
        PackageMember.objects.filter(package=found).delete()
        Package.objects.filter(pk=found.pk).update(deleted_at=now)
        _audit(found, "deleted", actor, now, {"name": found.name})
        package.deleted_at = now


def add_member(
    *, package: Package, sender: Sender, weight: int = 1, actor: Actor, now: datetime
) -> PackageMember:
    """Puts a number into a package: it takes of its work from now on. A number may be in several.

    :param weight: 1 to 100: how much of its own pace it gives, beside the heaviest number that may send.
    :raises NotFound: another business. :raises NotAllowed: ``accounts:write`` is missing.
    :raises Refused: ``weight_invalid``.
    :raises Clash: ``package_member_exists``; ``package_kinds_differ``: official and phone-linked numbers do not mix.
    """
    _check_weight(weight)
    with transaction.atomic():
        found = _locked(package, actor)
        if sender.business_id != found.business_id:
            raise NotFound("account")
        _check_kind(found, sender, sender.provider_account)
        try:
            with transaction.atomic():
                member = PackageMember.objects.create(package=found, sender=sender, weight=weight)
        except IntegrityError as exc:
            raise Clash("package_member_exists", "This number is in the package already.") from exc
        _audit(found, "member_added", actor, now, {"sender": str(sender.public_id), "weight": weight})
        _changed(found, [sender.pk], now)
    return member


def remove_member(*, package: Package, sender: Sender, actor: Actor, now: datetime) -> bool:
    """Takes a number out: it begins nothing of the package any more, what is in the air lands, the others take the rest.

    False when it was not in it. Raises as :func:`rename_package`.
    """
    with transaction.atomic():
        found = _locked(package, actor)
        if sender.business_id != found.business_id:
            raise NotFound("account")
        gone, _ = PackageMember.objects.filter(package=found, sender=sender).delete()
        if gone:
            _remember(found, sender, now)
            _audit(found, "member_removed", actor, now, {"sender": str(sender.public_id)})
            _changed(found, [sender.pk, *_sender_ids(found)], now)
    return gone > 0


def _remember(package: Package, sender: Sender, now: datetime) -> None:
    """Who left lately, so that a number that was lost still counts for the package."""
    FormerMember.objects.filter(package=package, left_at__lt=now - REMEMBERED).delete()
    FormerMember.objects.update_or_create(package=package, sender=sender, defaults={"left_at": now})


def set_weight(
    *, package: Package, sender: Sender, weight: int, actor: Actor, now: datetime
) -> PackageMember:
    """Another share for a number, 1 to 100. Raises as :func:`add_member`; :class:`NotFound` where it is not in it."""
    _check_weight(weight)
    with transaction.atomic():
        found = _locked(package, actor)
        member = (
            PackageMember.objects.select_related("sender__provider_account")
            .filter(package=found, sender=sender)
            .first()
        )
        if member is None:
            raise NotFound("account")
        if member.weight != weight:
            detail = {"sender": str(sender.public_id), "from": member.weight, "to": weight}
            member.weight = weight
            member.save(update_fields=["weight"])
            _audit(found, "weight_set", actor, now, detail)
            _changed(found, _sender_ids(found), now)
    return member


def pause_all(*, package: Package, reason: str, actor: Actor, now: datetime) -> int:
    """Pauses every number of a package that may send, also for the work of its other packages. Those that are paused or
    cannot send stay as they are. Returns how many.

    :param reason: a person's words, for the audit log. Raises as :func:`rename_package`.
    """
    with transaction.atomic():
        found = _locked(package, actor)
        may = Q(state__in=transitions.FROM[transitions.PAUSED], pk__in=_sender_ids(found))
        paused = pause_those(may, by=transitions.PERSON, reason=PAUSED_PACKAGE, package=found, now=now)
        if paused:
            detail = {"reason": reason.strip()[:LONGEST_REASON], "numbers": paused}
            _audit(found, "paused", actor, now, detail)
    return paused


def resume_all(*, package: Package, actor: Actor, now: datetime) -> int:
    """Lets the numbers that :func:`pause_all` stopped with this package send again, as before: slowly only where it was
    unwell. One goes on with the rest it was in. What another package stopped, or somebody switched off meanwhile, stays as it
    is. Returns how many."""
    with transaction.atomic():
        found = _locked(package, actor)
        resumed = resume_those(paused_with(found.pk) & Q(pk__in=_sender_ids(found)), now=now)
        if resumed:
            _audit(found, "resumed", actor, now, {"numbers": resumed})
    return resumed


def set_auto_pause(*, package: Package, on: bool, actor: Actor, now: datetime) -> str | None:
    """Whether trouble pauses a number of this package by itself, or only raises an alert (the default).

    :returns: the wording code of a warning to show while it is on, else None. Raises as :func:`rename_package`.
    """
    with transaction.atomic():
        found = _locked(package, actor)
        if Package.objects.filter(pk=found.pk, auto_pause_on_failures=not on).update(
            auto_pause_on_failures=on
        ):
            _audit(found, "auto_pause_on" if on else "auto_pause_off", actor, now, {})
            _changed(found, [], now)
        package.auto_pause_on_failures = on
    return AUTO_PAUSE_WARNING if on else None


def _locked(package: Package, actor: Actor) -> Package:
    """The package, locked until the transaction ends: changes of one package come one after the other."""
    actor.must("accounts:write", business_id=package.business_id, what="package")
    found = Package.objects.select_for_update(no_key=True).filter(pk=package.pk, deleted_at=None).first()
    if found is None:
        raise NotFound("package")
    return found


def _sender_ids(package: Package) -> list[int]:
    return list(PackageMember.objects.filter(package=package).values_list("sender_id", flat=True))


def check_fits(*, sender: Sender, account: ProviderAccount | None) -> None:
    """Whether a number with this provider account fits into the packages that it is in.

    :raises Clash: ``package_kinds_differ``.
    """
    for package in Package.objects.filter(members__sender=sender):
        _check_kind(package, sender, account)


def _check_kind(package: Package, sender: Sender, account: ProviderAccount | None) -> None:
    """Free text reaches only open windows on an official number, and a template is nothing to a phone-linked one: the
    same campaign could not go out over both."""
    mine = _official(account)
    if mine is None:
        return
    members = PackageMember.objects.filter(package=package).exclude(sender=sender)
    others = members.select_related("sender__provider_account")
    if any(_official(member.sender.provider_account) is (not mine) for member in others):
        raise Clash(
            "package_kinds_differ",
            "Official and phone-linked numbers do not share a package. Make a package for each kind.",
        )


def _official(account: ProviderAccount | None) -> bool | None:
    return registry.get(account.kind).capabilities.official if account else None


def _check_weight(weight: int) -> None:
    if not LEAST_WEIGHT <= weight <= MOST_WEIGHT:
        raise Refused(
            "weight_invalid", "A weight is a whole number from 1 to 100. Write one.", field="weight"
        )


def _name(given: str) -> str:
    name = given.strip()
    if not name:
        raise Refused("name_missing", "A name is missing. Write one.", field="name")
    if len(name) > LONGEST_NAME:
        raise Refused("too_long", "The name is too long.", field="name", limit=LONGEST_NAME)
    return name


def _changed(package: Package, senders: Sequence[int], now: datetime) -> None:
    emit(
        "package.changed",
        business_id=package.business_id,
        subject=("package", str(package.public_id)),
        data={"senders": sorted(set(senders))},
        now=now,
    )


def _audit(package: Package, what: str, actor: Actor, now: datetime, detail: dict[str, object]) -> None:
    record_audit(
        actor=actor,
        action=f"package.{what}",
        subject_kind="package",
        subject_id=str(package.public_id),
        detail=detail,
        now=now,
    )
