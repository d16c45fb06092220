"""WAHA, the WhatsApp HTTP API in a container. Written to its documents (2026.7); not run live."""

from qafila.providers.waha.api import Waha

__all__ = ["Waha"]
