"""Endpoints of customers, what is to be told to them, and every try to do so."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models


class EndpointState(models.TextChoices):
    ENABLED = "enabled"
    DISABLED = "disabled"


class _Kept(models.Manager["WebhookEndpoint"]):
    def get_queryset(self) -> models.QuerySet[WebhookEndpoint]:
        return super().get_queryset().filter(deleted_at=None)


class WebhookEndpoint(models.Model):
    """An address of a business that wants to hear what happens. A deleted one is in no list and gets nothing; its row goes when
    its deliveries are gone (``webhooks.retention``)."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    business = models.ForeignKey("businesses.Business", on_delete=models.CASCADE, related_name="+")
    url = models.CharField(max_length=2048)
    description = models.CharField(max_length=200, blank=True, default="")
    event_types = ArrayField(models.CharField(max_length=64), default=list)
    """Names of ``webhooks.types``; empty: all, also those that later versions add."""
    with_contents = models.BooleanField(default=False)
    """Message texts and numbers are sent too. Off: ids, counts and states only."""
    secrets = models.TextField()
    """Sealed for this row; see ``webhooks.secrets``."""
    state = models.CharField(max_length=10, choices=EndpointState.choices, default=EndpointState.ENABLED)
    disabled_reason = models.CharField(max_length=16, blank=True, default="")
    """``person``, ``failing`` (120 hours of nothing but failures) or ``gone`` (it answered 410)."""
    disabled_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    """The first failure after the last success; NULL while deliveries succeed."""
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)
    """When a person deleted it: from then on it is off, and holds no address and no secret."""

    objects = _Kept()
    """Without the deleted ones."""

    class Meta:
        indexes = [models.Index(fields=["business", "-id"], name="webhook_endpoint_own")]

    def __str__(self) -> str:
        return str(self.public_id)


class WebhookMessage(models.Model):
    """One thing to tell. Its id and its payload are the same at every try and at every endpoint."""

    public_id = models.CharField(max_length=40, unique=True)
    """``msg_…``: the header ``webhook-id``, by which a receiver knows a repetition."""
    business = models.ForeignKey("businesses.Business", on_delete=models.CASCADE, related_name="+")
    event_id = models.BigIntegerField(null=True)
    """Row id of the event, which is also the sequence; NULL for a test. No foreign key: events go earlier."""
    type = models.CharField(max_length=64)
    object_kind = models.CharField(max_length=32, blank=True, default="")
    object_id = models.CharField(max_length=64, blank=True, default="")
    payload = models.TextField()
    """The body without contents, byte for byte."""
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event_id", "type"], name="webhook_message_once_an_event")
        ]
        indexes = [models.Index(fields=["at"], name="webhook_message_by_time")]

    def __str__(self) -> str:
        return f"{self.type} {self.public_id}"


class DeliveryState(models.TextChoices):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    """Every try failed; a person may send it again."""
    MISSED = "missed"
    """The endpoint was switched off; a person may send it when it is on again."""


class WebhookDelivery(models.Model):
    """One message for one endpoint."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    message = models.ForeignKey(WebhookMessage, on_delete=models.CASCADE, related_name="deliveries")
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.PENDING)
    next_at = models.DateTimeField(null=True)
    """When it is due; while a worker has it, when its lease ends. NULL: nothing more happens by itself."""
    claims = models.IntegerField(default=0, db_default=0)
    """Counts up whenever a worker takes it: an outcome is written only by who took it last."""
    tries = models.SmallIntegerField(default=0, db_default=0)
    """Tries of the present round of the schedule; sending it again by hand begins a new one."""
    last_status = models.SmallIntegerField(default=0, db_default=0)
    last_code = models.CharField(max_length=40, blank=True, default="", db_default="")
    last_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "endpoint"], name="webhook_delivery_once")]
        indexes = [
            models.Index(
                fields=["endpoint", "next_at", "id"],
                name="webhook_delivery_due",
                condition=models.Q(next_at__isnull=False),
            ),
            models.Index(
                fields=["next_at"], name="webhook_delivery_next", condition=models.Q(next_at__isnull=False)
            ),
            models.Index(fields=["endpoint", "-id"], name="webhook_delivery_list"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class WebhookAttempt(models.Model):
    """One try."""

    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    ms = models.IntegerField()
    """How long it took, in milliseconds."""
    status = models.SmallIntegerField()
    """HTTP status; 0 without an answer."""
    code = models.CharField(max_length=40, blank=True, default="")
    """Why it does not count as delivered (``rules.answers``); empty where it does."""
    snippet = models.TextField(blank=True, default="")
    """The beginning of the answer, redacted."""

    class Meta:
        indexes = [models.Index(fields=["delivery", "-id"], name="webhook_attempt_of")]

    def __str__(self) -> str:
        return f"{self.status} {self.code}"
