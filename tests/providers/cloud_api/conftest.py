"""The fixture of this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.providers.cloud_api.side import CloudSide, cloud_side


@pytest.fixture
async def side() -> AsyncIterator[CloudSide]:
    async with cloud_side() as found:
        yield found
