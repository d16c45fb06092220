"""Any HTTP gateway that sends a text by one request: how is data, kept with the account. Nothing in it is evaluated."""

from qafila.providers.http_gateway.api import HttpGateway, Trial

__all__ = ["HttpGateway", "Trial"]
