"""The guarded door: HTTP to addresses that somebody outside gave us (webhooks out, media by URL, provider bases).

A URL is read by the same parser that connects, so no trick of writing makes the two see different hosts. Its name is
resolved once; only addresses on the public internet (or in a network the owner opened) are kept; the connection goes to
the address that was checked, with the certificate still checked for the name. Redirects are answers like any other,
bodies and time are bounded, nothing is unpacked, no proxy is used (it would resolve the name a second time).
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections import OrderedDict
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Self

from qafila.kit.http.client import Answer, HttpClient, Take
from qafila.kit.http.faults import NotConnected, target_of
from qafila.kit.http.networks import Address, Network, is_allowed, networks, why_not_public
from qafila.kit.http.targets import Forbidden, Pinned, read_url

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""(name, port) → addresses as text, best first. Raises ``OSError`` when there are none."""

CLIENTS_KEPT: Final = 64
URLS_KEPT: Final = 1_024
"""URLs of written addresses whose check is remembered: nothing in it can change, and a campaign asks for the same one."""
TRIED: Final = 2
"""Addresses of one name that are tried when no connection is made."""
_RETRY_REASONS: Final = frozenset({"connect_failed", "connect_timeout"})
_LOOPBACK: Final = ("127.0.0.1", "::1")


class Door:
    """Calls URLs that may have been written by a stranger. Belongs to one event loop; has the methods of ``HttpClient``.

    :param allowed_networks: CIDRs that are open although they are not public; the setting ``OUTGOING_ALLOWED_NETWORKS``.
    :param resolver: for tests; otherwise the system's, in threads of its own.
    :param longest_seconds: name, connection, answer and body together take no longer, whatever a call asks for.
    :param body_limit: bytes of an answer; a longer one ends as ``Lost("response_too_large")``.
    :param root_certificates: further authorities in PEM, e.g. a company's own.
    """

    def __init__(
        self,
        *,
        allowed_networks: Iterable[str] = (),
        resolver: Resolver | None = None,
        longest_seconds: float = 10.0,
        connect_seconds: float = 4.0,
        body_limit: int = 1 << 18,
        connections: int = 256,
        root_certificates: bytes = b"",
    ) -> None:
        self._allowed: tuple[Network, ...] = networks(allowed_networks)
        self._threads = None if resolver else ThreadPoolExecutor(8, thread_name_prefix="qafila-names")
        self._resolve = resolver or self._system_resolver
        self._longest = longest_seconds
        self._connect_seconds = connect_seconds
        self._body_limit = body_limit
        self._connections = connections
        self._roots = root_certificates
        self._clients: OrderedDict[tuple[str, str, int], HttpClient] = OrderedDict()
        self._checked: dict[str, Pinned] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes every connection."""
        while self._clients:
            await self._clients.popitem()[1].close()
        if self._threads:
            self._threads.shutdown(wait=False, cancel_futures=True)

    async def check(self, url: str) -> Pinned:
        """Reads a URL, resolves its name and says where a call would go.

        :raises Forbidden: it must not be called. :raises NotConnected: ``dns_failed``, the name has no address.
        """
        parsed, host, port = read_url(url)
        found = await self._addresses(host, port, url)
        why, good = "", []
        for text in found:
            address = _address(text)
            kind = "reserved" if address is None else why_not_public(address)
            if address is not None and (not kind or is_allowed(address, self._allowed)):
                good.append(str(address))
            else:
                why = why or kind
        if not good:
            raise Forbidden("address_forbidden", target_of(url), why)
        pinned = Pinned(str(parsed), parsed.scheme, host, port, _spread(good))
        if _is_written(host):  # a name may lead elsewhere the next time
            if len(self._checked) >= URLS_KEPT:
                self._checked.clear()
            self._checked[url] = pinned
        return pinned

    async def post(self, url: str, *, headers: Mapping[str, str], body: bytes, timeout: float) -> Answer:
        """As :meth:`HttpClient.post`; also raises :class:`Forbidden`."""
        return await self._call(
            url, timeout, lambda client, at, left: client.post(at, headers=headers, body=body, timeout=left)
        )

    async def put(self, url: str, *, headers: Mapping[str, str], body: bytes, timeout: float) -> Answer:
        """As :meth:`HttpClient.put`; also raises :class:`Forbidden`."""
        return await self._call(
            url, timeout, lambda client, at, left: client.put(at, headers=headers, body=body, timeout=left)
        )

    async def get(self, url: str, *, headers: Mapping[str, str], timeout: float) -> Answer:
        """As :meth:`HttpClient.get`; also raises :class:`Forbidden`."""
        return await self._call(
            url, timeout, lambda client, at, left: client.get(at, headers=headers, timeout=left)
        )

    async def delete(
        self, url: str, *, headers: Mapping[str, str], body: bytes | None = None, timeout: float
    ) -> Answer:
        """As :meth:`HttpClient.delete`; also raises :class:`Forbidden`."""
        return await self._call(
            url, timeout, lambda client, at, left: client.delete(at, headers=headers, body=body, timeout=left)
        )

    async def get_stream(
        self, url: str, *, headers: Mapping[str, str], take: Take, limit: int, timeout: float
    ) -> Answer:
        """As :meth:`HttpClient.get_stream`; also raises :class:`Forbidden`."""
        return await self._call(
            url,
            timeout,
            lambda client, at, left: client.get_stream(
                at, headers=headers, take=take, limit=limit, timeout=left
            ),
        )

    async def post_stream(
        self,
        url: str,
        *,
        headers: Mapping[str, str],
        chunks: AsyncIterable[bytes],
        length: int,
        timeout: float,
    ) -> Answer:
        """As :meth:`HttpClient.post_stream`; also raises :class:`Forbidden`. Only one address is tried."""
        return await self._call(
            url,
            timeout,
            lambda client, at, left: client.post_stream(
                at, headers=headers, chunks=chunks, length=length, timeout=left
            ),
            tried=1,
        )

    async def _call(
        self,
        url: str,
        timeout: float,
        send: Callable[[HttpClient, str, float], Awaitable[Answer]],
        *,
        tried: int = TRIED,
    ) -> Answer:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + min(timeout, self._longest)
        pinned = self._checked.get(url)
        if pinned is None:
            try:
                async with asyncio.timeout_at(deadline):
                    pinned = await self.check(url)
            except TimeoutError as exc:
                raise NotConnected("dns_failed", target_of(url)) from exc
        addresses = pinned.addresses[:tried]
        for place, address in enumerate(addresses, 1):
            try:
                return await send(self._client_for(pinned, address), pinned.url, deadline - loop.time())
            except NotConnected as exc:
                # Certain that nothing was sent: the next address of the name may answer, while there is time.
                if place == len(addresses) or exc.reason not in _RETRY_REASONS or loop.time() >= deadline:
                    raise
        raise AssertionError("a checked URL has an address")

    def _client_for(self, pinned: Pinned, address: str) -> HttpClient:
        key = (pinned.host, address, pinned.port)
        client = self._clients.get(key)
        if client is not None:
            self._clients.move_to_end(key)
            return client
        client = self._clients[key] = HttpClient(
            connections=self._connections,
            connect_seconds=self._connect_seconds,
            body_limit=self._body_limit,
            pin=key,
            root_certificates=self._roots,
        )
        if len(self._clients) > CLIENTS_KEPT:
            # Not closed: calls may be under way. Its connections end with the last reference to it.
            self._clients.popitem(last=False)
        return client

    async def _addresses(self, host: str, port: int, url: str) -> Sequence[str]:
        literal = _address(host.strip("[]"))
        if literal is not None:
            return [str(literal)]
        if _is_this_machine(host):
            return _LOOPBACK
        try:
            return await self._resolve(host, port)
        except (OSError, UnicodeError) as exc:
            raise NotConnected("dns_failed", target_of(url)) from exc

    async def _system_resolver(self, host: str, port: int) -> Sequence[str]:
        def ask() -> list[str]:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
            return list(dict.fromkeys(str(one[4][0]) for one in found))

        return await asyncio.get_running_loop().run_in_executor(self._threads, ask)


def glance(url: str, *, allowed_networks: Iterable[str] = ()) -> str:
    """What can be said of a URL without asking DNS, for a form: its normal form.

    A name is resolved and checked at every call; this only tells early of what can never work.

    :raises Forbidden: as :meth:`Door.check` does, for addresses written as such.
    """
    parsed, host, _ = read_url(url)
    text = "127.0.0.1" if _is_this_machine(host) else host.strip("[]")
    address = _address(text)
    why = why_not_public(address) if address is not None else ""
    if address is not None and why and not is_allowed(address, networks(allowed_networks)):
        raise Forbidden("address_forbidden", target_of(url), why)
    return str(parsed)


def _is_this_machine(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost")


def _is_written(host: str) -> bool:
    """Whether an address needs no asking."""
    return _is_this_machine(host) or _address(host.strip("[]")) is not None


def _address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _spread(addresses: Sequence[str]) -> tuple[str, ...]:
    """The best address first, then the best of the other family: where one family leads nowhere, the other may."""
    first = addresses[0]
    others = [one for one in addresses if (":" in one) != (":" in first)]
    same = [one for one in addresses[1:] if (":" in one) == (":" in first)]
    return tuple(dict.fromkeys((first, *others[:1], *same, *others[1:])))
