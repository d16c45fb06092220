"""Meta's check of a webhook address before it sends anything there."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence


def challenge(query: Mapping[str, str], verify_tokens: Sequence[str]) -> str | None:
    """The text to answer with status 200, or None: answer 403.

    :param query: ``hub.mode``, ``hub.verify_token`` and ``hub.challenge`` of Meta's GET.
    """
    given = query.get("hub.verify_token", "").encode()
    known = False
    for token in verify_tokens:
        known |= bool(token) and hmac.compare_digest(token.encode(), given)
    return query.get("hub.challenge", "") if known and query.get("hub.mode") == "subscribe" else None
