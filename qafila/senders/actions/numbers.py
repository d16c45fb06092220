"""Senders: their number, their provider, how they are used."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from qafila.businesses.actions import record_audit
from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.businesses.refusals import Clash, Refused
from qafila.businesses.rules.scopes import OWNER
from qafila.kit.phones import BadPhone, normalise
from qafila.senders.actions.accounts import require_account
from qafila.senders.actions.packages import check_fits
from qafila.senders.actions.states import SWITCHED_OFF, tell
from qafila.senders.models import ProviderAccount, Sender, SenderState
from qafila.senders.own_gateways import session_name
from qafila.senders.rules import transitions
from qafila.senders.rules.default_template import read as read_template

OWN_PACE_OFF_WARNING = "pace_switched_off"
"""Wording code: without our own pace a phone-linked number may be banned; the provider's limits and opt-outs stay."""


def create_sender(
    *,
    business: Business,
    name: str,
    phone: str,
    provider_account: ProviderAccount | None = None,
    ref: str = "",
    default_template: Mapping[str, Any] | None = None,
    in_use_since: datetime | None = None,
    throughput: int | None = None,
    actor: Actor,
    now: datetime,
) -> Sender:
    """One WhatsApp number. Without a provider account it is "not connected": it routes and shows, and never sends.

    :param phone: as people write it; national numbers are read with the business's country.
    :param ref: the provider's id of the number (Cloud API: phone number id). A session of a gateway of our own is named with
        the account's mark before it, see ``senders.own_gateways``.
    :param default_template: ``{"name", "language", "variable"}``, see :func:`set_default_template`.
    :param in_use_since: when this number began to send; ``now`` by default, which is the most careful.
    :param throughput: messages a second that the provider allows it; None: the provider's default.
    :raises NotFound: another business. :raises NotAllowed: ``accounts:write`` is missing.
    :raises Refused: ``name_missing``, ``phone.<reason>``, ``default_template_invalid``, ``throughput_invalid``,
        ``invalid_value`` (the name of a session is too long).
    :raises Clash: ``sender_phone_taken``.
    """
    actor.must("accounts:write", business_id=business.pk)
    return make_sender(
        business=business,
        name=name,
        phone=phone,
        provider_account=provider_account,
        ref=ref,
        default_template=default_template,
        in_use_since=in_use_since,
        throughput=throughput,
        actor=actor,
        now=now,
    )


def make_sender(
    *,
    business: Business,
    name: str,
    phone: str,
    provider_account: ProviderAccount | None = None,
    ref: str = "",
    default_template: Mapping[str, Any] | None = None,
    in_use_since: datetime | None = None,
    throughput: int | None = None,
    actor: Actor,
    now: datetime,
) -> Sender:
    """As :func:`create_sender`, for a caller that has looked at the actor's right itself."""
    if provider_account is not None:
        require_account(business=business, account=provider_account)
    if not name.strip():
        raise Refused("name_missing", "A name is missing. Write one.")
    if throughput is not None and throughput < 1:
        raise Refused(
            "throughput_invalid",
            "A throughput is at least one message a second. Leave it out for the default.",
        )
    template = read_template(default_template)
    number = normalise(phone, business.default_country or None)
    if isinstance(number, BadPhone):
        raise Refused(number.wording, "This is no valid phone number. Write it with + and the country code.")
    state = SenderState.READY if provider_account else SenderState.NOT_CONNECTED
    ref = session_name(provider_account, ref) if provider_account else ref
    try:
        with transaction.atomic():
            sender = Sender.objects.create(
                business=business,
                provider_account=provider_account,
                name=name.strip(),
                phone=number.e164,
                ref=ref,
                state=state,
                in_use_since=in_use_since or now,
                throughput=throughput,
                default_template=template,
                created_at=now,
            )
            tell(sender, before="", after=state, reason="", now=now)
            _audit(sender, "sender.created", actor, now)
    except IntegrityError as exc:
        if not Sender.objects.filter(business=business, phone=number.e164).exists():
            raise
        raise Clash(
            "sender_phone_taken", "The business has this number already. Use or change that one."
        ) from exc
    return sender


def connect_sender(
    *, sender: Sender, provider_account: ProviderAccount, ref: str, actor: Actor, now: datetime
) -> Sender:
    """Gives a number that is not connected its provider: it may send from now on. One that is switched off, or that was
    paused automatically in the system before, is paused then, until a person (or the repair of automatic pauses) resumes it.

    :raises NotFound: another business. :raises NotAllowed: ``accounts:write`` is missing.
    :raises Refused: ``invalid_value``: the name of a session is too long.
    :raises Clash: ``sender_connected``; ``package_kinds_differ``: it is in a package of numbers of the other kind.
    """
    actor.must("accounts:write", business_id=sender.business_id, what="sender")
    require_account(business=actor.business, account=provider_account)
    ref = session_name(provider_account, ref)
    with transaction.atomic():
        check_fits(sender=sender, account=provider_account)
        row = Sender.objects.select_for_update(no_key=True, of=("self",)).get(pk=sender.pk)
        if row.state != SenderState.NOT_CONNECTED:
            raise Clash("sender_connected", "This number has a provider already. Disconnect it there first.")
        state, by, reason = _when_connected(row)
        Sender.objects.filter(pk=row.pk).update(
            provider_account=provider_account,
            ref=ref,
            state=state,
            state_reason=reason,
            paused_by=by,
            updated_at=now,
        )
        sender.refresh_from_db()
        tell(sender, before=SenderState.NOT_CONNECTED, after=state, reason=reason, now=now)
        _audit(sender, "sender.connected", actor, now)
    return sender


def _when_connected(row: Sender) -> tuple[SenderState, str, str]:
    """State, who paused it and why, for a number that gets its provider."""
    if not row.is_active:
        return SenderState.PAUSED, transitions.PERSON, SWITCHED_OFF
    if row.paused_by == transitions.AUTO:
        return SenderState.PAUSED, transitions.AUTO, row.state_reason
    return SenderState.READY, "", ""


def set_use_limits(*, sender: Sender, on: bool, actor: Actor, now: datetime) -> str | None:
    """Switches our own pace of one sender off or on. The provider's limits, opt-outs and duplicate guards stay.

    :returns: the wording code of a warning to show when it is off now, else None.
    :raises NotFound: another business. :raises NotAllowed: only an owner (or a key with all rights) may.
    """
    actor.must(OWNER, business_id=sender.business_id, what="sender")
    with transaction.atomic():
        changed = Sender.objects.filter(pk=sender.pk, use_limits=not on).update(use_limits=on, updated_at=now)
        sender.use_limits = on
        if changed:
            # The lane reads its sender anew when its state is told.
            tell(sender, before=sender.state, after=sender.state, reason="use_limits", now=now)
            _audit(sender, "sender.own_pace_on" if on else "sender.own_pace_off", actor, now)
    return None if on else OWN_PACE_OFF_WARNING


def set_default_template(
    *, sender: Sender, template: Mapping[str, Any] | None, actor: Actor, now: datetime
) -> Sender:
    """The approved template that carries a contract's message outside open windows; None: none.

    :param template: ``{"name": "…", "language": "en", "variable": null}``; ``variable`` is the name of the template's one
        variable, or null for a positional one.
    :raises NotFound: another business. :raises NotAllowed: ``accounts:write`` is missing.
    :raises Refused: ``default_template_invalid``.
    """
    actor.must("accounts:write", business_id=sender.business_id, what="sender")
    read = read_template(template)
    with transaction.atomic():
        Sender.objects.filter(pk=sender.pk).update(default_template=read, updated_at=now)
        sender.default_template = read
        _audit(
            sender, "sender.default_template_set", actor, now, {"template": read["name"] if read else None}
        )
    return sender


def _audit(
    sender: Sender, action: str, actor: Actor, now: datetime, detail: dict[str, object] | None = None
) -> None:
    record_audit(
        actor=actor,
        action=action,
        subject_kind="sender",
        subject_id=str(sender.public_id),
        detail=detail,
        now=now,
    )
