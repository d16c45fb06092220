"""Reads: senders and provider accounts. What comes from outside is looked up by business and public id."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet

from qafila.kit.ids import parse_uuid
from qafila.providers.interface import Credentials
from qafila.senders.models import AccountState, ProviderAccount, Sender, SenderState
from qafila.senders.secrets import open_


def for_business(business_id: int) -> QuerySet[Sender]:
    """The senders of a business with their provider accounts, oldest first."""
    return Sender.objects.filter(business_id=business_id).select_related("provider_account").order_by("pk")


def by_public_id(business_id: int, public_id: uuid.UUID | str) -> Sender | None:
    """One sender; None also for another business's, and for a text that is no id."""
    parsed = parse_uuid(public_id)
    return for_business(business_id).filter(public_id=parsed).first() if parsed else None


def accounts_for_business(business_id: int) -> QuerySet[ProviderAccount]:
    """The provider accounts of a business, oldest first."""
    return ProviderAccount.objects.filter(business_id=business_id).order_by("pk")


def account_in_business(business_id: int, public_id: uuid.UUID | str) -> ProviderAccount | None:
    """One provider account; None also for another business's."""
    parsed = parse_uuid(public_id)
    return accounts_for_business(business_id).filter(public_id=parsed).first() if parsed else None


def account_by_public_id(public_id: uuid.UUID | str) -> ProviderAccount | None:
    """One provider account of **any** business: for webhooks, where the signature says who may."""
    parsed = parse_uuid(public_id)
    return ProviderAccount.objects.filter(public_id=parsed).first() if parsed else None


def sender_by_ref(provider_account_id: int, ref: str) -> tuple[int, int] | None:
    """(sender id, business id) of the provider's id of a number; None when it is none of that account's."""
    if not ref:
        return None
    return (
        Sender.objects.filter(provider_account_id=provider_account_id, ref=ref)
        .values_list("pk", "business_id")
        .order_by("pk")
        .first()
    )


def credentials(sender_id: int) -> tuple[str, Credentials, int]:
    """(kind of provider, how to reach this sender, version of the account).

    :raises Sender.DoesNotExist: no such sender, or it has no provider account.
    :raises CryptoError: the secrets cannot be opened.
    """
    sender = Sender.objects.select_related("provider_account").get(
        pk=sender_id, provider_account__isnull=False
    )
    account = sender.provider_account
    assert account is not None  # noqa: S101 - asked for in the query
    secrets = open_(account)
    reach = Credentials(
        base_url=account.base_url,
        token=secrets.token,
        sender_ref=sender.ref,
        account_ref=account.ref,
        app_secret=secrets.app_secrets[0] if secrets.app_secrets else "",
        verify_token=secrets.verify_token,
    )
    return account.kind, reach, account.version


def paused_automatically(business_id: int | None = None) -> QuerySet[Sender]:
    """Senders that auto-pause took out of work, of one business or of all, oldest first.

    Those in the state ``stopped``, or on a stopped account, cannot send and should only be listed by a repair.
    """
    found = Sender.objects.filter(paused_by="auto", state__in=(SenderState.PAUSED, SenderState.STOPPED))
    if business_id is not None:
        found = found.filter(business_id=business_id)
    return found.select_related("provider_account").order_by("pk")


def can_work(sender: Sender) -> bool:
    """Whether a sender that is not paused could send: it is connected, not stopped, and its provider account works."""
    account = sender.provider_account
    return account is not None and account.state == AccountState.OK and sender.state != SenderState.STOPPED
