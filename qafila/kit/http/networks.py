"""Which addresses lie on the public internet, and which name a place inside: our own, the operator's or nobody's.

The tables are IANA's special-purpose registries of IPv4 and IPv6, written out: what Python's ``ipaddress`` calls global
has changed between patch releases. For IPv6 the rule is the other way round: only ``2000::/3`` is public at all, and
some parts of it are not. Addresses that carry an IPv4 address inside them (mapped, 6to4, NAT64, Teredo, ISATAP) are
refused whatever they carry: where such a packet comes out is not ours to know.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Final

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_V4: Final[Mapping[str, str]] = {
    "0.0.0.0/8": "this_network",
    "10.0.0.0/8": "private",
    "100.64.0.0/10": "shared",  # carrier-grade NAT; also the metadata address of one cloud
    "127.0.0.0/8": "loopback",
    "168.63.129.16/32": "metadata",  # a public address that one cloud answers from the inside
    "169.254.0.0/16": "link_local",  # the metadata address of most clouds lies here
    "172.16.0.0/12": "private",
    "192.0.0.0/24": "reserved",
    "192.0.2.0/24": "documentation",
    "192.31.196.0/24": "reserved",
    "192.52.193.0/24": "reserved",
    "192.88.99.0/24": "tunnel",  # 6to4 relays
    "192.168.0.0/16": "private",
    "192.175.48.0/24": "reserved",
    "198.18.0.0/15": "benchmark",
    "198.51.100.0/24": "documentation",
    "203.0.113.0/24": "documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved",
}
_V6: Final[Mapping[str, str]] = {
    "::/128": "this_network",
    "::1/128": "loopback",
    "::ffff:0:0/96": "tunnel",  # IPv4-mapped
    "::ffff:0:0:0/96": "tunnel",  # IPv4-translated
    "::/96": "tunnel",  # IPv4-compatible
    "64:ff9b::/96": "tunnel",  # NAT64
    "64:ff9b:1::/48": "tunnel",  # NAT64 of a network's own
    "2001::/32": "tunnel",  # Teredo
    "2001:db8::/32": "documentation",
    "2001::/23": "reserved",
    "2002::/16": "tunnel",  # 6to4
    "2620:4f:8000::/48": "reserved",
    "3fff::/20": "documentation",
    "fc00::/7": "private",
    "fe80::/10": "link_local",
    "fec0::/10": "private",
    "ff00::/8": "multicast",
}
_NOT_PUBLIC: Final = [(ipaddress.ip_network(net), kind) for net, kind in (*_V4.items(), *_V6.items())]
_PUBLIC_V6: Final = ipaddress.ip_network("2000::/3")
_ISATAP: Final = (0x00005EFE, 0x02005EFE)
"""The upper half of an interface identifier that carries an IPv4 address."""


def networks(written: Iterable[str]) -> tuple[Network, ...]:
    """Networks from CIDR texts such as ``10.1.0.0/16``; a bare address is a network of one.

    :raises ValueError: one of them is no network; its text is in the message.
    """
    return tuple(ipaddress.ip_network(one.strip()) for one in written if one.strip())


def why_not_public(address: Address) -> str:
    """The kind of place an address names, empty for one on the public internet.

    :returns: ``loopback``, ``private``, ``link_local``, ``shared``, ``multicast``, ``documentation``, ``benchmark``,
        ``tunnel``, ``metadata``, ``this_network`` or ``reserved``.
    """
    for network, kind in _NOT_PUBLIC:
        if address.version == network.version and address in network:
            return kind
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            return "link_local"
        if address not in _PUBLIC_V6:
            return "reserved"
        if int(address) >> 32 & 0xFFFFFFFF in _ISATAP:
            return "tunnel"
    return ""


def is_allowed(address: Address, allowed: Iterable[Network]) -> bool:
    """Whether the owner has opened a network that holds this address. One with a scope (``%eth0``) never is."""
    if isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None:
        return False
    return any(address.version == network.version and address in network for network in allowed)
