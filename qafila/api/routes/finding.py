"""From ids in an address, a query or a body to the things they name; another business's are not there."""

from __future__ import annotations

from django.http import HttpRequest

from qafila.api.call import actor_of, call_of
from qafila.api.refusals import ApiRefusal
from qafila.businesses import queries as businesses
from qafila.businesses.refusals import NotFound
from qafila.campaigns import queries as campaigns
from qafila.campaigns.queries import Contract
from qafila.ledger import queries as ledger
from qafila.ledger.queries import MessageRow
from qafila.providers import registry
from qafila.senders import direction_queries, package_queries
from qafila.senders import queries as senders
from qafila.senders.direction_models import Direction
from qafila.senders.models import Package, Sender

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


def package_of(request: HttpRequest, package_id: str) -> Package:
    """The package of this id in an address. Raises :class:`NotFound`."""
    found = package_queries.package(actor_of(request).business.pk, package_id)
    if found is None:
        raise NotFound("package")
    return found


def named_package(request: HttpRequest, package_id: str) -> Package:
    """The package that a field ``packageId`` names. Raises 404 ``package_not_found``."""
    found = package_queries.package(actor_of(request).business.pk, package_id)
    if found is None:
        raise ApiRefusal(404, "package_not_found", field="packageId")
    return found


def direction_of(request: HttpRequest, direction_id: str) -> Direction:
    """The direction of this id in an address. Raises :class:`NotFound`."""
    found = direction_queries.direction(actor_of(request).business.pk, direction_id)
    if found is None:
        raise NotFound("direction")
    return found


def named_direction(request: HttpRequest, direction_id: str) -> Direction:
    """The direction that a field ``directionId`` names. Raises 404 ``direction_not_found``."""
    found = direction_queries.direction(actor_of(request).business.pk, direction_id)
    if found is None:
        raise ApiRefusal(404, "direction_not_found", field="directionId")
    return found


def named_target(request: HttpRequest, account_id: str | None, package_id: str | None) -> Sender | Package:
    """What a body's ``accountId`` or ``packageId`` names.

    Raises 422 ``field_required`` for none, ``one_target_only`` for both; 404 for what is not there.
    """
    if account_id is not None and package_id is not None:
        raise ApiRefusal(422, "one_target_only", field="packageId")
    if account_id is not None:
        return named_account(request, account_id)
    if package_id is not None:
        return named_package(request, package_id)
    raise ApiRefusal(422, "field_required", field="accountId")


def named_account(request: HttpRequest, account_id: str) -> Sender:
    """The account that a field ``accountId`` names. Raises 404 ``account_not_found``."""
    found = senders.by_public_id(actor_of(request).business.pk, account_id)
    if found is None:
        raise ApiRefusal(404, "account_not_found", field="accountId")
    return found


def check_user_account(request: HttpRequest, given: str | None) -> None:
    """Whether ``userAccountId`` names the caller's own business, by its id here or by the one it had in a system before.

    Raises 400 ``user_account_required`` where nothing is given, 404 for any other.
    """
    if not given:
        raise ApiRefusal(400, "user_account_required", field="userAccountId")
    if not businesses.is_known_as(actor_of(request).business, given):
        raise ApiRefusal(404, "not_found", field="userAccountId")


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
