"""The one word by which whoever stores a webhook wakes whoever reads it."""

CHANNEL = "qafila_webhooks"
"""PostgreSQL's NOTIFY channel; without a payload, since the rows are found anyway."""
