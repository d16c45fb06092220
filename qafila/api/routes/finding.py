"""From ids in an address, a query or a body to the things they name; another business's are not there."""

from __future__ import annotations

from django.http import HttpRequest

from qafila.api.call import actor_of, call_of
from qafila.api.refusals import ApiRefusal
from qafila.businesses.refusals import NotFound
from qafila.campaigns import queries as campaigns
from qafila.campaigns.queries import Contract
from qafila.ledger import queries as ledger
from qafila.ledger.queries import MessageRow
from qafila.providers import registry
from qafila.senders import queries as senders
from qafila.senders.models import Sender

LONGEST_ROW_ID = 18
"""Digits: more do not fit into a row id."""


def contract_of(request: HttpRequest, contract_id: str) -> Contract:
    """The contract of this id. Raises :class:`NotFound`."""
    business_id = actor_of(request).business.pk
    found = campaigns.contract(business_id, contract_id, now=call_of(request).now)
    if found is None:
        raise NotFound("contract")
    return found


def account_of(request: HttpRequest, account_id: str) -> Sender:
    """The account of this id in an address. Raises :class:`NotFound`."""
    found = senders.by_public_id(actor_of(request).business.pk, account_id)
    if found is None:
        raise NotFound("account")
    return found


def named_account(request: HttpRequest, account_id: str) -> Sender:
    """The account that a field ``accountId`` names. Raises 404 ``account_not_found``."""
    found = senders.by_public_id(actor_of(request).business.pk, account_id)
    if found is None:
        raise ApiRefusal(404, "account_not_found", field="accountId")
    return found


def message_of(request: HttpRequest, message_id: str) -> MessageRow:
    """The message of this id. Raises :class:`NotFound`."""
    row_id = row_id_of(message_id)
    found = ledger.message(actor_of(request).business.pk, row_id) if row_id is not None else None
    if found is None:
        raise NotFound("message")
    return found


def row_id_of(text: str) -> int | None:
    """The row id in a message id; None for anything that is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_ROW_ID else None


def place_of(after: str | None) -> int:
    """The row id that a list goes on after; 0 to begin. Raises 422 ``invalid_cursor``."""
    if after is None:
        return 0
    place = row_id_of(after)
    if place is None:
        raise ApiRefusal(422, "invalid_cursor", field="after")
    return place


def is_official(sender: Sender) -> bool | None:
    """Whether its provider is the vendor's own API; None: not connected."""
    account = sender.provider_account
    return registry.get(account.kind).capabilities.official if account else None
