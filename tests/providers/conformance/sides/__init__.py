"""The kinds of providers that the suite runs through. A new one is a file here and a row below."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from tests.providers.cloud_api.side import cloud_side
from tests.providers.conformance.side import Side
from tests.providers.conformance.sides.baileys import baileys_side
from tests.providers.conformance.sides.evolution import evolution_side
from tests.providers.conformance.sides.http_gateway import gateway_side
from tests.providers.conformance.sides.memory import memory_side
from tests.providers.conformance.sides.waha import waha_side
from tests.providers.conformance.sides.wppconnect import wppconnect_side

SIDES: dict[str, Callable[[], AbstractAsyncContextManager[Side]]] = {
    "baileys": baileys_side,
    "cloud_api": cloud_side,
    "evolution": evolution_side,
    "http_gateway": gateway_side,
    "memory": memory_side,
    "waha": waha_side,
    "wppconnect": wppconnect_side,
}
