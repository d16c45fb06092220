"""The token of a gateway that `qafila up` runs on this machine: it lies in the data folder, nobody has to copy it."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from qafila.senders.models import ProviderAccount
from qafila.senders.outgoing import is_our_own


def token(account: ProviderAccount) -> str:
    """The token of our own gateway for an account that leads to it and has none of its own; "" otherwise.

    Only this machine's gateway at its own port is told it, whatever address a person writes into an account.
    """
    if not is_our_own(account.kind, account.base_url):
        return ""
    path = Path(settings.ENV.data) / "gateways" / account.kind / "token"
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:  # it was never started
        return ""
