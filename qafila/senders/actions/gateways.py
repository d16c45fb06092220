"""Adding a number of any kind from the fields that its kind declares."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.businesses.refusals import Refused
from qafila.kit.phones import Phone, normalise
from qafila.providers import account_fields, registry
from qafila.providers.account_fields import BadField
from qafila.providers.management import Pairing
from qafila.senders.actions.accounts import create_provider_account
from qafila.senders.actions.numbers import connect_sender, create_sender
from qafila.senders.actions.states import stop_sender
from qafila.senders.models import ProviderAccount, Sender, SenderState
from qafila.senders.queries import not_connected

NOT_LINKED = "phone_not_linked"
"""Wording code: the number has its provider, and no phone is linked to it yet."""


def add_account(
    *,
    business: Business,
    kind: str,
    name: str,
    given: Mapping[str, Any],
    allow_private_network: bool = False,
    actor: Actor,
    now: datetime,
) -> tuple[ProviderAccount, str]:
    """An account from what a person filled in, and the provider's id of its number.

    :param given: by the names of ``providers/<kind>/fields.py``.
    :raises Refused: ``field_required``, ``invalid_value``, ``unknown_field`` (``field``: which), and as
        :func:`create_provider_account`.
    """
    actor.must("accounts:write", business_id=business.pk)
    places = read_fields(kind, given)
    account = create_provider_account(
        business=business,
        kind=kind,
        name=name,
        base_url=_only(places, "base_url"),
        ref=_only(places, "ref"),
        token=_only(places, "token"),
        app_secret=_only(places, "app_secret"),
        verify_token=uuid.uuid4().hex,
        config=_config(kind, places.get("config", {})),
        allow_private_network=allow_private_network,
        actor=actor,
        now=now,
    )
    return account, _only(places, "sender_ref")


def connect_number(
    *,
    business: Business,
    kind: str,
    name: str,
    phone: str,
    given: Mapping[str, Any],
    allow_private_network: bool = False,
    sender: Sender | None = None,
    actor: Actor,
    now: datetime,
) -> Sender:
    """A number with an account of its own. Where a phone has to be linked first, it is stopped until that is done.

    :param sender: a number that is not connected yet and gets this provider; ``name`` and ``phone`` are its own then. None:
        the one of this phone where it stands in the list without a provider, else a new one.
    :raises NotFound, NotAllowed, Refused, Clash: as :func:`add_account`, ``create_sender`` and ``connect_sender``.
    """
    if sender is None:
        number = normalise(phone, business.default_country or None)
        sender = not_connected(business.pk, number.e164) if isinstance(number, Phone) else None
    with transaction.atomic():
        account, ref = add_account(
            business=business,
            kind=kind,
            name=name,
            given=given,
            allow_private_network=allow_private_network,
            actor=actor,
            now=now,
        )
        if sender is not None:
            connected = connect_sender(sender=sender, provider_account=account, ref=ref, actor=actor, now=now)
        else:
            connected = create_sender(
                business=business,
                name=name,
                phone=phone,
                provider_account=account,
                ref=ref,
                actor=actor,
                now=now,
            )
        if isinstance(registry.get(kind), Pairing):
            stop_sender(sender_id=connected.pk, reason=NOT_LINKED, now=now)
            # A number that is switched off is paused as that once its phone is linked (see link_news), so that the same switch
            # puts it to work.
            Sender.objects.filter(pk=connected.pk, is_active=False).update(paused_by="")
            connected.refresh_from_db(fields=["state", "state_reason", "paused_by"])
    assert connected.state != SenderState.NOT_CONNECTED  # noqa: S101 - it has an account now
    return connected


def read_fields(kind: str, given: Mapping[str, Any]) -> dict[Any, dict[str, Any]]:
    """What was filled in, by place. Raises :class:`Refused`."""
    if kind not in registry.KINDS or not registry.KINDS[kind].fields:
        known = ", ".join(sorted(name for name, one in registry.KINDS.items() if one.fields))
        raise Refused(
            "provider_kind_unknown", f"There is no provider {kind!r}. Choose one of {known}.", given=kind
        )
    try:
        return dict(account_fields.read(registry.KINDS[kind].fields, given))
    except BadField as exc:
        code = "invalid_value" if exc.code == "field_invalid" else exc.code
        raise Refused(
            code, f"The field {exc.name!r} is missing or cannot be used. Correct it.", field=exc.name
        ) from exc


def _config(kind: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """JSON that was pasted as text, as an object."""
    config = dict(found)
    for field in registry.KINDS[kind].fields:
        if field.shape == "json" and isinstance(config.get(field.name), str):
            try:
                config[field.name] = account_fields.as_object(config[field.name])
            except BadField as exc:
                raise Refused(
                    "gateway_setup_bad", "This is not valid JSON. Correct it.", why="JSON", field=field.name
                ) from exc
    return config


def _only(places: Mapping[str, Mapping[str, Any]], place: str) -> str:
    return next((str(value) for value in places.get(place, {}).values()), "")
