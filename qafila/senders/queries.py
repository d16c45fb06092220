"""Reads: senders and provider accounts. What comes from outside is looked up by business and public id."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When

from qafila.kit.ids import parse_uuid
from qafila.providers.interface import Credentials
from qafila.senders import own_gateways
from qafila.senders.models import AccountState, ProviderAccount, Sender, SenderState
from qafila.senders.outgoing import allowed_networks, webhook_url
from qafila.senders.secrets import open_


def for_business(business_id: int) -> QuerySet[Sender]:
    """The senders of a business with their provider accounts, oldest first."""
    return (
        Sender.objects.filter(business_id=business_id)
        .select_related("provider_account", "health")
        .order_by("pk")
    )


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
        token=own_gateways.token(account, session=sender.ref, given=secrets.token),
        sender_ref=sender.ref,
        account_ref=account.ref,
        app_secret=secrets.app_secrets[0] if secrets.app_secrets else "",
        verify_token=secrets.verify_token,
        config=account.config,
        allowed_networks=allowed_networks(account),
        webhook_url=webhook_url(account, secret=secrets.app_secrets[0] if secrets.app_secrets else ""),
    )
    return account.kind, reach, account.version


def not_connected(business_id: int, phone: str) -> Sender | None:
    """The number of the list that has no provider yet; None where there is none.

    :param phone: ``+`` and E.164 digits.
    """
    return Sender.objects.filter(
        business_id=business_id, phone=phone, state=SenderState.NOT_CONNECTED
    ).first()


def paused_automatically(business_id: int | None = None) -> QuerySet[Sender]:
    """Senders that auto-pause took out of work, of one business or of all, oldest first. Not what a person switched off.

    Those in the state ``stopped`` or ``not_connected`` (paused in the system before), or on a stopped account, cannot send and
    should only be listed by a repair.
    """
    states = (SenderState.PAUSED, SenderState.STOPPED, SenderState.NOT_CONNECTED)
    found = Sender.objects.filter(paused_by="auto", state__in=states, is_active=True)
    if business_id is not None:
        found = found.filter(business_id=business_id)
    return found.select_related("provider_account").order_by("pk")


@dataclass(frozen=True, slots=True)
class Effective:
    """Whether a number sends, and what holds it, whatever that is.

    :ivar state: a value of :class:`SenderState`; a number of a stopped provider account is ``stopped``.
    :ivar reason: wording code of what holds it; "" where nothing does.
    :ivar by_account: it is the provider account that cannot send, so all its numbers.
    """

    state: str
    reason: str
    by_account: bool = False


def effective(sender: Sender) -> Effective:
    """The state that counts: what the number says of itself, unless its provider account is stopped and stops all its
    numbers."""
    account = sender.provider_account
    if account is None or sender.state in (SenderState.NOT_CONNECTED, SenderState.STOPPED):
        return Effective(str(sender.state), sender.state_reason)
    if account.state != AccountState.OK:
        return Effective(SenderState.STOPPED.value, account.state_reason, by_account=True)
    return Effective(str(sender.state), sender.state_reason)


def with_effective_state(senders: QuerySet[Sender]) -> QuerySet[Sender]:
    """The same numbers with ``effective`` (the state that counts, as :func:`effective` says it) and ``risk``: an integer that
    is larger the more a number needs a person."""
    stopped = Q(provider_account__state=AccountState.STOPPED) & ~Q(state=SenderState.NOT_CONNECTED)
    whens = [
        When(effective=SenderState.STOPPED, then=Value(60)),
        When(effective=SenderState.RESTING, then=Value(50)),
        When(health__quality="RED", then=Value(45)),
        When(effective=SenderState.PAUSED, then=Value(40)),
        When(health__quality="YELLOW", then=Value(30)),
        When(use_limits=False, then=Value(25)),
        When(effective=SenderState.READY, then=Value(20)),
    ]
    return senders.annotate(
        effective=Case(When(stopped, then=Value(SenderState.STOPPED.value)), default=F("state"))
    ).annotate(risk=Case(*whens, default=Value(10), output_field=IntegerField()))


def rests_until(sender: Sender) -> datetime | None:
    """When a number that rests comes back by itself. None for every other, also where a rest waits behind its pause."""
    return sender.rest_until if sender.state == SenderState.RESTING else None


def can_work(sender: Sender) -> bool:
    """Whether a sender that is not paused could send: it is connected, not stopped, and its provider account works."""
    account = sender.provider_account
    return account is not None and account.state == AccountState.OK and sender.state != SenderState.STOPPED
