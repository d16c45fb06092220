"""WPPConnect Server: an HTTP server over WhatsApp Web in Chrome, as version 2.10.4 was observed. Phones are linked to it."""

from qafila.providers.wppconnect.api import WppConnect

__all__ = ["WppConnect"]
