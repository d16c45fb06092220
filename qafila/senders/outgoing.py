"""Where calls of a provider account may go, and where its webhooks come to."""

from __future__ import annotations

import ipaddress
import secrets as randomness
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings

from qafila.businesses.refusals import Refused
from qafila.kit.http.networks import is_allowed, networks, why_not_public
from qafila.kit.processes import runfile
from qafila.providers import registry
from qafila.providers.management import Pairing
from qafila.senders.models import ProviderAccount

PRIVATE: Final = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
LOOPBACK: Final = ("127.0.0.0/8", "::1/128")
_ITSELF: Final = ("localhost",)


def allowed_networks(account: ProviderAccount) -> tuple[str, ...]:
    """The networks that are open for this account although they are not public.

    What the operator opened for all; private ones and this machine where an owner allowed it; this machine where a server
    that we start ourselves answers at its own port.
    """
    found: list[str] = list(getattr(settings.ENV, "outgoing_allowed_networks", ()))
    if account.allow_private_network:
        return (*found, *PRIVATE, *LOOPBACK)
    if is_our_own(account.kind, account.base_url):
        found += LOOPBACK
    return tuple(found)


def check_address(*, kind: str, base_url: str, allow_private_network: bool) -> None:
    """Says at once what the guarded door would say later, as far as the address itself shows it.

    :raises Refused: ``private_network``: it lies in a private network, or on this machine, and nobody allowed that.
    """
    if not registry.KINDS[kind].fields:
        return  # a rehearsal calls nobody
    host = urlsplit(base_url).hostname or ""
    literal = "127.0.0.1" if host in _ITSELF or host.endswith(".localhost") else host
    try:
        address = ipaddress.ip_address(literal)
    except ValueError:
        return  # a name: the door asks each time
    draft = ProviderAccount(kind=kind, base_url=base_url, allow_private_network=allow_private_network)
    if why_not_public(address) and not is_allowed(address, networks(allowed_networks(draft))):
        raise Refused(
            "private_network",
            "This address lies in a private network or on this machine. An owner may allow that for this account.",
            field="base_url",
        )


def clean_url(given: str) -> str | None:
    """An address that others are to build on, without a slash at its end; None for one with a key, a query or a fragment in it,
    and for what is no address of the web."""
    try:
        parts = urlsplit(given.strip())
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port or an address in brackets that is none
        return None
    if not good or parts.username is not None or "?" in given or "#" in given:
        return None
    return given.strip().rstrip("/")


def webhook_path(*, public_id: Any, kind: str, secret: str) -> str:
    """``/webhooks/<account>``, with the secret behind it where the vendor signs nothing."""
    needs_secret = registry.get(kind).capabilities.secret_path
    return f"/webhooks/{public_id}" + (f"/{secret}" if needs_secret and secret else "")


def webhook_url(account: ProviderAccount, *, secret: str) -> str:
    """The whole address that a gateway is told: where it sees us, which may be another place than people do."""
    path = webhook_path(public_id=account.public_id, kind=account.kind, secret=secret)
    # Our own gateway posts from this machine, unguarded, to whatever it is told: nobody else chooses that.
    own = is_our_own(account.kind, account.base_url)
    base = "" if own else str(account.config.get("webhook_base") or "").rstrip("/")
    if not base and _is_loopback(account.base_url):
        base = f"http://127.0.0.1:{settings.ENV.port[0]}"
    return (base or settings.ENV.public_url or f"http://127.0.0.1:{settings.ENV.port[0]}") + path


def is_served_here(webhook_url: str) -> bool:
    """Whether an address that :func:`webhook_url` made is one of this machine and a process of ours serves this data folder's pages
    there, so that it is certainly right. Of an address elsewhere nobody here knows that: a copy of our data may run there too."""
    if not _is_loopback(webhook_url):
        return False
    port, run_folder = urlsplit(webhook_url).port, Path(settings.ENV.data) / "run"
    return any(one.role == "web" and one.port == port for one in runfile.live(run_folder))


def makes_own_secret(kind: str) -> bool:
    """Whether we choose what its webhooks are known by: for a vendor that signs nothing, and for one that we set up."""
    provider = registry.get(kind)
    return provider.capabilities.secret_path or isinstance(provider, Pairing)


def new_secret() -> str:
    """A secret for webhooks, fit for an address."""
    return randomness.token_urlsafe(32)


def is_our_own(kind: str, base_url: str) -> bool:
    """Whether this is the server of this kind that we start on this machine."""
    setting = registry.KINDS[kind].local_port if kind in registry.KINDS else ""
    port = getattr(settings.ENV, setting, None) if setting else None
    try:
        return port is not None and _is_loopback(base_url) and urlsplit(base_url).port == port
    except ValueError:
        return False


def _is_loopback(base_url: str) -> bool:
    host = urlsplit(base_url).hostname or ""
    if host in _ITSELF:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
