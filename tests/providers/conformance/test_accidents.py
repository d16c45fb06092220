"""What can happen on the way: only what certainly never left is TEMPORARY; everything after that is UNKNOWN."""

from __future__ import annotations

import logging

import pytest

from qafila.providers.interface import Failure, ProviderError
from tests.providers.conformance import (
    ADDRESS,
    CANARIES,
    NEVER_CONNECTED,
    Accident,
    Side,
    everything_said,
    outgoing,
)

HARMLESS = (Accident.EMPTY_200, Accident.NO_ID)
"""A success that says nothing is enough for typing and for marking as read."""

each_accident = pytest.mark.parametrize("accident", list(Accident), ids=lambda one: one.name)


@each_accident
async def test_accident_is_temporary_only_if_nothing_was_sent(
    side: Side, accident: Accident, caplog: pytest.LogCaptureFixture
) -> None:
    if not side.over_http:
        return
    caplog.set_level(logging.DEBUG)
    side.suffer(accident)
    with pytest.raises(ProviderError) as caught:
        await side.provider.send(side.credentials, outgoing())
    assert caught.value.failure is (Failure.TEMPORARY if accident in NEVER_CONNECTED else Failure.UNKNOWN)
    assert side.arrived() == (0 if accident in NEVER_CONNECTED else 1)
    logging.getLogger("test").error("Failed.", exc_info=caught.value)
    said = everything_said(caught.value, caplog.text)
    assert not [canary for canary in CANARIES if canary in said]
    assert ADDRESS not in said


@each_accident
async def test_every_other_call_raises_the_same_exception(side: Side, accident: Accident) -> None:
    if not side.over_http:
        return
    side.suffer(accident)
    with pytest.raises(ProviderError):
        await side.provider.status(side.credentials)
    if side.reads and accident not in HARMLESS:
        with pytest.raises(ProviderError):
            await side.provider.read(side.credentials, side.inbound_id)
    if side.provider.capabilities.check_number:
        with pytest.raises(ProviderError) as caught:
            await side.provider.check_number(side.credentials, ADDRESS)
        assert ADDRESS not in everything_said(caught.value, ""), "addresses of requests hold phone numbers"
    if side.provider.capabilities.typing and accident not in HARMLESS:
        with pytest.raises(ProviderError):
            await side.provider.typing(side.credentials, ADDRESS)
