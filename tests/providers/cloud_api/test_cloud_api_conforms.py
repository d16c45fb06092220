"""The Cloud API provider keeps every promise of a provider."""

from tests.providers.conformance import HttpConformance


class TestCloudApi(HttpConformance):
    """The common suite."""
