"""The tester of HTTP gateways: one real message outside the books, with what was asked and what was answered."""

from __future__ import annotations

from datetime import datetime

from asgiref.sync import async_to_sync

from qafila.businesses.actions import record_audit
from qafila.businesses.actor import Actor
from qafila.businesses.refusals import Clash, Refused
from qafila.kit.crypto import CryptoError
from qafila.kit.phones import BadPhone, normalise
from qafila.providers import doors, registry
from qafila.providers.contents import Text
from qafila.providers.failures import ProviderError
from qafila.providers.http_gateway import HttpGateway, Trial
from qafila.providers.interface import Outgoing
from qafila.senders import queries
from qafila.senders.models import Sender


def try_out(*, sender: Sender, phone: str, text: str, actor: Actor, now: datetime) -> Trial:
    """Sends ``text`` to ``phone`` over the sender's gateway, a draft too. Secrets are masked in what comes back.

    :raises NotFound: another business. :raises NotAllowed: ``accounts:write`` is missing.
    :raises Clash: ``gateway_not_here``: no HTTP gateway. :raises Refused: ``phone.<reason>``, ``gateway_setup_bad``.
    """
    actor.must("accounts:write", business_id=sender.business_id, what="sender")
    account = sender.provider_account
    provider = registry.get(account.kind) if account is not None else None
    if not isinstance(provider, HttpGateway):
        raise Clash("gateway_not_here", "This number is not connected over an HTTP gateway.")
    number = normalise(phone, sender.business.default_country or None)
    if isinstance(number, BadPhone):
        raise Refused(number.wording, "This is no valid phone number. Write it with + and the country code.")
    try:
        _, to, _ = queries.credentials(sender.pk)
    except CryptoError as exc:
        raise Refused("secrets_unreadable", "The secrets of this account cannot be opened.") from exc
    record_audit(
        actor=actor,
        action="sender.gateway_tried",
        subject_kind="sender",
        subject_id=str(sender.public_id),
        now=now,
    )
    message = Outgoing(number.e164.lstrip("+"), Text(text), f"test-{int(now.timestamp())}")

    async def errand() -> Trial:
        try:
            return await provider.try_out(to, message)
        finally:
            await doors.close_all()

    try:
        return async_to_sync(errand)()
    except ProviderError as exc:
        raise Refused("gateway_setup_bad", exc.detail, why=exc.detail) from exc
