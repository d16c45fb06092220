"""Linking a phone through its gateway, and what it says is written down. QR codes pass through, unstored; a code of letters is
kept, sealed, while it may be typed: a gateway says it once, and whoever looks again is to see it."""

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
from qafila.senders.actions.links import begin_link, drop_code, end_link, note_link, take_wish
from qafila.senders.link_codes import code_of
from qafila.senders.models import LinkState, PhoneLink, Sender
from qafila.senders.rules.link_patience import MOST_CODES, seconds_left

LATE = "link_letters_late"
"""Wording code: a code of letters was asked for too late."""
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
    """Begins to link the phone of a number; where codes are being shown, the gateway is to begin with its first one again.

    :raises NotFound, NotAllowed: as ``begin_link``. :raises Clash: ``link_not_possible``: its provider links no phones.
    """
    provider = pairing_of(sender)
    shown = PhoneLink.objects.filter(sender=sender, state=LinkState.RUNNING, codes__gt=0).exists()
    link = begin_link(sender=sender, actor=actor, now=now)
    said = _ask(sender, lambda to: provider.start(to, webhook_url=to.webhook_url, fresh=shown))
    return _noted(sender, link, said, now)


def look(*, sender: Sender, now: datetime) -> Sight:
    """How far it has come. What is over is not asked for again, so it never goes round.

    While a code of letters may be typed no QR code is asked for: WhatsApp would count it as one more try.
    """
    link = PhoneLink.objects.select_related("sender").filter(sender=sender).first()
    if link is None or link.state != LinkState.RUNNING:
        if link is not None and link.code_sealed:
            drop_code(link=link)
        return Sight(link, _NOTHING, tries_left=0)
    provider = pairing_of(sender)
    given = bool(code_of(link, now=now))
    said = _ask(sender, lambda to: provider.pairing_state(to, code_given=given))
    if said.shown.state == "qr" and link.code_wanted and take_wish(asked=link):
        letters = _ask(sender, lambda to: provider.use_code(to, _digits(sender)))
        said = letters if letters.shown.state == "code" else said
    return _noted(sender, link, said, now)


def use_code(*, sender: Sender, actor: Actor, now: datetime) -> Sight:
    """A code to type into the phone, instead of the QR code. :raises: as :func:`start`, and ``Clash`` (``link_letters_late``): this
    gateway would tell none any more, and the QR code that it shows would be lost; nothing was changed."""
    provider = pairing_of(sender)
    if letters_late(sender, PhoneLink.objects.filter(sender=sender).first()):
        raise Clash(
            LATE, "This gateway tells a code to type only if that is the first thing it is asked for."
        )
    link = begin_link(sender=sender, actor=actor, now=now)
    said = _ask(sender, lambda to: provider.use_code(to, _digits(sender)))
    return _noted(sender, link, said, now, code_wanted=True)


def letters_first(sender: Sender) -> bool:
    """Whether its gateway tells a code of letters only to who asks for it before a QR code."""
    account = sender.provider_account
    return account is not None and registry.get(account.kind).capabilities.letters_first


def letters_late(sender: Sender, link: PhoneLink | None) -> bool:
    """Whether an attempt runs at such a gateway that has no code of letters: it would tell none any more.

    :param sender: with its provider account. :param link: its attempt; None: there is none.
    """
    if link is None or link.state != LinkState.RUNNING or link.code_sealed or link.code_wanted:
        return False
    return letters_first(sender)


def cancel(*, sender: Sender, actor: Actor, now: datetime) -> None:
    """Ends the attempt, also at the gateway, as far as it answers. A phone that was linked before stays linked."""
    provider = pairing_of(sender)
    if end_link(sender=sender, reason="link_cancelled", actor=actor, now=now):
        _close(sender, provider)


def pairing_of(sender: Sender) -> Pairing:
    """The provider that links the number's phone. Raises ``Clash`` (``link_not_possible``) where it links none."""
    account = sender.provider_account
    provider = registry.get(account.kind) if account is not None else None
    if not isinstance(provider, Pairing):
        raise Clash("link_not_possible", "No phone is linked to this number. It is connected in another way.")
    return provider


def _digits(sender: Sender) -> str:
    return sender.phone.lstrip("+")


@dataclass(frozen=True, slots=True)
class _Said:
    """An answer; ``trouble``: a wording code, there was none."""

    shown: PairingState
    trouble: str = ""


def _ask(sender: Sender, call: _Call) -> _Said:
    account = sender.provider_account
    kind = account.kind if account is not None else "provider"
    try:
        return _Said(at_gateway(sender, call))
    except ProviderError as exc:
        return _Said(PairingState("starting"), f"{kind}.{exc.code}")
    except CryptoError as exc:
        raise Refused("secrets_unreadable", "The secrets of this account cannot be opened.") from exc


def _noted(
    sender: Sender, asked: PhoneLink, said: _Said, now: datetime, *, code_wanted: bool = False
) -> Sight:
    """Writes an answer down; what there is to see then, which may be a code that came in another way meanwhile."""
    link = note_link(asked=asked, state=said.shown, now=now, code_wanted=code_wanted and not said.trouble)
    if said.trouble:
        return _with_code(link, said, now)
    if link is None or link.state != LinkState.RUNNING:
        if link is not None and link.state == LinkState.ENDED:
            _close(sender, pairing_of(sender))
        return Sight(link, _NOTHING, tries_left=0)
    return _with_code(link, said, now)


def _with_code(link: PhoneLink | None, said: _Said, now: datetime) -> Sight:
    if link is None:
        return Sight(None, said.shown, trouble=said.trouble)
    shown = said.shown
    code = code_of(link, now=now)
    if code and (said.trouble or shown.state != "starting"):
        shown = PairingState("code", code=code, expires_at=link.code_until)
    left = 0
    if shown.expires_at is not None:
        left = max(0, round((shown.expires_at - now).total_seconds()))
    elif link.code_at is not None:
        shown_for = (now - link.code_at).total_seconds()
        left = seconds_left(codes=link.codes, code_shown=shown_for, typed=shown.state == "code")
    tries = max(0, MOST_CODES - link.codes)
    return Sight(link, shown, seconds_left=left, tries_left=tries, trouble=said.trouble)


def _close(sender: Sender, provider: Pairing) -> None:
    """The gateway stops making codes. If it does not answer, they end there by themselves."""
    shown = PhoneLink.objects.filter(sender=sender, codes__gt=0).exists()
    try:
        at_gateway(sender, lambda to: provider.abandon(to, code_shown=shown))
    except (ProviderError, CryptoError):
        return


def at_gateway(sender: Sender, call: _Call) -> PairingState:
    """Makes one call to the number's gateway. Raises :class:`ProviderError`, and ``CryptoError`` where its secrets cannot be
    opened."""
    _, to, _ = queries.credentials(sender.pk)

    async def errand() -> PairingState:
        try:
            return await call(to) or _NOTHING
        finally:
            await doors.close_all()

    return async_to_sync(errand)()
