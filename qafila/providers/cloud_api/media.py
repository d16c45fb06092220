"""Files: uploaded, fetched and deleted, in pieces, bounded, their type found in their bytes."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
from collections.abc import AsyncIterable, AsyncIterator
from urllib.parse import urlsplit

from qafila.kit.http import HttpFault
from qafila.providers import file_types
from qafila.providers.cloud_api import errors
from qafila.providers.cloud_api.graph import Graph, headers_of, must_succeed, object_in, refusal
from qafila.providers.interface import Credentials, Failure, ProviderError
from qafila.providers.management import Stored, Take
from qafila.providers.reading import words

MB = 1024 * 1024
TRANSFER_SECONDS = 180.0

LIMITS: dict[str, dict[str, int]] = {
    "image": {"image/jpeg": 5 * MB, "image/png": 5 * MB},
    "sticker": {"image/webp": MB // 2},
    "video": {"video/mp4": 16 * MB, "video/3gpp": 16 * MB},
    "audio": {
        "audio/aac": 16 * MB, "audio/amr": 16 * MB, "audio/mpeg": 16 * MB, "audio/mp4": 16 * MB, "audio/ogg": 16 * MB,
    },
    "document": dict.fromkeys(
        (
            "text/plain",
            "application/pdf",
            "application/msword",
            "application/vnd.ms-excel",
            "application/vnd.ms-powerpoint",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ),
        100 * MB,
    ),
}  # fmt: skip
"""What Meta takes: kind to MIME type to bytes. Source: Meta's page of supported media types, 2026."""

_META = (".fbsbx.com", ".facebook.com", ".fbcdn.net", ".whatsapp.net", ".whatsapp.com")
_NAME = re.compile(r"[^\w .()-]+")


class MediaFiles(Graph):
    """The part of the provider that is about files."""

    async def upload_media(
        self, to: Credentials, *, chunks: AsyncIterable[bytes], size: int, filename: str = "", kind: str = ""
    ) -> str:
        """Uploads a file; Meta's id of it, good for thirty days.

        :param size: bytes of all chunks together.
        :param kind: ``image``, ``video``, ``audio``, ``document`` or ``sticker``: refuses what such a message cannot carry.
        :raises ProviderError: CONTENT ``media_empty``, ``media_type_refused``, ``media_too_large`` before anything is sent.
        """
        beginning, rest = await _beginning(chunks)
        mime = file_types.detect(beginning, filename)
        _check(mime, size, kind)
        boundary = f"qafila{secrets.token_hex(16)}"
        head, tail = _around(boundary, mime, filename)
        url = f"{to.base_url}/{to.sender_ref}/media"
        headers = {**headers_of(to), "content-type": f"multipart/form-data; boundary={boundary}"}
        length = len(head) + size + len(tail)
        try:
            answer = await self._way(to).post_stream(
                url,
                headers=headers,
                chunks=_joined(head, beginning, rest, tail),
                length=length,
                timeout=TRANSFER_SECONDS,
            )
        except HttpFault as exc:
            raise errors.from_fault(exc) from exc
        ref = words(object_in(answer).get("id"))
        if not ref:
            raise refusal(answer, to, (filename,))
        return ref

    async def download_media(self, to: Credentials, ref: str, *, take: Take, limit: int) -> Stored:
        """Hands a file over in pieces. What was taken before an error is not to be used.

        The token goes to Meta's own hosts only, wherever the answer says that the file lies.

        :param limit: bytes, at most; a larger file is refused, before it is fetched where Meta tells its size.
        :raises ProviderError: CONTENT ``media_too_large``, ``media_host_refused``; TEMPORARY ``media_damaged``.
        """
        found = await self._get(to, ref, query={"phone_number_id": to.sender_ref})
        url, said_size = words(found.get("url")), str(found.get("file_size", ""))
        if said_size.isdigit() and int(said_size) > limit:
            raise _too_large(limit)
        if not may_carry_token(url, to.base_url):
            detail = "The file lies on a host that is not Meta's; the access token is not shown to it."
            raise ProviderError(Failure.CONTENT, "media_host_refused", detail)
        digest, size, beginning = hashlib.sha256(), 0, bytearray()

        async def piece(chunk: bytes) -> None:
            nonlocal size
            digest.update(chunk)
            size += len(chunk)
            if len(beginning) < file_types.NEEDED:
                beginning.extend(chunk[: file_types.NEEDED - len(beginning)])
            await take(chunk)

        headers = {"authorization": f"Bearer {to.token}", "accept": "*/*"}
        try:
            answer = await self._way(to).get_stream(
                url, headers=headers, take=piece, limit=limit, timeout=TRANSFER_SECONDS
            )
        except HttpFault as exc:
            raise (
                _too_large(limit) if exc.reason == "response_too_large" else errors.from_fault(exc)
            ) from exc
        if answer.status != 200:
            raise refusal(answer, to, ())
        if not _is_digest(words(found.get("sha256")), digest.digest()):
            raise ProviderError(
                Failure.TEMPORARY, "media_damaged", "The file is not the one that Meta announced."
            )
        said_mime = words(found.get("mime_type"))
        return Stored(size, digest.hexdigest(), file_types.detect(bytes(beginning)), said_mime)

    async def delete_media(self, to: Credentials, ref: str) -> None:
        """Deletes a file at Meta's. Raises :class:`ProviderError`."""
        must_succeed(await self._delete(to, ref, query={"phone_number_id": to.sender_ref}))


def may_carry_token(url: str, base_url: str) -> bool:
    """Whether a file's address may be asked with the token: Meta's hosts over TLS, or the very host of the API."""
    try:
        asked, known = urlsplit(url), urlsplit(base_url)
        same = (asked.scheme, asked.hostname, asked.port) == (known.scheme, known.hostname, known.port)
    except ValueError:
        return False
    if asked.username is not None or not asked.hostname:
        return False
    return same or (asked.scheme == "https" and asked.port in (None, 443) and asked.hostname.endswith(_META))


def _check(mime: str, size: int, kind: str) -> None:
    if size <= 0:
        raise ProviderError(Failure.CONTENT, "media_empty", "The file is empty.")
    groups = [LIMITS[kind]] if kind in LIMITS else list(LIMITS.values())
    most = max((group[mime] for group in groups if mime in group), default=0)
    if not most:
        wanted = f"as {kind}" if kind in LIMITS else "at all"
        detail = f"By its content the file is {mime}, which cannot be sent {wanted}."
        raise ProviderError(Failure.CONTENT, "media_type_refused", detail)
    if size > most:
        raise _too_large(most)


def _too_large(limit: int) -> ProviderError:
    return ProviderError(
        Failure.CONTENT,
        "media_too_large",
        f"The file is larger than {limit} bytes, the most that is possible.",
    )


async def _beginning(chunks: AsyncIterable[bytes]) -> tuple[bytes, AsyncIterator[bytes]]:
    """The first bytes of a file, and the rest after them."""
    iterator = aiter(chunks)
    beginning = b""
    while len(beginning) < file_types.NEEDED:
        piece = await anext(iterator, None)
        if piece is None:
            break
        beginning += piece
    return beginning, iterator


async def _joined(
    head: bytes, beginning: bytes, rest: AsyncIterator[bytes], tail: bytes
) -> AsyncIterator[bytes]:
    yield head
    if beginning:
        yield beginning
    async for piece in rest:
        yield piece
    yield tail


def _around(boundary: str, mime: str, filename: str) -> tuple[bytes, bytes]:
    """What stands before and after the file in the body."""
    name = _NAME.sub("_", filename).strip() or "file"
    fields = (("messaging_product", "whatsapp"), ("type", mime))
    head = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
        for key, value in fields
    )
    head += (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name[:100]}"\r\n'
        f"Content-Type: {mime}\r\n\r\n"
    )
    return head.encode(), f"\r\n--{boundary}--\r\n".encode()


def _is_digest(said: str, digest: bytes) -> bool:
    """Meta writes it as hex, in webhooks as base64; where it says none, nothing speaks against the file."""
    if not said:
        return True
    try:
        return said.lower() == digest.hex() or base64.b64decode(said, validate=True) == digest
    except (binascii.Error, ValueError):
        return False
