"""A number of the Cloud API: asked for at Meta first, written down only when Meta knows it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from asgiref.sync import async_to_sync
from django.db import transaction

from qafila.businesses.refusals import Refused
from qafila.kit.phones import Phone, normalise
from qafila.providers import registry
from qafila.providers.interface import Credentials, ProviderError
from qafila.providers.management import NumberBook, NumberInfo
from qafila.senders.actions import change_secrets, connect_sender, create_provider_account, create_sender
from qafila.senders.actions.health import record_number
from qafila.senders.models import ProviderAccount, Sender
from qafila.senders.outgoing import allowed_networks
from qafila.senders.queries import accounts_for_business, for_business, not_connected
from qafila.web.shell.doors import Current

KIND: Final = "cloud_api"
GRAPH: Final = "https://graph.facebook.com/v23.0"


@dataclass(frozen=True, slots=True)
class Given:
    """What a person pastes from Meta's pages."""

    token: str
    account_ref: str
    number_ref: str
    app_secret: str


class NotReadable(Exception):
    """Meta did not tell about the number.

    :ivar code: a wording code (``cloud_api.190``).
    """

    def __init__(self, code: str) -> None:
        super().__init__("The provider did not tell about this number. Check what was pasted.")
        self.code = code


def read_number(given: Given, *, base_url: str) -> NumberInfo:
    """What the provider says of the number. One call, never repeated. :raises NotReadable: it did not say."""
    book = registry.get(KIND)
    if not isinstance(book, NumberBook):
        raise NotReadable("not_possible")
    reach = Credentials(
        base_url=base_url,
        token=given.token,
        sender_ref=given.number_ref,
        account_ref=given.account_ref,
        allowed_networks=allowed_networks(ProviderAccount(kind=KIND, base_url=base_url)),
    )
    try:
        return async_to_sync(book.number_info)(reach)
    except ProviderError as exc:
        raise NotReadable(f"{KIND}.{exc.code}") from exc


def connect(given: Given, *, current: Current, now: datetime, base_url: str = "") -> Sender:
    """Reads the number and makes it a sender of the business; a known provider account gets the new secrets.

    :param base_url: where the API answers; empty: :data:`GRAPH`.
    :raises NotReadable: the provider did not tell. :raises Refused: as ``create_provider_account`` and ``create_sender``.
    """
    base_url = base_url or GRAPH
    info = read_number(given, base_url=base_url)
    with transaction.atomic():
        account = _account(given, current, now, base_url)
        found = (
            for_business(current.business.pk).filter(provider_account=account, ref=given.number_ref).first()
        )
        sender = found or _new(given, info, account, current, now)
        record_number(sender_id=sender.pk, info=info, now=now)
    return Sender.objects.select_related("provider_account", "health").get(pk=sender.pk)


def _new(given: Given, info: NumberInfo, account: ProviderAccount, current: Current, now: datetime) -> Sender:
    """A new sender; or the one of this number that stood in the list without a provider, which keeps its name."""
    phone = normalise(info.display_phone, current.business.default_country or None)
    listed = not_connected(current.business.pk, phone.e164) if isinstance(phone, Phone) else None
    if listed is not None:
        return connect_sender(
            sender=listed, provider_account=account, ref=given.number_ref, actor=current.actor, now=now
        )
    return create_sender(
        business=current.business,
        name=info.verified_name or info.display_phone or given.number_ref,
        phone=info.display_phone,
        provider_account=account,
        ref=given.number_ref,
        actor=current.actor,
        now=now,
    )


def _account(given: Given, current: Current, now: datetime, base_url: str) -> ProviderAccount:
    known = accounts_for_business(current.business.pk).filter(kind=KIND, ref=given.account_ref).first()
    if known is not None:
        if known.base_url != base_url:
            raise Refused(
                "account_elsewhere", "This account id is in use for another address. Remove that one first."
            )
        return change_secrets(
            account=known, token=given.token, app_secret=given.app_secret, actor=current.actor, now=now
        )
    return create_provider_account(
        business=current.business,
        kind=KIND,
        name="WhatsApp",
        base_url=base_url,
        ref=given.account_ref,
        token=given.token,
        app_secret=given.app_secret,
        verify_token=secrets.token_urlsafe(24),
        actor=current.actor,
        now=now,
    )
