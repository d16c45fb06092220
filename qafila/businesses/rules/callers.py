"""From where a call comes, through the proxies that are trusted, and whether it is one of the networks that were named."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from typing import Final

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MOST_NETWORKS: Final = 50
_MAPPED: Final = 96
"""The first bits of ``::ffff:a.b.c.d``; an IPv4 address follows them."""


def address(text: str) -> Address | None:
    """An address as it stands in a header or at a socket; None for what is none. IPv4 inside IPv6 is the IPv4 address."""
    try:
        found = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def network(text: str) -> Network | None:
    """A network or a single address (``10.1.0.0/16``, ``203.0.113.7``); None for what is neither.

    Host bits may be set. IPv4 written as IPv6 (``::ffff:10.1.0.0/112``) is the IPv4 network.
    """
    try:
        found = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return None
    mapped = found.network_address.ipv4_mapped if isinstance(found, ipaddress.IPv6Network) else None
    if mapped is None or found.prefixlen < _MAPPED:
        return found
    return ipaddress.ip_network((mapped, found.prefixlen - _MAPPED), strict=False)


def networks(given: Iterable[str]) -> tuple[list[str], list[str]]:
    """What was written, as it is kept: networks in one spelling, each once; and what could not be read."""
    good: list[str] = []
    wrong: list[str] = []
    for text in given:
        found = network(text)
        if found is None:
            wrong.append(text)
        elif str(found) not in good:
            good.append(str(found))
    return good, wrong


def client(*, remote: str, forwarded_for: str, trusted_proxies: Sequence[str]) -> Address | None:
    """Who calls: the peer, or behind trusted proxies the last address that none of them has; None for a unix socket.

    :param forwarded_for: the header ``X-Forwarded-For``; it counts only where the peer is a trusted proxy.
    """
    peer = address(remote)
    if peer is None or not inside(peer, trusted_proxies):
        return peer
    for hop in reversed(forwarded_for.split(",")):
        found = address(hop)
        if found is None:
            break
        if not inside(found, trusted_proxies):
            return found
    return peer


def inside(found: Address, among: Iterable[str]) -> bool:
    """Whether an address is in one of the networks."""
    return any(found in each for each in map(network, among) if each is not None)
