"""A person logs a number out of its gateway."""

from __future__ import annotations

from datetime import datetime

from asgiref.sync import async_to_sync

from qafila.businesses.actor import Actor
from qafila.businesses.refusals import Clash, Refused
from qafila.kit.crypto import CryptoError
from qafila.providers import doors, registry
from qafila.providers.interface import ProviderError
from qafila.providers.management import Pairing
from qafila.senders import queries
from qafila.senders.actions.unlinking import note_unlinked
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
    account = sender.provider_account
    provider = registry.get(account.kind) if account is not None else None
    if account is None or not isinstance(provider, Pairing):
        raise Clash("link_not_possible", "No phone is linked to this number. It is connected in another way.")
    try:
        _log_out(sender, provider)
    except ProviderError as exc:
        raise Clash(
            "log_out_failed",
            "The gateway did not log the phone out. Nothing was changed.",
            reason=f"{account.kind}.{exc.code}",
        ) from exc
    except CryptoError as exc:
        raise Refused("secrets_unreadable", "The secrets of this account cannot be opened.") from exc
    note_unlinked(sender=sender, actor=actor, now=now)


def _log_out(sender: Sender, provider: Pairing) -> None:
    _, to, _ = queries.credentials(sender.pk)

    async def errand() -> None:
        try:
            await provider.log_out(to)
        finally:
            await doors.close_all()

    async_to_sync(errand)()
