"""Providers are found by kind, one for the process, and fit the interface."""

import pytest

from qafila.providers import registry
from qafila.providers.interface import Provider


@pytest.mark.parametrize("kind", registry.KINDS)
def test_kind_gives_its_provider(kind: str) -> None:
    provider: Provider = registry.get(kind)
    assert provider.kind == kind
    assert registry.get(kind) is provider
    assert registry.KINDS[kind].title


def test_unknown_kind_says_which_are_known() -> None:
    with pytest.raises(registry.UnknownKind, match="cloud_api"):
        registry.get("pigeon")


def test_what_every_webhook_asks_is_looked_up_once() -> None:
    """Looking through a protocol takes longer than checking a signature."""
    registry._is_configurable.cache_clear()
    for _ in range(10):
        assert registry.configured("cloud_api", {}) is registry.get("cloud_api")
    assert registry._is_configurable.cache_info().misses == 1
    assert registry.configured("http_gateway", {}) is not registry.get("http_gateway")
