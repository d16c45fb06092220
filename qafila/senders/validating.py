"""Is this number really ours? The provider accounts of the business are asked which numbers they have."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from asgiref.sync import async_to_sync

from qafila.kit.crypto import CryptoError
from qafila.kit.phones import Phone, normalise
from qafila.providers import registry
from qafila.providers.interface import Credentials, ProviderError
from qafila.providers.management import NumberBook, NumberInfo
from qafila.senders.models import ProviderAccount, Sender
from qafila.senders.queries import accounts_for_business
from qafila.senders.template_queries import account_credentials

MOST_ACCOUNTS: Final = 20
_VERIFIED: Final = "VERIFIED"
_CONNECTED: Final = "CONNECTED"


class Verdict(enum.StrEnum):
    """What came of the question."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    """A provider account has it, and its verification there is not finished."""
    NOT_OURS = "not_ours"
    """Every account answered, and none has it."""
    UNKNOWN = "unknown"
    """Nobody could be asked, or not everybody answered."""


@dataclass(frozen=True, slots=True)
class Validation:
    """The answer.

    :ivar code: wording code of the sentence for it; :attr:`reason` fills its ``{reason}``.
    :ivar account: the provider account that has the number.
    """

    verdict: Verdict
    code: str
    info: NumberInfo | None = None
    account: ProviderAccount | None = None
    reason: str = ""


def validate(sender: Sender) -> Validation:
    """Asks the number's own provider account, or every one of the business where it has none. Each is asked once; nothing
    is written down."""
    accounts = _whom(sender)
    if not accounts:
        return Validation(Verdict.UNKNOWN, "number_not_checked")
    trouble = ""
    for account in accounts:
        try:
            listed = _numbers(account)
        except ProviderError as exc:
            trouble = f"{account.kind}.{exc.code}"
            continue
        except CryptoError:
            trouble = "secrets_unreadable"
            continue
        if (info := _find(sender.phone, listed)) is not None:
            good = info.code_verification == _VERIFIED or info.status == _CONNECTED
            verdict = Verdict.VERIFIED if good else Verdict.UNVERIFIED
            code = "number_validated" if good else "number_known_unverified"
            return Validation(verdict, code, info, account)
    if trouble:
        return Validation(Verdict.UNKNOWN, "number_provider_silent", reason=trouble)
    return Validation(Verdict.NOT_OURS, "number_not_ours")


def _whom(sender: Sender) -> list[ProviderAccount]:
    own = sender.provider_account
    accounts = [own] if own is not None else list(accounts_for_business(sender.business_id))
    return [one for one in accounts if isinstance(registry.get(one.kind), NumberBook)][:MOST_ACCOUNTS]


def _numbers(account: ProviderAccount) -> Sequence[NumberInfo]:
    kind, reach = account_credentials(account.pk)
    book = registry.get(kind)
    if not isinstance(book, NumberBook):
        return []
    return async_to_sync(_ask)(book, reach)


async def _ask(book: NumberBook, reach: Credentials) -> list[NumberInfo]:
    return await book.list_numbers(reach)


def _find(phone: str, listed: Sequence[NumberInfo]) -> NumberInfo | None:
    for info in listed:
        number = normalise(info.display_phone, None)
        if isinstance(number, Phone) and number.e164 == phone:
            return info
    return None
