"""Linking a phone through its gateway: one call each, and what it says is written down. Codes pass through, unstored."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from asgiref.sync import async_to_sync

from qafila.businesses.actor import Actor
from qafila.businesses.refusals import Clash, Refused
from qafila.kit.crypto import CryptoError
from qafila.providers import doors, registry
from qafila.providers.credentials import Credentials
from qafila.providers.interface import ProviderError
from qafila.providers.management import Pairing, PairingState
from qafila.senders import queries
from qafila.senders.actions.links import begin_link, end_link, note_link
from qafila.senders.models import LinkState, PhoneLink, Sender
from qafila.senders.rules.link_patience import MOST_CODES, seconds_left

_Call = Callable[[Credentials], Awaitable[PairingState | None]]


@dataclass(frozen=True, slots=True)
class Sight:
    """What there is to see of an attempt.

    :ivar link: its row; None: none was begun. :ivar shown: what the gateway shows now; its codes are secrets.
    :ivar seconds_left: how long the code is probably good for. :ivar tries_left: how many more codes there may be.
    :ivar trouble: a wording code: the gateway could not be asked this time.
    """

    link: PhoneLink | None
    shown: PairingState
    seconds_left: int = 0
    tries_left: int = MOST_CODES
    trouble: str = ""

    @property
    def is_running(self) -> bool:
        """Whether it is still worth looking again."""
        return self.link is not None and self.link.state == LinkState.RUNNING


_NOTHING = PairingState("closed")


def can_link(sender: Sender) -> bool:
    """Whether its provider links phones."""
    account = sender.provider_account
    return account is not None and isinstance(registry.get(account.kind), Pairing)


def start(*, sender: Sender, actor: Actor, now: datetime) -> Sight:
    """Begins to link the phone of a number.

    :raises NotFound, NotAllowed: as ``begin_link``. :raises Clash: ``link_not_possible``: its provider links no phones.
    """
    provider = _provider(sender)
    begin_link(sender=sender, actor=actor, now=now)
    return _ask(sender, lambda to: provider.start(to, webhook_url=to.webhook_url), now)


def look(*, sender: Sender, now: datetime) -> Sight:
    """How far it has come. What is over is not asked for again, so it never goes round."""
    link = PhoneLink.objects.filter(sender=sender).first()
    if link is None or link.state != LinkState.RUNNING:
        return Sight(link, _NOTHING, tries_left=0)
    return _ask(sender, _provider(sender).pairing_state, now)


def use_code(*, sender: Sender, actor: Actor, now: datetime) -> Sight:
    """A code to type into the phone, instead of the QR code. :raises: as :func:`start`."""
    provider = _provider(sender)
    begin_link(sender=sender, actor=actor, now=now)
    return _ask(sender, lambda to: provider.use_code(to, sender.phone.lstrip("+")), now)


def cancel(*, sender: Sender, actor: Actor, now: datetime) -> None:
    """Ends the attempt, also at the gateway, as far as it answers."""
    provider = _provider(sender)
    if end_link(sender=sender, reason="link_cancelled", actor=actor, now=now):
        _close(sender, provider)


def _provider(sender: Sender) -> Pairing:
    account = sender.provider_account
    provider = registry.get(account.kind) if account is not None else None
    if not isinstance(provider, Pairing):
        raise Clash("link_not_possible", "No phone is linked to this number. It is connected in another way.")
    return provider


def _ask(sender: Sender, call: _Call, now: datetime) -> Sight:
    account = sender.provider_account
    kind = account.kind if account is not None else "provider"
    try:
        shown = _run(sender, call)
    except ProviderError as exc:
        link = note_link(sender_id=sender.pk, state=PairingState("starting"), now=now)
        return Sight(link, PairingState("starting"), trouble=f"{kind}.{exc.code}")
    except CryptoError as exc:
        raise Refused("secrets_unreadable", "The secrets of this account cannot be opened.") from exc
    link = note_link(sender_id=sender.pk, state=shown, now=now)
    if link is None or link.state != LinkState.RUNNING:
        if link is not None and link.state == LinkState.ENDED:
            _close(sender, _provider(sender))
        return Sight(link, _NOTHING, tries_left=0)
    left = 0
    if shown.expires_at is not None:
        left = max(0, round((shown.expires_at - now).total_seconds()))
    elif link.code_at is not None:
        shown_for = (now - link.code_at).total_seconds()
        left = seconds_left(codes=link.codes, code_shown=shown_for, typed=shown.state == "code")
    return Sight(link, shown, seconds_left=left, tries_left=max(0, MOST_CODES - link.codes))


def _close(sender: Sender, provider: Pairing) -> None:
    """The gateway stops making codes. If it does not answer, they end there by themselves."""
    try:
        _run(sender, provider.log_out)
    except (ProviderError, CryptoError):
        return


def _run(sender: Sender, call: _Call) -> PairingState:
    _, to, _ = queries.credentials(sender.pk)

    async def errand() -> PairingState:
        try:
            return await call(to) or _NOTHING
        finally:
            await doors.close_all()

    return async_to_sync(errand)()
