"""Webhooks: read whatever their order, however often, whatever they hold; believed only from the vendor."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping

import pytest

from qafila.providers import signatures
from qafila.providers.interface import BadItem, Event, InboundEvent, Receipt, StatusEvent
from tests.providers.conformance import ADDRESS, APP_SECRET, Side, comparable, told, walk


def read_all(side: Side, bodies: list[bytes] | None = None) -> list[Event]:
    bodies = list(side.webhooks()) if bodies is None else bodies
    return [event for body in bodies for event in side.provider.parse(body)]


def everything(side: Side) -> list[bytes]:
    """A webhook of every kind."""
    return [*side.webhooks(), *(body for _, body in side.more_webhooks())]


def test_every_other_kind_is_read(side: Side) -> None:
    listed = side.more_webhooks()
    assert listed
    for expected, body in listed:
        found = " ".join(told(one) for one in side.provider.parse(body))
        assert found == expected if expected else "bad." not in found, body
    for event in read_all(side, [body for _, body in listed]):
        if not side.provider.capabilities.official:  # those were recorded of many numbers
            assert not isinstance(event, BadItem)
            assert event.sender_ref in (side.credentials.sender_ref, "")


def test_webhooks_are_read(side: Side) -> None:
    delivered, failed, text = read_all(side)
    assert isinstance(delivered, StatusEvent)
    assert (delivered.receipt, delivered.error) == (Receipt.DELIVERED, None)
    assert isinstance(failed, StatusEvent)
    assert failed.receipt is Receipt.FAILED
    assert failed.error is not None
    assert failed.error.failure is side.receipt_says
    if side.provider.capabilities.returns_attempt_id:
        assert (delivered.attempt_id, failed.attempt_id) == side.attempts
    assert isinstance(text, InboundEvent)
    assert (text.kind, text.address, text.text) == ("text", ADDRESS, "Hello")
    assert {one.sender_ref for one in (delivered, failed, text)} <= {side.credentials.sender_ref, ""}
    assert all(one.at.tzinfo is not None for one in (delivered, failed, text))
    assert delivered.address in (ADDRESS, "")


async def test_the_receipt_of_a_message_names_it(side: Side) -> None:
    """What an acceptance names is what its receipts name: where our ids travel, the receipt also names the attempt."""
    if side.provider.capabilities.returns_attempt_id:
        delivered = read_all(side)[0]
        assert isinstance(delivered, StatusEvent)
        assert delivered.attempt_id == side.attempts[0]


def test_duplicated_and_reordered_webhooks_read_alike(side: Side) -> None:
    def read(bodies: list[bytes]) -> list[object]:
        return [comparable(one) for one in read_all(side, bodies)]

    bodies = everything(side)
    first = read(bodies)
    assert side.provider.parse(b'{"another": "webhook between"}')
    turned = read(bodies[::-1])
    assert len(turned) == len(first)
    assert all(one in turned for one in first)
    assert read(bodies * 2) == first * 2
    again = [json.dumps(json.loads(body), sort_keys=True, indent=1).encode() for body in bodies]
    assert read(again) == first


def test_garbage_is_kept_and_never_raises(side: Side) -> None:
    rng = random.Random(7)
    good = everything(side)
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
    for number in range(max(500, 12 * len(good))):
        one = good[number % len(good)]
        cut = bytearray(one[: rng.randrange(len(one))] if rng.random() < 0.3 else one)
        for _ in range(rng.randint(0, 5)):
            if cut:
                cut[rng.randrange(len(cut))] = rng.randrange(256)
        samples.append(bytes(cut))
    for sample in samples:
        assert side.provider.parse(sample)
    assert all(isinstance(side.provider.parse(sample)[0], BadItem) for sample in samples[:9])


@pytest.mark.parametrize("wrong", [None, True, 7, -1, 1e300, 10**30, "", "x", "\ud800", "\x00", [], {}, [[]]])
def test_wrong_types_anywhere_never_raise(side: Side, wrong: object) -> None:
    paths = 0
    for body in everything(side):
        for path in walk(json.loads(body)):
            paths += 1
            broken = json.loads(body)
            at = broken
            for key in path[:-1]:
                at = at[key]
            at[path[-1]] = wrong
            events = side.provider.parse(json.dumps(broken).encode())
            lists = side.provider.capabilities.official  # of which one that is empty says nothing
            assert events or (lists and wrong in (None, []))
            assert "\x00" not in repr(events)
            repr(events).encode()
    assert paths > 20


def verified(side: Side, body: bytes, headers: Mapping[str, str], *secrets: str) -> bool:
    believed = side.provider.verify(body=body, headers=headers, secrets=secrets)
    assert side.provider.may_be_signed(headers=headers, secrets=secrets) or not believed
    return believed


def test_what_no_body_could_make_true_is_known_before_the_body(side: Side) -> None:
    """The door asks this first, so that nobody's unsigned bodies fill it."""
    headers = side.signed(side.webhooks()[0], APP_SECRET)
    (name, signature), *_ = headers.items()
    wrong = [{}, dict.fromkeys(headers, ""), dict.fromkeys(headers, "sha256=é")]
    wrong += [{name: signature + "0"}, {name: signature[:-1]}, {name: " " + signature}]
    for one in wrong:
        assert not side.provider.may_be_signed(headers=one, secrets=[APP_SECRET])
    for none in ([], [""]):
        assert not side.provider.may_be_signed(headers=headers, secrets=none)
    assert side.provider.may_be_signed(headers=headers, secrets=["", APP_SECRET])


def test_only_the_vendor_is_believed(side: Side) -> None:
    body = side.webhooks()[0]
    headers = side.signed(body, APP_SECRET)
    assert verified(side, body, headers, APP_SECRET)
    assert verified(side, body, headers, "new", APP_SECRET)
    assert verified(side, body, headers, APP_SECRET, "old")
    assert not verified(side, body, headers, "another")
    assert not verified(side, body, headers)
    assert not verified(side, body, side.signed(body, ""), "")
    assert not verified(side, body, {}, APP_SECRET)
    assert not verified(side, body, dict.fromkeys(headers, "sha256=é"), APP_SECRET)
    assert not verified(side, body, dict.fromkeys(headers, ""), APP_SECRET)
    (name, signature), *_ = headers.items()
    for place, character in enumerate(signature):
        other = "0" if character != "0" else "1"
        forged = signature[:place] + other + signature[place + 1 :]
        assert not verified(side, body, {name: forged}, APP_SECRET)
    for forged in (signature + "0", signature[:-1], " " + signature):
        assert not verified(side, body, {name: forged}, APP_SECRET)


def test_a_signature_is_of_the_bytes(side: Side) -> None:
    """Where the vendor signs nothing, a header cannot stand for the secret in the address."""
    body = side.webhooks()[0]
    headers = side.signed(body, APP_SECRET)
    if not side.signs_body:
        assert set(headers) == {signatures.PATH_SECRET}
        plain = {name.strip(":"): value for name, value in headers.items()}
        assert not verified(side, body, plain, APP_SECRET)
        assert side.provider.capabilities.secret_path
        return
    assert verified(side, body, {name.lower(): value for name, value in headers.items()}, APP_SECRET)
    assert verified(side, body, {name.upper(): value for name, value in headers.items()}, APP_SECRET)
    rng = random.Random(1)
    for _ in range(500):
        flipped = bytearray(body)
        flipped[rng.randrange(len(flipped))] ^= 1 << rng.randrange(8)
        assert not verified(side, bytes(flipped), headers, APP_SECRET)
