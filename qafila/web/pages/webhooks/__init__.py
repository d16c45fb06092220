"""Webhooks out: endpoints, what was sent to them, tries, tests, secrets."""
