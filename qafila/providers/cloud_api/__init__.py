"""WhatsApp Cloud API, Meta's own: the recommended provider."""

from qafila.providers.cloud_api.api import CloudApi
from qafila.providers.cloud_api.codes import OPT_OUT_CODES, TEMPLATE_HOLD_CODES, WINDOW_CLOSED_CODES
from qafila.providers.cloud_api.subscription import challenge

__all__ = ["OPT_OUT_CODES", "TEMPLATE_HOLD_CODES", "WINDOW_CLOSED_CODES", "CloudApi", "challenge"]
