"""Gateways that `qafila up` runs on this machine: one process for every business of the installation.

Its token lies in the data folder, nobody has to copy it, and it opens every session of the gateway. So what ties a session
to a business is its name: it begins with a mark of the account, which nobody can choose.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from django.conf import settings

from qafila.businesses.refusals import Refused
from qafila.senders.models import ProviderAccount
from qafila.senders.outgoing import is_our_own

MARK_DIGITS: Final = 16
LONGEST_NAME: Final = 63
"""Characters of a session's name at a gateway, mark included."""


def mark(account: ProviderAccount) -> str:
    """What the names of this account's sessions begin with, and nobody else's: half of its random id."""
    return f"{account.public_id.hex[:MARK_DIGITS]}-"


def session_name(account: ProviderAccount, given: str) -> str:
    """What a session is called at the gateway: as it was given, behind the account's mark at a gateway of our own.

    :raises Refused: ``invalid_value``: it is too long with its mark.
    """
    if not given or not is_our_own(account.kind, account.base_url) or is_tied(account, given):
        return given
    name = mark(account) + given
    if len(name) > LONGEST_NAME:
        longest = LONGEST_NAME - MARK_DIGITS - 1
        raise Refused(
            "invalid_value",
            f"The name of the session is too long. Write at most {longest} characters.",
            field="session",
            allowed=f"A-Z a-z 0-9 - _, 1-{longest}",
        )
    return name


def is_tied(account: ProviderAccount, session: str) -> bool:
    """Whether a session of our own gateway is this account's."""
    return session.startswith(mark(account)) and len(session) > MARK_DIGITS + 1


def token(account: ProviderAccount, *, session: str, given: str) -> str:
    """The token with which an account may act for a session: ``given``, the account's own, or that of our own gateway.

    Only this machine's gateway at its own port is told ours, whatever address a person writes into an account. At a gateway of
    ours a session that is not the account's gets none at all: the address of an account can be changed after its number was named.
    """
    if not is_our_own(account.kind, account.base_url):
        return given
    if not is_tied(account, session):
        return ""
    return given or _ours(account.kind)


def _ours(kind: str) -> str:
    path = Path(settings.ENV.data) / "gateways" / kind / "token"
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:  # it was never started
        return ""
