"""Which failures are worth another attempt by hand."""

from __future__ import annotations

from qafila.providers.cloud_api.codes import meaning
from qafila.providers.interface import Failure


def is_worth_retrying(reason: str) -> bool:
    """Whether a failed message may succeed in a new attempt once what was wrong is put right.

    A person who cannot be reached (no WhatsApp, window shut) is not: the same answer would come again. What a person
    settled as failed, and codes that nobody knows, are.

    :param reason: a wording code, ``cloud_api.131026``.
    """
    _, _, code = reason.partition(".")
    if not (code.isascii() and code.isdigit() and len(code) < 10):
        return True
    found = meaning(int(code))
    return found is None or found.failure is not Failure.RECIPIENT
