"""Signed webhooks: their bodies, their queue and the handshake."""
