"""Webhooks as nobody should send them: for promises 20, 21, 24 and 25. Everything is drawn from a seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import orjson

FIVE_MEGABYTES = 5 * 1024 * 1024
RIGHT = "application/json"
CONTENT_TYPES = (
    "text/html",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "",
    "a/b; charset=\xff",
)
JUNK: tuple[Any, ...] = (None, True, -1, 1.5, "", "x", [], {}, [[]], [None], {"": None}, "\u0000", "9" * 400)


class Malformed(NamedTuple):
    """A body, the sort of its fault, and the content type it claims."""

    sort: str
    body: bytes
    content_type: str


def receipt(number_id: str, place: int, *, at: int = 1_780_000_000, biz: str = "") -> dict[str, Any]:
    """A webhook with one receipt as Meta writes it, as Python values."""
    wamid = f"wamid.{place:08d}"
    status = {"id": wamid, "status": "delivered", "timestamp": str(at), "recipient_id": f"2010{place:08d}"}
    if biz:
        status["biz_opaque_callback_data"] = biz
    value = {"messaging_product": "whatsapp", "metadata": _number(number_id), "statuses": [status]}
    return envelope("messages", value)


def said(number_id: str, place: int, text: str = "Hello", *, at: int = 1_780_000_000) -> dict[str, Any]:
    """A webhook with one text of a person, as Python values."""
    person = f"2011{place:08d}"
    message = {"from": person, "id": f"wamid.in.{place}", "timestamp": str(at), "type": "text"}
    value = {
        "messaging_product": "whatsapp",
        "metadata": _number(number_id),
        "contacts": [{"profile": {"name": "Nour"}, "wa_id": person}],
        "messages": [{**message, "text": {"body": text}}],
    }
    return envelope("messages", value)


def envelope(field: str, value: Any) -> dict[str, Any]:
    """What stands around every change."""
    entry = {"id": "102290129340398", "changes": [{"field": field, "value": value}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}


def _number(number_id: str) -> dict[str, str]:
    return {"display_phone_number": "15550783881", "phone_number_id": number_id}


def malformed(rng: random.Random, number_id: str, count: int, *, large: int = 20) -> Iterator[Malformed]:
    """So many bodies, the sorts in turn; every ``large``-th of the oversized sort is really 5 MB (others are small)."""
    sorts = tuple(SORTS)
    for place in range(count):
        sort = sorts[place % len(sorts)]
        good = receipt(number_id, place) if rng.random() < 0.5 else said(number_id, place)
        if sort == "oversized" and place // len(sorts) % large:
            sort = "truncated"
        content_type = rng.choice(CONTENT_TYPES) if sort == "content_type" else RIGHT
        yield Malformed(sort, SORTS[sort](rng, good), content_type)


def _truncated(rng: random.Random, good: Any) -> bytes:
    body = orjson.dumps(good)
    return body[: rng.randrange(len(body))]


def _wrong_type(rng: random.Random, good: Any) -> bytes:
    """A value somewhere in the tree is another one."""
    places: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        for key in node if isinstance(node, dict) else range(len(node)):
            places.append((node, key))
            if isinstance(node[key], dict | list):
                walk(node[key])

    walk(good)
    for node, key in rng.sample(places, min(len(places), rng.randint(1, 3))):
        node[key] = rng.choice(JUNK)
    return orjson.dumps(good)


def _missing(rng: random.Random, good: Any) -> bytes:
    """Something in the tree is gone."""
    node = good
    for _ in range(rng.randint(0, 6)):
        inner = [value for value in (node.values() if isinstance(node, dict) else node) if value]
        inner = [value for value in inner if isinstance(value, dict | list)]
        if not inner:
            break
        node = rng.choice(inner)
    if isinstance(node, dict):
        node.pop(rng.choice(list(node)))
    else:
        node.clear()
    return orjson.dumps(good)


def _deep(rng: random.Random, good: Any) -> bytes:
    depth = rng.choice((100, 900, 1_100, 20_000))
    opening, closing = rng.choice(((b"[", b"]"), (b'{"a":', b"}")))
    nest = opening * depth + b"1" + closing * (depth if rng.random() < 0.7 else 0)
    return orjson.dumps(good)[:-1] + b',"deep":' + nest + b"}"


def _huge_number(rng: random.Random, good: Any) -> bytes:
    number = rng.choice(
        (b"9" * 5_000, b"-" + b"9" * 400, b"1e99999", b"18446744073709551616", b"1" + b"0" * 30)
    )
    return orjson.dumps(good).replace(b'"1780000000"', rng.choice((number, b'"' + number + b'"')))


def _bad_utf8(rng: random.Random, good: Any) -> bytes:
    body = bytearray(orjson.dumps(good))
    for _ in range(rng.randint(1, 4)):
        body[rng.randrange(len(body))] = rng.choice((0xFF, 0xC0, 0x80, 0xED))
    return bytes(body)


def _nul(rng: random.Random, good: Any) -> bytes:
    body = orjson.dumps(good)
    place = rng.randrange(len(body))
    return body[:place] + rng.choice((b"\x00", b"\\u0000", b"\\ud800")) + body[place:]


def _noise(rng: random.Random, good: Any) -> bytes:
    del good
    return rng.randbytes(rng.choice((0, 1, 50, 5_000)))


def _envelope(rng: random.Random, good: Any) -> bytes:
    """Valid JSON that is no webhook."""
    shapes: tuple[Any, ...] = (
        *JUNK,
        [good],
        {"object": "page", "entry": []},
        {"entry": good},
        {"object": good},
    )
    return orjson.dumps(rng.choice(shapes))


def _many(rng: random.Random, good: Any) -> bytes:
    """The same thing thousands of times."""
    return orjson.dumps({**good, "entry": good["entry"] * rng.choice((100, 1_000))})


def _long(rng: random.Random, good: Any) -> bytes:
    """One value of half a megabyte."""
    return orjson.dumps(good).replace(b"delivered", b"d" * 500_000).replace(b"Hello", b"h" * 500_000)


def _twice(rng: random.Random, good: Any) -> bytes:
    """Keys twice, and bytes after the end."""
    body = orjson.dumps(good)
    return (
        body[:-1] + b',"entry":' + rng.choice((b"7", b"null", b"[]")) + b"}" + rng.choice((b"", b"}", body))
    )


def _oversized(rng: random.Random, good: Any) -> bytes:
    return orjson.dumps(good)[:-1] + b',"pad":"' + b"x" * FIVE_MEGABYTES + b'"}'


SORTS: dict[str, Callable[[random.Random, Any], bytes]] = {
    "truncated": _truncated,
    "wrong_type": _wrong_type,
    "missing": _missing,
    "deep": _deep,
    "huge_number": _huge_number,
    "bad_utf8": _bad_utf8,
    "nul": _nul,
    "noise": _noise,
    "envelope": _envelope,
    "many": _many,
    "long": _long,
    "twice": _twice,
    "content_type": _truncated,
    "oversized": _oversized,
}


def flipped(rng: random.Random, body: bytes, signature: str) -> tuple[bytes, str]:
    """One bit of the body or one character's bit of the signature is another; the rest as it was."""
    place = rng.randrange(len(body) * 8 + len(signature) * 7)
    if place < len(body) * 8:
        changed = bytearray(body)
        changed[place // 8] ^= 1 << place % 8
        return bytes(changed), signature
    place -= len(body) * 8
    char = chr(ord(signature[place // 7]) ^ (1 << place % 7))
    return body, signature[: place // 7] + char + signature[place // 7 + 1 :]
