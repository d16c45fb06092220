"""Reads: templates, and what the provider says of numbers and accounts."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db.models import Q, QuerySet

from qafila.providers.interface import Credentials
from qafila.senders.models import (
    AccountHealth,
    MessageTemplate,
    ProviderAccount,
    Sender,
    SenderHealth,
    SenderState,
)
from qafila.senders.outgoing import allowed_networks
from qafila.senders.rules import template_states
from qafila.senders.secrets import open_


def templates_of(account_id: int) -> QuerySet[MessageTemplate]:
    """The templates of an account that the provider still has, by name and language."""
    found = MessageTemplate.objects.filter(provider_account_id=account_id)
    return found.exclude(status=template_states.DELETED).order_by("name", "language")


def template_named(*, account_id: int, name: str, language: str) -> MessageTemplate | None:
    """A template as it was last read or told; None where it is not known here."""
    return MessageTemplate.objects.filter(
        provider_account_id=account_id, name=name, language=language
    ).first()


class TemplateRefusal(NamedTuple):
    """Why a template may not be used: the wording code, and the provider's own words ("" where it gave none)."""

    code: str
    why: str


def template_refusal(*, account_id: int, name: str, language: str) -> TemplateRefusal | None:
    """None: the template may be used, or it is not known here (the provider decides)."""
    row = MessageTemplate.objects.filter(
        provider_account_id=account_id, name=name, language=language, can_send=False
    ).first()
    return TemplateRefusal(template_states.code_of(row.status), row.reason) if row else None


def health_of(sender: Sender) -> SenderHealth | None:
    """What the provider says of a number; None: it was never read."""
    return SenderHealth.objects.filter(sender=sender).first()


def account_health_of(account: ProviderAccount) -> AccountHealth | None:
    """The same for a provider account."""
    return AccountHealth.objects.filter(provider_account=account).first()


def account_credentials(account_id: int) -> tuple[str, Credentials]:
    """(kind of provider, how to reach the account). Its ``sender_ref`` is empty.

    :raises ProviderAccount.DoesNotExist: no such account. :raises CryptoError: the secrets cannot be opened.
    """
    account = ProviderAccount.objects.get(pk=account_id)
    secrets = open_(account)
    return account.kind, Credentials(
        base_url=account.base_url,
        token=secrets.token,
        sender_ref="",
        account_ref=account.ref,
        app_secret=secrets.app_secrets[0] if secrets.app_secrets else "",
        verify_token=secrets.verify_token,
        config=account.config,
        allowed_networks=allowed_networks(account),
    )


def numbers_due(*, kinds: list[str], now: datetime, limit: int) -> list[int]:
    """Ids of senders whose health is to be read, those never read first."""
    due = Q(health=None) | Q(health__due_at=None) | Q(health__due_at__lte=now)
    found = Sender.objects.filter(due, provider_account__kind__in=kinds).exclude(ref="")
    found = found.exclude(state=SenderState.NOT_CONNECTED)
    return list(found.order_by("health__due_at", "pk").values_list("pk", flat=True)[:limit])


def accounts_due(*, kinds: list[str], now: datetime, limit: int) -> list[int]:
    """Ids of provider accounts that are to be read."""
    due = Q(health=None) | Q(health__due_at=None) | Q(health__due_at__lte=now)
    found = ProviderAccount.objects.filter(due, kind__in=kinds).exclude(ref="")
    return list(found.order_by("health__due_at", "pk").values_list("pk", flat=True)[:limit])


def templates_due(*, kinds: list[str], now: datetime, limit: int) -> list[int]:
    """Ids of provider accounts whose templates are to be read."""
    due = Q(health=None) | Q(health__templates_due_at=None) | Q(health__templates_due_at__lte=now)
    found = ProviderAccount.objects.filter(due, kind__in=kinds).exclude(ref="")
    return list(found.order_by("health__templates_due_at", "pk").values_list("pk", flat=True)[:limit])
