"""How a sender is reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Credentials:
    """How to reach one sender over its provider account. Values are secrets: never logged, ``repr`` shows none.

    :ivar base_url: e.g. ``https://graph.facebook.com/v23.0`` (no trailing slash).
    :ivar sender_ref: the vendor's id of the number (Cloud API: phone number id).
    :ivar account_ref: the vendor's id of the account (Cloud API: WhatsApp business account id).
    :ivar config: what else the kind needs to know of this account (``providers.account_fields``).
    :ivar allowed_networks: CIDRs that calls of this account may go to although they are not public.
    :ivar webhook_url: where webhooks of this account come to, secret path included; "" where it does not matter.
    """

    base_url: str
    token: str = field(repr=False)
    sender_ref: str
    account_ref: str = ""
    app_secret: str = field(default="", repr=False)
    verify_token: str = field(default="", repr=False)
    config: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)
    allowed_networks: tuple[str, ...] = ()
    webhook_url: str = field(default="", repr=False)
