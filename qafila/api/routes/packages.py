"""Packages: pools of profiles that share work. Paths and names are the user's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from ninja import Body, Router, Status

from qafila.api import words
from qafila.api.auth import needs
from qafila.api.call import actor_of, call_of
from qafila.api.refusals import sentence_of
from qafila.api.routes.finding import account_of, package_of
from qafila.api.shapes import packages as shapes
from qafila.api.shapes.faults import REFUSALS, Refusal
from qafila.businesses.refusals import NotFound
from qafila.dispatch import held_packages
from qafila.dispatch.held_packages import Held
from qafila.kit.ids import parse_uuid
from qafila.kit.stamps import stamp
from qafila.senders import actions as senders
from qafila.senders import package_queries as queries
from qafila.senders.actions import packages as actions
from qafila.senders.models import Package, PackageMember, Sender
from qafila.senders.queries import rests_until
from qafila.senders.saying import state_says

router = Router(tags=["packages"])


@router.get(
    "",
    response={200: shapes.PackageList, REFUSALS: Refusal},
    auth=needs("accounts:read"),
    summary="List packages",
)
def list_packages(request: HttpRequest) -> dict[str, Any]:
    """All of them, oldest first."""
    business_id = actor_of(request).business.pk
    found = list(queries.packages_of(business_id))
    members = queries.senders_of(found)
    held = held_packages.held(business_id, [one.pk for one in found], now=call_of(request).now)
    return {"packages": [_said(request, one, members[one.pk], held.get(one.pk)) for one in found]}


@router.post(
    "",
    response={201: shapes.PackageAnswer, REFUSALS: Refusal},
    auth=needs("accounts:write"),
    summary="Make a package",
)
def create_package(request: HttpRequest, body: shapes.NewPackage) -> Status[dict[str, Any]]:
    """Empty at first: add profiles to it."""
    actor = actor_of(request)
    made = actions.create_package(
        business=actor.business, name=body.name, actor=actor, now=call_of(request).now
    )
    return Status(201, _answer(request, made))


@router.get(
    "/{package_id}",
    response={200: shapes.PackageAnswer, REFUSALS: Refusal},
    auth=needs("accounts:read"),
    summary="See a package",
)
def get_package(request: HttpRequest, package_id: str) -> dict[str, Any]:
    """Whether it sends, and its switch."""
    return _answer(request, package_of(request, package_id))


@router.put(
    "/{package_id}",
    response={200: shapes.PackageAnswer, REFUSALS: Refusal},
    auth=needs("accounts:write"),
    summary="Change a package",
)
def put_package(request: HttpRequest, package_id: str, body: shapes.ChangedPackage) -> dict[str, Any]:
    """Its name, and whether trouble pauses a profile by itself (off by default; not recommended for production)."""
    return _change(request, package_id, body)


@router.patch(
    "/{package_id}",
    response={200: shapes.PackageAnswer, REFUSALS: Refusal},
    auth=needs("accounts:write"),
    summary="Change a package (the same as PUT)",
)
def patch_package(request: HttpRequest, package_id: str, body: shapes.ChangedPackage) -> dict[str, Any]:
    """Whatever is given is changed."""
    return _change(request, package_id, body)


@router.delete(
    "/{package_id}",
    response={200: shapes.DeletedPackage, REFUSALS: Refusal},
    auth=needs("accounts:write"),
    summary="Delete a package",
)
def delete_package(request: HttpRequest, package_id: str) -> dict[str, Any]:
    """Its profiles stay what they are. Refused while campaigns over it are not finished."""
    package = package_of(request, package_id)
    actions.delete_package(package=package, actor=actor_of(request), now=call_of(request).now)
    return {"id": str(package.public_id), "deleted": True}


@router.post(
    "/{package_id}/pause",
    response={200: shapes.PausedPackage, REFUSALS: Refusal},
    auth=needs("accounts:write"),
    summary="Pause all profiles of a package",
)
def pause_package(
    request: HttpRequest,
    package_id: str,
    body: shapes.PauseWords | None = Body(None),  # noqa: B008 - how the framework marks a body
) -> dict[str, Any]:
    """Also for the work of their other packages. Those that cannot send stay as they are."""
    changed = actions.pause_all(
        package=package_of(request, package_id),
        reason=body.reason if body else "",
        actor=actor_of(request),
        now=call_of(request).now,
    )
    return {**_answer(request, package_of(request, package_id)), "changed": changed}


@router.post(
    "/{package_id}/resume",
    response={200: shapes.PausedPackage, REFUSALS: Refusal},
    auth=needs("accounts:write"),
    summary="Resume what was paused with the package",
)
def resume_package(request: HttpRequest, package_id: str) -> dict[str, Any]:
    """Profiles that were paused one by one, or with another package, stay paused."""
    changed = actions.resume_all(
        package=package_of(request, package_id), actor=actor_of(request), now=call_of(request).now
    )
    return {**_answer(request, package_of(request, package_id)), "changed": changed}


@router.get(
    "/{package_id}/profiles",
    response={200: shapes.ProfileList, REFUSALS: Refusal},
    auth=needs("accounts:read"),
    summary="List the profiles of a package",
)
def list_profiles(request: HttpRequest, package_id: str) -> dict[str, Any]:
    """Each with its status, and why it is paused."""
    rows = queries.members(package_of(request, package_id).pk)
    return {"profiles": [_profile(request, row) for row in rows]}


@router.post(
    "/{package_id}/profiles",
    response={201: shapes.ProfileAnswer, REFUSALS: Refusal},
    auth=needs("accounts:write"),
    summary="Add a profile to a package",
)
def add_profile(request: HttpRequest, package_id: str, body: shapes.NewProfile) -> Status[dict[str, Any]]:
    """It takes of the package's work from now on. Official and phone-linked numbers do not share a package."""
    package = package_of(request, package_id)
    made = actions.add_member(
        package=package,
        sender=account_of(request, body.profile_id),
        weight=body.weight,
        actor=actor_of(request),
        now=call_of(request).now,
    )
    return Status(201, _profile(request, _member(package, str(made.sender.public_id))))


@router.put(
    "/{package_id}/profiles/{profile_id}",
    response={200: shapes.ProfileAnswer, REFUSALS: Refusal},
    auth=needs("accounts:write"),
    summary="Change a profile's weight",
)
def change_profile(
    request: HttpRequest, package_id: str, profile_id: str, body: shapes.ChangedProfile
) -> dict[str, Any]:
    """How much of its pace it gives to this package, beside the heaviest one."""
    package = package_of(request, package_id)
    member = _member(package, profile_id)
    actions.set_weight(
        package=package,
        sender=member.sender,
        weight=body.weight,
        actor=actor_of(request),
        now=call_of(request).now,
    )
    return _profile(request, _member(package, profile_id))


@router.delete(
    "/{package_id}/profiles/{profile_id}",
    response={200: shapes.RemovedProfile, REFUSALS: Refusal},
    auth=needs("accounts:write"),
    summary="Take a profile out of a package",
)
def remove_profile(request: HttpRequest, package_id: str, profile_id: str) -> dict[str, Any]:
    """It begins nothing of the package any more; the others take the rest."""
    package = package_of(request, package_id)
    member = _member(package, profile_id)
    removed = actions.remove_member(
        package=package, sender=member.sender, actor=actor_of(request), now=call_of(request).now
    )
    return {"id": str(member.sender.public_id), "removed": removed}


@router.post(
    "/{package_id}/profiles/{profile_id}/pause",
    response={200: shapes.ProfileAnswer, REFUSALS: Refusal},
    auth=needs("accounts:write"),
    summary="Pause a profile",
)
def pause_profile(request: HttpRequest, package_id: str, profile_id: str) -> dict[str, Any]:
    """It sends nothing until it is resumed; the others take its work. Again has no effect."""
    package = package_of(request, package_id)
    senders.pause_sender(
        sender=_member(package, profile_id).sender,
        by="person",
        reason="paused_by_person",
        actor=actor_of(request),
        now=call_of(request).now,
    )
    return _profile(request, _member(package, profile_id))


@router.post(
    "/{package_id}/profiles/{profile_id}/resume",
    response={200: shapes.ProfileAnswer, REFUSALS: Refusal},
    auth=needs("accounts:write"),
    summary="Resume a profile",
)
def resume_profile(request: HttpRequest, package_id: str, profile_id: str) -> dict[str, Any]:
    """Back to work after a pause, a rest, or once what stopped it was put right. A pause that came over a rest leads back to
    what is left of it."""
    package = package_of(request, package_id)
    senders.resume_work(
        sender=_member(package, profile_id).sender, actor=actor_of(request), now=call_of(request).now
    )
    return _profile(request, _member(package, profile_id))


def _change(request: HttpRequest, package_id: str, body: shapes.ChangedPackage) -> dict[str, Any]:
    actor, now = actor_of(request), call_of(request).now
    package = package_of(request, package_id)
    with transaction.atomic():
        if body.name is not None:
            actions.rename_package(package=package, name=body.name, actor=actor, now=now)
        if body.auto_pause_on_failures is not None:
            actions.set_auto_pause(package=package, on=body.auto_pause_on_failures, actor=actor, now=now)
    return _answer(request, package)


def _member(package: Package, profile_id: str) -> PackageMember:
    """The profile of this id in the package. Raises :class:`NotFound`."""
    parsed = parse_uuid(profile_id)
    found = queries.members(package.pk).filter(sender__public_id=parsed).first() if parsed else None
    if found is None:
        raise NotFound("profile")
    return found


def _answer(request: HttpRequest, package: Package) -> dict[str, Any]:
    held = held_packages.held_one(package, now=call_of(request).now)
    return _said(request, package, queries.senders_of([package])[package.pk], held)


def _said(
    request: HttpRequest, package: Package, numbers: Sequence[Sender], held: Held | None
) -> dict[str, Any]:
    active = sum(queries.profile(one).status == "active" for one in numbers)
    language = call_of(request).language
    warning = sentence_of(actions.AUTO_PAUSE_WARNING, language)
    return {
        "id": str(package.public_id),
        "name": package.name,
        "auto_pause_on_failures": package.auto_pause_on_failures,
        "status": queries.state_of(numbers).value,
        "total_profiles": len(numbers),
        "active_profiles": active,
        "created_at": stamp(package.created_at),
        "warning": warning if package.auto_pause_on_failures else None,
        "hold_reason": _held(package, held, language) if held else None,
    }


def _held(package: Package, held: Held, language: str) -> dict[str, str]:
    """``shapes.contracts.Reason``: the whole of what the page says."""
    return {"code": held.code, "message": str(held_packages.says(package, held, language))}


def _profile(request: HttpRequest, member: PackageMember) -> dict[str, Any]:
    sender, language = member.sender, call_of(request).language
    found = queries.profile(sender)
    reason = words.reason_sentence(found.pause_reason, language) if found.pause_reason else None
    return {
        "id": str(sender.public_id),
        "name": sender.name,
        "phone_number": sender.phone,
        "status": found.status,
        "pause_reason": reason,
        "pause_code": found.pause_reason or None,
        "paused_by": sender.paused_by or None,
        "state": found.state,
        "rest_until": stamp(rests_until(sender)),
        "weight": member.weight,
        "step": state_says(sender, language).step or None,
    }
