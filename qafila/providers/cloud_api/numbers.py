"""Numbers and accounts: what Meta knows of them, whether messages go through, registering, where webhooks go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qafila.providers.cloud_api.graph import Graph
from qafila.providers.interface import Credentials, ProviderError, SenderStatus
from qafila.providers.management import AccountInfo, Health, HealthEntity, NumberInfo
from qafila.providers.reading import member, words

NUMBER_FIELDS = (
    "id,display_phone_number,verified_name,quality_rating,status,code_verification_status,name_status,account_mode,"
    "platform_type,throughput,whatsapp_business_manager_messaging_limit,health_status,is_official_business_account,"
    "is_pin_enabled,webhook_configuration"
)
ACCOUNT_FIELDS = "id,name,account_review_status,status,health_status"
LIMITS: Mapping[str, int | None] = {
    "TIER_50": 50,
    "TIER_250": 250,
    "TIER_1K": 1_000,
    "TIER_2K": 2_000,
    "TIER_10K": 10_000,
    "TIER_100K": 100_000,
    "TIER_UNLIMITED": None,
}
"""People with whom a portfolio may begin in 24 hours, by Meta's word for it; None: without limit."""

# Numbers in these states cannot send, whatever their health says.
_CANNOT_SEND = frozenset(
    {"BANNED", "DELETED", "DISCONNECTED", "MIGRATED", "OFFLINE", "PENDING", "UNVERIFIED"}
)
_HEALTH = {"AVAILABLE": True, "LIMITED": True, "BLOCKED": False}


class Numbers(Graph):
    """The part of the provider that is about numbers and accounts."""

    async def status(self, to: Credentials) -> SenderStatus:
        """State, quality and limits of the number. Raises :class:`ProviderError`."""
        found = await self._node(to, to.sender_ref, NUMBER_FIELDS)
        info = number(found)
        return SenderStatus(
            can_send=can_send(info),
            state=info.status or info.health.can_send,
            quality=info.quality,
            limit=info.limit_tier,
            throughput=info.throughput,
            raw=found,
        )

    async def number_info(self, to: Credentials, ref: str = "") -> NumberInfo:
        """Everything about one number. Raises :class:`ProviderError`."""
        return number(await self._node(to, ref or to.sender_ref, NUMBER_FIELDS))

    async def list_numbers(self, to: Credentials) -> list[NumberInfo]:
        """The account's numbers; without their health, which Meta tells for one at a time."""
        fields = NUMBER_FIELDS.replace(",health_status", "")
        query = {"fields": fields, "limit": "100"}
        return [number(row) async for row in self._pages(to, to.account_ref, "phone_numbers", query=query)]

    async def account_info(self, to: Credentials) -> AccountInfo:
        """The account, and the portfolio that owns it where the token may see it. Raises :class:`ProviderError`."""
        found = await self._node(to, to.account_ref, ACCOUNT_FIELDS)
        return AccountInfo(
            ref=words(found.get("id")),
            name=words(found.get("name")),
            status=words(found.get("status")),
            review=words(found.get("account_review_status")),
            owner_ref=await self._owner(to),
            health=health(found.get("health_status")),
        )

    async def _owner(self, to: Credentials) -> str:
        """Meta refuses the whole question where the token may not see the owner, so it is asked alone."""
        try:
            found = await self._node(to, to.account_ref, "owner_business_info")
        except ProviderError:
            return ""
        return words(member(found, "owner_business_info", "id"))

    async def register(self, to: Credentials, *, pin: str) -> None:
        """Registers the number for this API; ``pin``: six digits, its two-step PIN from now on or as it is."""
        body = {"messaging_product": "whatsapp", "pin": pin}
        await self._confirmed(to, to.sender_ref, "register", body=body, hide=(pin,))

    async def deregister(self, to: Credentials) -> None:
        """Takes the number off this API; it can send no more until it is registered again."""
        await self._confirmed(to, to.sender_ref, "deregister", body={"messaging_product": "whatsapp"})

    async def request_code(self, to: Credentials, *, by: str = "SMS", language: str = "en_US") -> None:
        """Asks for the code that proves that the number is ours. ``by``: ``SMS`` or ``VOICE``."""
        await self._confirmed(
            to, to.sender_ref, "request_code", body={"code_method": by, "language": language}
        )

    async def verify_code(self, to: Credentials, *, code: str) -> None:
        """Gives that code back."""
        await self._confirmed(to, to.sender_ref, "verify_code", body={"code": code}, hide=(code,))

    async def subscribe(self, to: Credentials, *, callback_url: str = "", verify_token: str = "") -> None:
        """Has the account's webhooks sent to our app, or to an address of their own (Meta checks it at once)."""
        body: dict[str, str] = {}
        if callback_url:
            body = {"override_callback_uri": callback_url, "verify_token": verify_token or to.verify_token}
        await self._confirmed(to, to.account_ref, "subscribed_apps", body=body, hide=(verify_token,))

    async def unsubscribe(self, to: Credentials) -> None:
        """No more webhooks of the account to our app."""
        await self._delete(to, to.account_ref, "subscribed_apps")

    async def subscriptions(self, to: Credentials) -> list[str]:
        """The ids of the apps that get the account's webhooks."""
        rows = self._pages(to, to.account_ref, "subscribed_apps", query={})
        return [words(member(row, "whatsapp_business_api_data", "id")) async for row in rows]

    async def set_number_webhook(self, to: Credentials, *, callback_url: str, verify_token: str = "") -> None:
        """Where this number's webhooks go, apart from the account's others; an empty address takes that back."""
        chosen = {"override_callback_uri": callback_url}
        if callback_url:
            chosen["verify_token"] = verify_token or to.verify_token
        await self._confirmed(to, to.sender_ref, body={"webhook_configuration": chosen}, hide=(verify_token,))


def number(found: Mapping[str, Any]) -> NumberInfo:
    """A number out of Meta's object, which may lack anything."""
    tier = words(found.get("whatsapp_business_manager_messaging_limit"))
    pin, webhook = found.get("is_pin_enabled"), found.get("webhook_configuration")
    return NumberInfo(
        ref=words(found.get("id")),
        display_phone=words(found.get("display_phone_number")),
        verified_name=words(found.get("verified_name")),
        status=words(found.get("status")),
        quality=words(found.get("quality_rating")) or words(member(found, "quality_score", "score")),
        throughput=words(member(found, "throughput", "level")),
        limit_tier=tier,
        limit=LIMITS.get(tier),
        limit_known=tier in LIMITS,
        name_status=words(found.get("name_status")),
        code_verification=words(found.get("code_verification_status")),
        account_mode=words(found.get("account_mode")),
        platform=words(found.get("platform_type")),
        official=found.get("is_official_business_account") is True,
        pin_enabled=pin if isinstance(pin, bool) else None,
        health=health(found.get("health_status")),
        webhook=webhook if isinstance(webhook, dict) else {},
    )


def can_send(info: NumberInfo) -> bool | None:
    """Whether the number can send, by its state and the health of all that stands above it; None: Meta does not say."""
    if info.status in _CANNOT_SEND:
        return False
    if info.health.can_send in _HEALTH:
        return _HEALTH[info.health.can_send]
    return True if info.status == "CONNECTED" else None


def health(found: Any) -> Health:
    """The health of a chain out of Meta's ``health_status``."""
    entities = member(found, "entities")
    return Health(
        can_send=words(member(found, "can_send_message")),
        entities=[
            HealthEntity(
                kind=words(one.get("entity_type")),
                ref=words(one.get("id")),
                can_send=words(one.get("can_send_message")),
                reasons=[*_errors(one.get("errors")), *_infos(one.get("additional_info"))],
            )
            for one in (entities if isinstance(entities, list) else [])
            if isinstance(one, dict)
        ],
    )


def _errors(listed: Any) -> list[str]:
    found = []
    for one in listed if isinstance(listed, list) else []:
        parts = (
            member(one, "error_code"),
            member(one, "error_description"),
            member(one, "possible_solution"),
        )
        text = " ".join(str(part) for part in parts if isinstance(part, str | int))
        if text:
            found.append(text[:300])
    return found


def _infos(listed: Any) -> list[str]:
    return [one[:300] for one in (listed if isinstance(listed, list) else []) if isinstance(one, str)]
