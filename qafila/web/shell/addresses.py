"""From where a browser calls, seen through the reverse proxies that the settings trust."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def client_address(request: HttpRequest) -> str | None:
    """The caller's IP address; None for a unix socket.

    ``X-Forwarded-For`` counts only where the peer is one of ``TRUSTED_PROXIES``: then the last hop that none of them has.
    """
    peer = _parsed(request.META.get("REMOTE_ADDR") or "")
    if peer is None:
        return None
    proxies = [ipaddress.ip_network(network, strict=False) for network in settings.ENV.trusted_proxies]
    if not _is_proxy(peer, proxies):
        return str(peer)
    for hop in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
        address = _parsed(hop.strip())
        if address is None:
            break
        if not _is_proxy(address, proxies):
            return str(address)
    return str(peer)


def _is_proxy(address: _Address, proxies: list[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    return any(address in network for network in proxies if network.version == address.version)


def _parsed(text: str) -> _Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def absolute(request: HttpRequest, path: str) -> str:
    """A whole address for a link that is sent or copied: of ``PUBLIC_URL``, else as this page was reached."""
    base: str = settings.ENV.public_url
    return f"{base}{path}" if base else request.build_absolute_uri(path)
