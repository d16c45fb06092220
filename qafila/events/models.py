"""What happened, for the rooms above: written in the transaction of the change, handled by the worker afterwards."""

from __future__ import annotations

from django.db import models

from qafila.events.webhooks.models import (
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookMessage,
)

__all__ = ["TOLD_OF", "Event", "WebhookAttempt", "WebhookDelivery", "WebhookEndpoint", "WebhookMessage"]

TOLD_OF = ("account.state_changed", "sender.state_changed", "sender.trouble")
"""Kinds that the page of a number shows."""


class Event(models.Model):
    """One thing that happened. Handlers are idempotent and registered by name (``events.registry``)."""

    business = models.ForeignKey("businesses.Business", on_delete=models.CASCADE, related_name="+", null=True)
    kind = models.CharField(max_length=64)
    """``batch.finished``, ``sender.trouble`` …: every kind is listed in ``events/kinds.py``."""
    subject_kind = models.CharField(max_length=32, blank=True, default="")
    subject_id = models.CharField(max_length=64, blank=True, default="")
    data = models.JSONField(default=dict)
    at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    """When its handlers are due; NULL once all have run or it was given up."""
    attempts = models.PositiveSmallIntegerField(default=0)
    trouble = models.CharField(max_length=300, blank=True, default="")
    """Why the last try did not succeed, without texts or phone numbers."""

    class Meta:
        indexes = [
            models.Index(fields=["due_at", "id"], name="event_due", condition=models.Q(due_at__isnull=False)),
            models.Index(fields=["business", "-id"], name="event_by_business"),
            # What happened to one number, without looking through all that happened.
            models.Index(
                fields=["subject_id", "-id"], name="event_of_subject", condition=models.Q(kind__in=TOLD_OF)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_kind} {self.subject_id}"
