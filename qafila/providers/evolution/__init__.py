"""Evolution API 2.x: an HTTP server over WhatsApp's web protocol. Written to its documents and source; not run live."""

from qafila.providers.evolution.api import Evolution

__all__ = ["Evolution"]
