"""The providers that there are, as data. A new one is a folder and a row here."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from qafila.providers.account_fields import Field
from qafila.providers.account_fields import gettext_noop as _
from qafila.providers.baileys import Baileys
from qafila.providers.baileys.fields import FIELDS as BAILEYS
from qafila.providers.cloud_api import CloudApi
from qafila.providers.cloud_api.fields import FIELDS as CLOUD_API
from qafila.providers.evolution import Evolution
from qafila.providers.evolution.fields import FIELDS as EVOLUTION
from qafila.providers.http_gateway import HttpGateway
from qafila.providers.http_gateway.fields import FIELDS as HTTP_GATEWAY
from qafila.providers.interface import Configurable, Discreet, Provider
from qafila.providers.memory import MemoryProvider
from qafila.providers.waha import Waha
from qafila.providers.waha.fields import FIELDS as WAHA
from qafila.providers.wppconnect import WppConnect
from qafila.providers.wppconnect.fields import FIELDS as WPPCONNECT


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of provider.

    :ivar title: the vendor's name as people know it; the same in every language.
    :ivar make: makes the provider, without connecting to anything.
    :ivar fields: what a person fills in for an account of it, in this order.
    :ivar proof: what it was tried against, for the table in ``docs/providers.md``.
    :ivar about: one sentence for whoever chooses, in English, to be translated where it is shown.
    :ivar found: how a number without WhatsApp is found, for that table.
    :ivar licence: what of its licences one should know before choosing it, likewise; "" where only its owner can say.
    :ivar local_port: the setting that holds the port of a server that we start ourselves on this machine; "" for others.
        Only at that port may an account of this kind reach this machine itself.
    """

    title: str
    make: Callable[[], Provider]
    fields: tuple[Field, ...] = ()
    proof: str = ""
    about: str = ""
    found: str = "not found"
    licence: str = ""
    local_port: str = ""


KINDS: dict[str, Kind] = {
    "cloud_api": Kind(
        "WhatsApp Cloud API",
        CloudApi,
        CLOUD_API,
        proof="The sandbox, Meta's published description and independent clients. Not Meta itself.",
        found="by its receipt",
    ),
    "baileys": Kind(
        "Baileys gateway",
        Baileys,
        BAILEYS,
        proof="Our own gateway; the real library against a mock of WhatsApp's server. Not with a linked phone.",
        about=_("Our own gateway on this machine. Free, and nothing else to install but Node."),
        found="asked before the first message",
        licence=_(
            "It brings libsignal, which is under the GPL-3.0. It runs as a process of its own, so Qafila stays under its own "
            "licence; who passes the gateway on must keep to the GPL."
        ),
        local_port="baileys_port",
    ),
    "wppconnect": Kind(
        "WPPConnect Server",
        WppConnect,
        WPPCONNECT,
        proof="Answers recorded from version 2.10.4. Not with a linked phone.",
        about=_("A WPPConnect server that you run, or that Qafila starts for you."),
        found="by the server at each message",
        licence=_(
            "The server is under the Apache License 2.0, the library in it under the LGPL-3.0. You install it yourself; Qafila only "
            "speaks HTTP with it."
        ),
        local_port="wppconnect_port",
    ),
    "evolution": Kind(
        "Evolution API",
        Evolution,
        EVOLUTION,
        proof="Its documents and source (2.3). Not run live.",
        about=_("An Evolution API server that you run."),
        found="by the server at each message",
        licence=_(
            "It contains Baileys, and so perhaps libsignal, which is under the GPL-3.0; it also has conditions of its own. You run it "
            "yourself; Qafila only speaks HTTP with it."
        ),
    ),
    "waha": Kind(
        "WAHA",
        Waha,
        WAHA,
        proof="Its documents (2026.7). Not run live.",
        about=_("A WAHA server that you run."),
        licence=_(
            "Its engine NOWEB contains Baileys, and so perhaps libsignal, which is under the GPL-3.0; other engines have licences of "
            "their own. You run it yourself; Qafila only speaks HTTP with it."
        ),
    ),
    "http_gateway": Kind(
        "HTTP gateway",
        HttpGateway,
        HTTP_GATEWAY,
        proof="A gateway of our own in the tests. Each real one is tried with the tester.",
        about=_("Any gateway that sends a message by one HTTP request, for example Zentra."),
        found="by a rule in `send.errors`",
    ),
    "memory": Kind("Memory (rehearsal)", MemoryProvider, proof="Inside the program; sends nothing."),
}


class UnknownKind(LookupError):
    """No provider has this kind."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"There is no provider of the kind {kind!r}; known are {', '.join(sorted(KINDS))}.")
        self.kind = kind


@functools.cache
def get(kind: str) -> Provider:
    """The process's provider of a kind. Raises :class:`UnknownKind`."""
    if kind not in KINDS:
        raise UnknownKind(kind)
    return KINDS[kind].make()


def configured(kind: str, config: Mapping[str, Any]) -> Provider:
    """The provider of a kind as one account has it set up. Raises :class:`UnknownKind`."""
    found = get(kind)
    return cast(Configurable, found).configured(config) if _is_configurable(type(found)) else found


@functools.cache
def _is_configurable(provider: type) -> bool:
    """Remembered: looking through a protocol takes as long as checking a signature, and this is asked of every webhook."""
    return issubclass(provider, Configurable)


@functools.cache
def storable(kind: str) -> Callable[[bytes], bytes] | None:
    """What takes secrets out of a kind's webhooks before they are stored; None where there are none."""
    found = get(kind)
    return found.storable if isinstance(found, Discreet) else None
