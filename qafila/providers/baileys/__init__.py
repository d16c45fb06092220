"""WhatsApp over Baileys, through the small gateway in ``gateways/baileys``. It links a phone; WhatsApp's terms forbid that."""

from qafila.providers.baileys.api import Baileys

__all__ = ["Baileys"]
