"""The HTTP client of the house: one per event loop, kept-alive connections, no retries, no redirects, bounded answers."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Self

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import PyreqwestError
from pyreqwest.request import RequestBuilder, StreamRequest

from qafila.kit.http.faults import Lost, NotConnected, target_of, translate

Take = Callable[[bytes], Awaitable[None]]
"""Given the chunks of a body one after another; the next is read when it is done with the last."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a peer answered, whatever the status.

    :ivar headers: names match in any case; of a repeated one the first value.
    :ivar body: the bytes as sent, not decompressed, at most the client's limit.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class HttpClient:
    """Sends each request at most once and says truly how that ended.

    Neither this class nor the library repeats a request: tests count them at a raw socket, also where a kept-alive
    connection dies under one. (The library writes a request to a second connection only if the first was found dead
    before a byte was written.) Redirects are answers like any other. Bodies are not decompressed.

    The number of connections is limited here and not in the library, because version 0.15.1 still sends a request
    whose task was cancelled while it waited for a connection. A task cancelled *after* that may or may not have sent
    its request: treat it as lost. The library goes on with such a request until its deadline; its slot stays taken
    until then, so the limit holds.

    :param connections: requests under way at once; more wait.
    :param connect_seconds: deadline for DNS, TCP and TLS together.
    :param slot_seconds: how long a request may wait for a free connection.
    :param idle_seconds: how long an unused connection is kept.
    :param body_limit: bytes of an answer's body; a longer one is :class:`Lost`.
    :param use_proxy: heed the system's proxy variables (``HTTPS_PROXY``, ``NO_PROXY`` …).
    :param pin: (host name, address, port): the only address this client connects to for that name, without asking
        DNS again. Certificates are still checked for the name. A client with a pin uses no proxy.
    :param root_certificates: further authorities in PEM, beside the system's.
    """

    def __init__(
        self,
        *,
        connections: int = 256,
        connect_seconds: float = 5.0,
        slot_seconds: float = 5.0,
        idle_seconds: float = 15.0,
        body_limit: int = 1 << 20,
        use_proxy: bool = True,
        pin: tuple[str, str, int] | None = None,
        root_certificates: bytes = b"",
    ) -> None:
        builder = (
            ClientBuilder()
            .follow_redirects(False)
            .referer(False)
            .gzip(False)
            .brotli(False)
            .zstd(False)
            .deflate(False)
            .http1_only()
            .user_agent("qafila")
            .connect_timeout(timedelta(seconds=connect_seconds))
            .pool_idle_timeout(timedelta(seconds=idle_seconds))
        )
        if pin is not None:
            builder = builder.resolve(*pin)
        if root_certificates:
            builder = builder.add_root_certificate_pem(root_certificates)
        self._client: Client = (builder if use_proxy and pin is None else builder.no_proxy()).build()
        self._slots = asyncio.Semaphore(connections)
        self._connect_seconds = connect_seconds
        self._slot_seconds = slot_seconds
        self._body_limit = body_limit
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes every connection. Requests under way end as :class:`Lost`; later ones as :class:`NotConnected`."""
        self._closed = True
        await self._client.close()

    async def post(self, url: str, *, headers: Mapping[str, str], body: bytes, timeout: float) -> Answer:
        """Sends ``body`` once. ``timeout``: seconds in all; keep it above ``connect_seconds``.

        A deadline shorter than that for connecting would strike first and could only be reported as :class:`Lost`.
        Raises :class:`NotConnected` or :class:`Lost`, nothing else.
        """
        return await self._send("POST", url, headers, body, timeout)

    async def post_stream(
        self,
        url: str,
        *,
        headers: Mapping[str, str],
        chunks: AsyncIterable[bytes],
        length: int,
        timeout: float,
    ) -> Answer:
        """Like :meth:`post`, with a body that is never whole in memory.

        :param length: bytes of all chunks together; more or fewer of them end the request as :class:`Lost`
            (``body_length_wrong``). What ``chunks`` itself raises comes through as it is.
        """
        exact = _exactly(chunks, length, url)
        return await self._send("POST", url, {**headers, "content-length": str(length)}, exact, timeout)

    async def get_stream(
        self, url: str, *, headers: Mapping[str, str], take: Take, limit: int, timeout: float
    ) -> Answer:
        """Like :meth:`get`, for a large body: of an answer with status 200 each chunk goes to ``take``.

        The answer's own body is empty then; any other status is read as by :meth:`get`.

        :param limit: bytes; a longer body ends as :class:`Lost` (``response_too_large``), its beginning was taken.
        """
        return await self._send("GET", url, headers, None, timeout, _Sink(take, limit))

    async def put(self, url: str, *, headers: Mapping[str, str], body: bytes, timeout: float) -> Answer:
        """Like :meth:`post`."""
        return await self._send("PUT", url, headers, body, timeout)

    async def get(self, url: str, *, headers: Mapping[str, str], timeout: float) -> Answer:
        """Like :meth:`post`, without a body."""
        return await self._send("GET", url, headers, None, timeout)

    async def delete(
        self, url: str, *, headers: Mapping[str, str], body: bytes | None = None, timeout: float
    ) -> Answer:
        """Like :meth:`post`; few vendors want a body with it."""
        return await self._send("DELETE", url, headers, body, timeout)

    async def _send(  # noqa: PLR0917 - private, and called a few lines above
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | AsyncIterator[bytes] | None,
        timeout: float,
        sink: _Sink | None = None,
    ) -> Answer:
        if self._closed:
            raise NotConnected("client_closed", target_of(url))
        deadline = asyncio.get_running_loop().time() + timeout
        if self._slots.locked():
            await self._wait_for_slot(url, timeout)
        else:
            await self._slots.acquire()
        try:
            answer = await self._exchange(self._build(method, url, headers, body, deadline), url, sink)
        except asyncio.CancelledError:
            asyncio.get_running_loop().call_at(deadline, self._slots.release)
            raise
        except BaseException:
            self._slots.release()
            raise
        self._slots.release()
        return answer

    async def _wait_for_slot(self, url: str, timeout: float) -> None:
        """Leaves enough of ``timeout`` for connecting, so that a slow connection is still told from a lost answer."""
        patience = max(0.0, min(self._slot_seconds, (timeout - self._connect_seconds) / 2))
        try:
            async with asyncio.timeout(patience):
                await self._slots.acquire()
        except TimeoutError as exc:
            raise NotConnected("no_free_connection", target_of(url)) from exc

    async def _exchange(self, request: StreamRequest, url: str, sink: _Sink | None) -> Answer:
        try:
            async with request as response:
                reader = response.body_reader
                taken = sink if response.status == 200 else None
                limit = taken.limit if taken else self._body_limit
                read, size = b"", 0
                while (chunk := await reader.read_chunk()) is not None:
                    size += len(chunk)
                    if size > limit:
                        raise Lost("response_too_large", target_of(url))
                    if taken:
                        await taken.take(bytes(chunk))
                    else:
                        read += bytes(chunk)
                return Answer(response.status, response.headers, read)
        except PyreqwestError as exc:
            raise translate(exc, url) from exc

    def _build(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | AsyncIterator[bytes] | None,
        deadline: float,
    ) -> StreamRequest:
        left = max(deadline - asyncio.get_running_loop().time(), 0.001)
        try:
            builder: RequestBuilder = self._client.request(method, url)
            builder = builder.headers(headers).timeout(timedelta(seconds=left))
            if isinstance(body, bytes):
                builder = builder.body_bytes(body)
            elif body is not None:
                builder = builder.body_stream(body)
            return builder.build_streamed()
        except (ValueError, TypeError, PyreqwestError) as exc:
            # The library quotes the value it cannot send, which may be a token: it must not reach a traceback.
            exc.args = ("The URL or a header cannot be sent.",)
            raise NotConnected("bad_request", target_of(url)) from exc


@dataclass(frozen=True, slots=True)
class _Sink:
    take: Take
    limit: int


async def _exactly(chunks: AsyncIterable[bytes], length: int, url: str) -> AsyncIterator[bytes]:
    """Chunks that must be as many bytes as was said. The last one is held back until that is certain."""
    held, left = b"", length
    async for chunk in chunks:
        left -= len(chunk)
        if left < 0:
            break
        if held:
            yield held
        held = chunk
    if left:
        raise Lost("body_length_wrong", target_of(url))
    yield held


_shared: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, HttpClient] = weakref.WeakKeyDictionary()


def shared() -> HttpClient:
    """The running loop's client, made on first use and again after :func:`close_shared`."""
    loop = asyncio.get_running_loop()
    client = _shared.get(loop)
    if client is None:
        client = _shared[loop] = HttpClient()
    return client


async def close_shared() -> None:
    """Closes the running loop's client, if there is one. For the end of a process."""
    client = _shared.pop(asyncio.get_running_loop(), None)
    if client is not None:
        await client.close()
