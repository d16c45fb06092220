"""Parameters as forms carry them: Graph takes `application/x-www-form-urlencoded` and `multipart/form-data` wherever it takes JSON."""

from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

CHUNK = 256 * 1024
FILES_AT_MOST, FIELDS_AT_MOST = 2, 40

File = tuple[str, str, bytes]
"""Name, content type, bytes."""


class BadForm(ValueError):
    """A multipart body that cannot be read."""


def nested(value: Any) -> Any:
    """Where Graph expects an object or a list it takes JSON text of one, too: in forms, in the query and in JSON."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    return value


def urlencoded(raw: bytes) -> dict[str, str]:
    """The fields of a plain form."""
    return dict(parse_qsl(raw.decode("utf-8", "replace")))


async def multipart(headers: list[tuple[bytes, bytes]], raw: bytes) -> dict[str, Any]:
    """The fields of a multipart body, its files as `File`. Raises BadForm."""

    async def chunks() -> AsyncGenerator[bytes, None]:
        for start in range(0, len(raw), CHUNK):
            yield raw[start : start + CHUNK]

    found: dict[str, Any] = {}
    try:
        parser = MultiPartParser(
            Headers(raw=headers), chunks(), max_files=FILES_AT_MOST, max_fields=FIELDS_AT_MOST
        )
        form = await parser.parse()
    except (MultiPartException, KeyError) as failure:
        raise BadForm from failure
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            found[name] = (value.filename or "file", value.content_type or "", await value.read())
        else:
            found[name] = value
    await form.close()
    return found
