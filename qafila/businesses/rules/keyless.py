"""May an old client call without a key? (``LEGACY_KEYLESS_FROM``)

Everything here errs towards no: an address is only believed where nobody else could have written it, a browser never
passes (any web page could make it call), and only the paths that old clients know are open.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.http.request import split_domain_port, validate_host

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

PATHS: Final = (
    "/api/contracts",
    "/api/queues/status",
    "/api/accounts",
    "/api/v1/packages",
    "/api/whatsapp-numbers",
    "/api/directions",
)
"""The paths that the user's own clients call."""

FORWARDING: Final = (
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-server",
    "x-real-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "true-client-ip",
    "cf-connecting-ip",
    "fastly-client-ip",
    "via",
)
"""Headers by which a proxy tells of a caller behind it; lower case."""

_WIDEST: Final = {4: 8, 6: 16}
"""The shortest prefix that still names somebody: 10.0.0.0/8 is the largest private network."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer.

    :ivar reason: "" when allowed, else a code: ``keyless_off``, ``network_too_wide``, ``path_not_legacy``,
        ``browser_request``, ``host_unknown``, ``remote_unknown``, ``untrusted_forwarding``, ``forwarded_missing``,
        ``forwarded_unreadable``, ``not_in_network``.
    :ivar address: whom it was decided for (the client behind trusted proxies), for the audit log; None where unknown.
    """

    reason: str
    address: str | None = None

    @property
    def allowed(self) -> bool:
        """Whether the call may pass without a key."""
        return not self.reason


def decide(
    *,
    networks: Sequence[str],
    trusted_proxies: Sequence[str],
    allowed_hosts: Sequence[str],
    remote: str | None,
    host: str,
    path: str,
    headers: Mapping[str, str],
) -> Decision:
    """Decides one call.

    :param networks: ``LEGACY_KEYLESS_FROM``; loopback counts only where a network inside loopback is listed.
    :param trusted_proxies: networks whose ``X-Forwarded-For`` is believed.
    :param remote: the address at the other end of the connection; None for a unix socket.
    :param host: the ``Host`` header as it came.
    :param path: the path of the request, decoded, without the query.
    :param headers: all request headers; names in any case. Several of one name are joined by commas.
    """
    if not networks:
        return Decision("keyless_off")
    given = [ipaddress.ip_network(network, strict=False) for network in networks]
    if any(network.prefixlen < _WIDEST[network.version] for network in given):
        return Decision("network_too_wide")
    if not is_legacy_path(path):
        return Decision("path_not_legacy")
    seen = {name.lower(): value for name, value in headers.items()}
    if "origin" in seen or any(name.startswith("sec-fetch-") for name in seen):
        return Decision("browser_request")
    if not _host_known(host, allowed_hosts):
        return Decision("host_unknown")
    peer = _address(remote or "")
    if peer is None:
        return Decision("remote_unknown")
    proxies = [ipaddress.ip_network(network, strict=False) for network in trusted_proxies]
    client = _client(peer, proxies, seen)
    if isinstance(client, str):
        return Decision(client, str(peer))
    return Decision("" if _inside(client, given) else "not_in_network", str(client))


def is_legacy_path(path: str) -> bool:
    """Whether an old client knows this path. Nothing that a proxy and we could read differently."""
    if any(odd in path for odd in ("..", "//", "\\", "%", ";", "\0")):
        return False
    return any(path == known or path.startswith(f"{known}/") for known in PATHS)


def _host_known(host: str, allowed_hosts: Sequence[str]) -> bool:
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, [name.lower() for name in allowed_hosts if name != "*"])


def _client(peer: Address, proxies: Sequence[Network], headers: Mapping[str, str]) -> Address | str:
    """Who calls: the peer, or behind trusted proxies the last address that none of them has. Else a reason code."""
    if not _inside(peer, proxies):
        return "untrusted_forwarding" if any(name in headers for name in FORWARDING) else peer
    hops = [hop.strip() for hop in headers.get("x-forwarded-for", "").split(",") if hop.strip()]
    if not hops:
        return "forwarded_missing"
    for hop in reversed(hops):
        address = _address(hop)
        if address is None:
            return "forwarded_unreadable"
        if not _inside(address, proxies):
            return address
    return "forwarded_missing"


def _address(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _inside(address: Address, networks: Sequence[Network]) -> bool:
    return any(
        address in network and (not address.is_loopback or network.is_loopback)
        for network in networks
        if network.version == address.version
    )
