"""What every provider must do, stated once. A provider's test file gives a :class:`Side` and inherits a suite."""

from __future__ import annotations

import asyncio
import dataclasses
import enum
import json
import logging
import random
import traceback
from collections.abc import Mapping
from typing import Protocol

import pytest

from qafila.providers import contents_json
from qafila.providers.interface import (
    BadItem,
    Credentials,
    Event,
    Failure,
    InboundEvent,
    Outgoing,
    Provider,
    ProviderError,
    Receipt,
    StatusEvent,
    Template,
    Text,
)

TOKEN = "CANARY-TOKEN-4711"
APP_SECRET = "CANARY-APP-SECRET"
VERIFY_TOKEN = "CANARY-VERIFY"
TEXT = "CANARY-TEXT is what we wrote"
ADDRESS = "16505551234"
CANARIES = (TOKEN, APP_SECRET, VERIFY_TOKEN, TEXT)


PICTURE = {"kind": "image", "link": "https://example.com/a.jpg"}
EXAMPLES: dict[str, dict[str, object]] = {
    "text": {},
    "template": {"name": "order_update", "language": "en_US", "variable": "name"},
    "image": {"ref": "4490709327384033"},
    "video": {"link": "https://example.com/a.mp4"},
    "audio": {"ref": "1", "voice": True},
    "document": {"ref": "1", "filename": "invoice.pdf"},
    "sticker": {"ref": "1"},
    "buttons": {"buttons": [{"id": "a", "title": "Yes"}], "header": PICTURE, "footer": "Shop"},
    "list": {
        "button": "Menu",
        "sections": [{"title": "One", "choices": [{"id": "r", "title": "R", "description": "d"}]}],
        "header": "Today",
    },
    "link_button": {"title": "Open", "url": "https://example.com/"},
    "form": {"title": "Book", "flow": "123", "token": "t", "screen": "FIRST", "data": {"a": 1}},
    "location_request": {},
    "reaction": {"message_id": "wamid.IN", "emoji": "👍"},
    "location": {"latitude": 30.04, "longitude": 31.23, "name": "Cairo", "address": "Tahrir"},
    "contacts": {
        "cards": [
            {
                "name": {"formatted_name": "Amira", "first_name": "Amira"},
                "phones": [{"phone": "+201000000001"}],
            }
        ]
    },
}
"""Every kind of content as the ledger keeps it."""
MUTE = ("audio", "sticker", "reaction", "location", "contacts")
"""Kinds without words of ours beside them."""


class Accident(enum.Enum):
    """What can happen between us and a vendor that speaks HTTP."""

    NO_CONNECTION = "nobody listens"
    NO_ANSWER_TO_CONNECT = "connecting takes too long"
    RESET = "reset after the request was written"
    CLOSED = "closed after the request was written"
    SILENT = "no answer in time"
    DRIP = "the answer comes byte by byte"
    TRUNCATED_BODY = "the answer breaks off"
    TRUNCATED_JSON = "half a JSON"
    HTML_5XX = "a proxy's page"
    HTML_200 = "a page with status 200"
    EMPTY_200 = "nothing with status 200"
    NO_ID = "an acceptance without an id"
    FOREIGN_JSON = "somebody else's error form"
    BARE_429 = "too many requests, in nobody's form"
    REDIRECT = "a redirect"
    TOO_LARGE = "an endless answer"


NEVER_CONNECTED = (Accident.NO_CONNECTION, Accident.NO_ANSWER_TO_CONNECT)


class Side(Protocol):
    """A provider together with the vendor behind it, which does what the test says."""

    provider: Provider
    credentials: Credentials

    def refuse(self, failure: Failure) -> None:
        """From now on the vendor refuses with an error of this class, quoting token, text and address."""
        ...

    def suffer(self, accident: Accident) -> None:
        """From now on this happens to every request."""
        ...

    def arrived(self) -> int:
        """How many requests reached the vendor."""
        ...

    def webhook(self) -> bytes:
        """A webhook with, in this order: delivered for attempt-1, failed (RECIPIENT) for attempt-2, a text."""
        ...

    def signed(self, body: bytes, secret: str) -> Mapping[str, str]:
        """The headers with which the vendor would send this body."""
        ...


def outgoing(attempt_id: str = "attempt-1", text: str = TEXT) -> Outgoing:
    return Outgoing(to=ADDRESS, content=Text(text), attempt_id=attempt_id)


def everything_said(error: BaseException, log: str) -> str:
    """All that a log could hold of an error."""
    parts = [*traceback.format_exception(error), repr(error), log]
    if isinstance(error, ProviderError):
        parts += [error.detail, error.code, repr(error.raw)]
    return "\n".join(parts)


def comparable(event: Event) -> object:
    """An event without its exception, which compares by identity, and what the exception says."""
    if isinstance(event, StatusEvent) and event.error:
        return dataclasses.replace(event, error=None), str(event.error), event.error.raw
    return event


class Conformance:
    """For every provider. Inheriting classes define a fixture ``side``."""

    async def test_accepts_and_gives_an_id(self, side: Side) -> None:
        first = await side.provider.send(side.credentials, outgoing("attempt-1"))
        second = await side.provider.send(side.credentials, outgoing("attempt-2"))
        assert first.provider_id != second.provider_id
        assert side.arrived() == 2

    async def test_sends_many_at_once(self, side: Side) -> None:
        calls = (side.provider.send(side.credentials, outgoing(f"attempt-{n}")) for n in range(50))
        ids = {accepted.provider_id for accepted in await asyncio.gather(*calls)}
        assert len(ids) == 50

    async def test_sends_templates_if_it_says_so(self, side: Side) -> None:
        if side.provider.capabilities.templates:
            template = Template("order_update", "en_US", ("Pablo", "12 May"))
            message = Outgoing(to=ADDRESS, content=template, attempt_id="attempt-1")
            assert (await side.provider.send(side.credentials, message)).provider_id

    @pytest.mark.parametrize("kind", sorted(EXAMPLES))
    async def test_sends_each_kind_of_content_that_it_says(self, side: Side, kind: str) -> None:
        if kind not in side.provider.capabilities.contents:
            return
        content = contents_json.read({"kind": kind, **EXAMPLES[kind]}, "" if kind in MUTE else TEXT)
        message = Outgoing(to=ADDRESS, content=content, attempt_id="attempt-1")
        assert (await side.provider.send(side.credentials, message)).provider_id

    @pytest.mark.parametrize("kind", sorted(EXAMPLES))
    async def test_no_word_of_any_kind_of_content_is_in_a_refusal(
        self, side: Side, kind: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        if kind not in side.provider.capabilities.contents:
            return
        caplog.set_level(logging.DEBUG)
        side.refuse(Failure.CONTENT)
        content = contents_json.read({"kind": kind, **EXAMPLES[kind]}, "" if kind in MUTE else TEXT)
        with pytest.raises(ProviderError) as caught:
            await side.provider.send(side.credentials, Outgoing(ADDRESS, content, "attempt-1", "wamid.IN"))
        said = everything_said(caught.value, caplog.text)
        hidden = CANARIES if kind not in MUTE else CANARIES[:3]
        assert not [canary for canary in hidden if canary in said]

    @pytest.mark.parametrize("failure", list(Failure))
    async def test_each_class_of_failure_comes_through(self, side: Side, failure: Failure) -> None:
        side.refuse(failure)
        with pytest.raises(ProviderError) as caught:
            await side.provider.send(side.credentials, outgoing())
        assert caught.value.failure is failure
        assert caught.value.code
        assert side.arrived() == 1

    @pytest.mark.parametrize("failure", list(Failure))
    async def test_no_secret_in_refusals(
        self, side: Side, failure: Failure, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        side.refuse(failure)
        with pytest.raises(ProviderError) as caught:
            await side.provider.send(side.credentials, outgoing())
        logging.getLogger("test").error("Refused.", exc_info=caught.value)
        said = everything_said(caught.value, caplog.text) + repr(side.credentials)
        assert not [canary for canary in CANARIES if canary in said]

    async def test_typing_and_read_do_something_or_nothing(self, side: Side) -> None:
        await side.provider.typing(side.credentials, ADDRESS)
        if not side.provider.capabilities.typing:
            assert side.arrived() == 0
        await side.provider.typing(side.credentials, ADDRESS, reply_to="wamid.IN1")
        await side.provider.read(side.credentials, "wamid.IN1")

    async def test_number_check_matches_the_capability(self, side: Side) -> None:
        found = await side.provider.check_number(side.credentials, ADDRESS)
        assert (found is not None) == side.provider.capabilities.check_number

    def test_every_kind_of_content_is_tried(self, side: Side) -> None:
        assert set(EXAMPLES) == set(contents_json.KINDS)
        assert set(contents_json.KINDS) >= side.provider.capabilities.contents

    def test_webhook_is_read(self, side: Side) -> None:
        delivered, failed, text = side.provider.parse(side.webhook())
        assert isinstance(delivered, StatusEvent)
        assert (delivered.receipt, delivered.error) == (Receipt.DELIVERED, None)
        assert isinstance(failed, StatusEvent)
        assert failed.receipt is Receipt.FAILED
        assert failed.error is not None
        assert failed.error.failure is Failure.RECIPIENT
        if side.provider.capabilities.returns_attempt_id:
            assert (delivered.attempt_id, failed.attempt_id) == ("attempt-1", "attempt-2")
        assert isinstance(text, InboundEvent)
        assert (text.kind, text.address, text.text) == ("text", ADDRESS, "Hello")
        assert {one.sender_ref for one in (delivered, failed, text)} == {side.credentials.sender_ref}
        assert all(one.at.tzinfo is not None for one in (delivered, failed, text))

    def test_duplicated_and_reordered_webhooks_read_alike(self, side: Side) -> None:
        def read(body: bytes) -> list[object]:
            return [comparable(one) for one in side.provider.parse(body)]

        first = read(side.webhook())
        assert side.provider.parse(b'{"another": "webhook between"}')
        assert read(side.webhook()) == first
        assert read(json.dumps(json.loads(side.webhook()), sort_keys=True, indent=1).encode()) == first

    def test_garbage_is_kept_and_never_raises(self, side: Side) -> None:
        rng = random.Random(7)
        good = side.webhook()
        samples = [
            b"",
            b"null",
            b"[]",
            b"{}",
            b"\x00",
            b"\xff\xfe",
            b"[" * 100_000,
            b'{"a":' * 50_000,
            b"1" * 5000,
        ]
        for _ in range(500):
            cut = bytearray(good[: rng.randrange(len(good))] if rng.random() < 0.3 else good)
            for _ in range(rng.randint(0, 5)):
                if cut:
                    cut[rng.randrange(len(cut))] = rng.randrange(256)
            samples.append(bytes(cut))
        for sample in samples:
            events = side.provider.parse(sample)
            assert events
        assert all(isinstance(side.provider.parse(sample)[0], BadItem) for sample in samples[:9])

    @pytest.mark.parametrize(
        "wrong", [None, True, 7, -1, 1e300, 10**30, "", "x", "\ud800", "\x00", [], {}, [[]]]
    )
    def test_wrong_types_anywhere_never_raise(self, side: Side, wrong: object) -> None:
        whole = json.loads(side.webhook())
        paths = list(walk(whole))
        assert len(paths) > 20
        for path in paths:
            broken = json.loads(side.webhook())
            at = broken
            for key in path[:-1]:
                at = at[key]
            at[path[-1]] = wrong
            events = side.provider.parse(json.dumps(broken).encode())
            assert events
            assert "\x00" not in repr(events)
            repr(events).encode()

    def test_signature_is_of_the_bytes(self, side: Side) -> None:
        body = side.webhook()
        headers = side.signed(body, APP_SECRET)

        def verified(body: bytes, headers: Mapping[str, str], *secrets: str) -> bool:
            return side.provider.verify(body=body, headers=headers, secrets=secrets)

        assert verified(body, headers, APP_SECRET)
        assert verified(body, {name.lower(): value for name, value in headers.items()}, "new", APP_SECRET)
        assert verified(body, {name.upper(): value for name, value in headers.items()}, APP_SECRET, "old")
        assert not verified(body, headers, "another")
        assert not verified(body, headers)
        assert not verified(body, side.signed(body, ""), "")
        assert not verified(body, {}, APP_SECRET)
        assert not verified(body, dict.fromkeys(headers, "sha256=é"), APP_SECRET)
        assert not verified(body, dict.fromkeys(headers, ""), APP_SECRET)
        (name, signature), *_ = headers.items()
        for place, character in enumerate(signature):
            other = "0" if character != "0" else "1"
            forged = signature[:place] + other + signature[place + 1 :]
            assert not verified(body, {name: forged}, APP_SECRET)
        for forged in (signature + "0", signature[:-1], " " + signature, signature.removeprefix("sha256=")):
            assert not verified(body, {name: forged}, APP_SECRET)
        rng = random.Random(1)
        for _ in range(500):
            flipped = bytearray(body)
            flipped[rng.randrange(len(flipped))] ^= 1 << rng.randrange(8)
            assert not verified(bytes(flipped), headers, APP_SECRET)


class HttpConformance(Conformance):
    """For providers that are spoken to over HTTP."""

    @pytest.mark.parametrize("accident", list(Accident), ids=lambda one: one.name)
    async def test_accident_is_temporary_only_if_nothing_was_sent(
        self, side: Side, accident: Accident, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        side.suffer(accident)
        with pytest.raises(ProviderError) as caught:
            await side.provider.send(side.credentials, outgoing())
        expected = Failure.TEMPORARY if accident in NEVER_CONNECTED else Failure.UNKNOWN
        assert caught.value.failure is expected
        assert side.arrived() == (0 if accident in NEVER_CONNECTED else 1)
        logging.getLogger("test").error("Failed.", exc_info=caught.value)
        said = everything_said(caught.value, caplog.text)
        assert not [canary for canary in CANARIES if canary in said]

    @pytest.mark.parametrize("accident", list(Accident), ids=lambda one: one.name)
    async def test_every_other_call_raises_the_same_exception(self, side: Side, accident: Accident) -> None:
        side.suffer(accident)
        with pytest.raises(ProviderError):
            await side.provider.status(side.credentials)
        with pytest.raises(ProviderError):
            await side.provider.read(side.credentials, "wamid.IN1")


def walk(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place inside nested objects and lists."""
    if isinstance(value, dict):
        inner: list[tuple[str | int, object]] = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    else:
        inner = []
    here = [path] if path else []
    return here + [found for key, one in inner for found in walk(one, (*path, key))]
