"""Every kind of provider in turn."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.providers.conformance import Side
from tests.providers.conformance.sides import SIDES


@pytest.fixture(params=sorted(SIDES))
async def side(request: pytest.FixtureRequest) -> AsyncIterator[Side]:
    async with SIDES[request.param]() as found:
        yield found
