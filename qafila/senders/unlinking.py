"""A person logs a number out of its gateway."""

from __future__ import annotations

from datetime import datetime

from qafila.businesses.actor import Actor
from qafila.businesses.refusals import Clash, Refused
from qafila.kit.crypto import CryptoError
from qafila.providers.interface import ProviderError
from qafila.senders.actions.unlinking import note_unlinked
from qafila.senders.linking import at_gateway, pairing_of
from qafila.senders.models import Sender


def log_out(*, sender: Sender, actor: Actor, now: datetime) -> None:
    """Unlinks the phone at the gateway. Nothing is sent from the number or received by it then, until a phone is linked again;
    what waits for it waits. Again has no effect.

    The gateway goes first: where it does not do it, nothing is changed here either.

    :raises NotFound: another business. :raises NotAllowed: ``accounts:write`` is missing.
    :raises Clash: ``link_not_possible``: its provider links no phones; ``log_out_failed``: the gateway did not do it.
    :raises Refused: ``secrets_unreadable``.
    """
    actor.must("accounts:write", business_id=sender.business_id, what="sender")
    provider = pairing_of(sender)
    assert sender.provider_account is not None  # noqa: S101 - it has a provider
    try:
        at_gateway(sender, provider.log_out)
    except ProviderError as exc:
        raise Clash(
            "log_out_failed",
            "The gateway did not log the phone out. Nothing was changed.",
            reason=f"{sender.provider_account.kind}.{exc.code}",
        ) from exc
    except CryptoError as exc:
        raise Refused("secrets_unreadable", "The secrets of this account cannot be opened.") from exc
    note_unlinked(sender=sender, actor=actor, now=now)
