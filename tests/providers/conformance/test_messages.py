"""Sending: what is accepted, what is refused, what is never said aloud."""

from __future__ import annotations

import asyncio
import logging

import pytest

from qafila.providers import contents_json
from qafila.providers.interface import Failure, Outgoing, ProviderError, Template
from tests.providers.conformance import (
    ADDRESS,
    CANARIES,
    EXAMPLES,
    MUTE,
    TEXT,
    Side,
    everything_said,
    outgoing,
)


async def test_accepts_and_gives_an_id(side: Side) -> None:
    first = await side.provider.send(side.credentials, outgoing("attempt-1"))
    second = await side.provider.send(side.credentials, outgoing("attempt-2"))
    assert first.provider_id != second.provider_id
    assert side.arrived() == 2


async def test_sends_many_at_once(side: Side) -> None:
    calls = (side.provider.send(side.credentials, outgoing(f"attempt-{n}")) for n in range(50))
    ids = {accepted.provider_id for accepted in await asyncio.gather(*calls)}
    assert len(ids) == 50
    assert side.arrived() == 50


async def test_sends_templates_if_it_says_so(side: Side) -> None:
    if side.provider.capabilities.templates:
        template = Template("order_update", "en_US", ("Pablo", "12 May"))
        message = Outgoing(to=ADDRESS, content=template, attempt_id="attempt-1")
        assert (await side.provider.send(side.credentials, message)).provider_id


def test_every_kind_of_content_is_tried(side: Side) -> None:
    assert set(EXAMPLES) == set(contents_json.KINDS)
    assert set(contents_json.KINDS) >= side.provider.capabilities.contents


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
async def test_each_kind_of_content_is_sent_or_refused_before_the_call(side: Side, kind: str) -> None:
    content = contents_json.read({"kind": kind, **EXAMPLES[kind]}, "" if kind in MUTE else TEXT)
    message = Outgoing(to=ADDRESS, content=content, attempt_id="attempt-1")
    if kind in side.provider.capabilities.contents:
        assert (await side.provider.send(side.credentials, message)).provider_id
        return
    with pytest.raises(ProviderError) as caught:
        await side.provider.send(side.credentials, message)
    assert caught.value.failure is Failure.CONTENT
    assert side.arrived() == 0


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
async def test_no_word_of_any_kind_of_content_is_in_a_refusal(
    side: Side, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    if kind not in side.provider.capabilities.contents:
        return
    caplog.set_level(logging.DEBUG)
    side.refuse(Failure.CONTENT if Failure.CONTENT in side.says else Failure.UNKNOWN)
    content = contents_json.read({"kind": kind, **EXAMPLES[kind]}, "" if kind in MUTE else TEXT)
    with pytest.raises(ProviderError) as caught:
        await side.provider.send(side.credentials, Outgoing(ADDRESS, content, "attempt-1", "wamid.IN"))
    said = everything_said(caught.value, caplog.text)
    hidden = CANARIES if kind not in MUTE else CANARIES[:3]
    assert not [canary for canary in hidden if canary in said]


@pytest.mark.parametrize("failure", list(Failure))
async def test_each_class_of_failure_comes_through_and_says_no_secret(
    side: Side, failure: Failure, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    if failure not in side.says:
        return
    side.refuse(failure)
    with pytest.raises(ProviderError) as caught:
        await side.provider.send(side.credentials, outgoing())
    assert caught.value.failure is failure
    assert caught.value.code
    assert side.arrived() == 1
    logging.getLogger("test").error("Refused.", exc_info=caught.value)
    said = everything_said(caught.value, caplog.text) + repr(side.credentials)
    assert not [canary for canary in CANARIES if canary in said]


def test_every_vendor_can_say_at_least_this(side: Side) -> None:
    """A vendor that cannot say that our key is wrong, or whose every error we believed, could not be used."""
    assert side.says >= {Failure.ACCOUNT, Failure.UNKNOWN}


async def test_typing_and_read_do_something_or_nothing(side: Side) -> None:
    await side.provider.typing(side.credentials, ADDRESS)
    await side.provider.typing(side.credentials, ADDRESS, reply_to=side.inbound_id)
    await side.provider.read(side.credentials, side.inbound_id)
    await side.provider.read(side.credentials, "\x00")
    assert side.arrived() == 0


async def test_number_check_matches_the_capability(side: Side) -> None:
    found = await side.provider.check_number(side.credentials, ADDRESS)
    assert (found is not None) == side.provider.capabilities.check_number


async def test_state_is_told(side: Side) -> None:
    assert (await side.provider.status(side.credentials)).can_send in (True, None)
