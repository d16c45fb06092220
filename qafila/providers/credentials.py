"""How a sender is reached."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Credentials:
    """How to reach one sender over its provider account. Values are secrets: never logged, ``repr`` shows none.

    :ivar base_url: e.g. ``https://graph.facebook.com/v23.0`` (no trailing slash).
    :ivar sender_ref: the vendor's id of the number (Cloud API: phone number id).
    :ivar account_ref: the vendor's id of the account (Cloud API: WhatsApp business account id).
    """

    base_url: str
    token: str = field(repr=False)
    sender_ref: str
    account_ref: str = ""
    app_secret: str = field(default="", repr=False)
    verify_token: str = field(default="", repr=False)
