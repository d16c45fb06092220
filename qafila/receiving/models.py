"""What providers told us, as it came."""

from __future__ import annotations

from django.db import models


class RawWebhook(models.Model):
    """A webhook's body as received, stored before it is answered. Partitioned by day of arrival (see migration 0002)."""

    pk = models.CompositePrimaryKey("received_at", "id")
    id = models.BigIntegerField()
    received_at = models.DateTimeField()
    provider_account_id = models.BigIntegerField()
    business_id = models.BigIntegerField()
    body = models.BinaryField()
    handled_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(db_default=0)
    """How often it could not be handled alone; at ``processor.MOST_ATTEMPTS`` it is put aside."""
    trouble = models.CharField(max_length=300, null=True)  # noqa: DJ001 - most rows have none

    class Meta:
        managed = False
        db_table = "receiving_rawwebhook"

    def __str__(self) -> str:
        return f"webhook {self.id}"


class ProviderEvent(models.Model):
    """A webhook item that is neither a receipt nor a message (account, quality, template …), or that could not be read."""

    business_id = models.BigIntegerField()
    provider_account_id = models.BigIntegerField()
    kind = models.CharField(max_length=64)
    known = models.BooleanField()
    at = models.DateTimeField()
    payload = models.JSONField()
    reason = models.CharField(max_length=300, blank=True, default="")
    """For a part that could not be read or used: why."""
    digest = models.BinaryField(max_length=32, null=True)
    """Of account, kind, time and content: what a provider delivers again is kept once."""

    class Meta:
        indexes = [models.Index(fields=["business_id", "kind", "-id"], name="provider_event_by_kind")]
        constraints = [
            models.UniqueConstraint(fields=["provider_account_id", "digest"], name="provider_event_once")
        ]

    def __str__(self) -> str:
        return self.kind


class WaitingReceipt(models.Model):
    """A receipt for a message that nobody knew when it came: a webhook can be faster than our own record of the call.

    It is tried again a few times (``rules.patience``), then kept as a :class:`ProviderEvent`.
    """

    business_id = models.BigIntegerField()
    provider_account_id = models.BigIntegerField()
    receipt = models.JSONField()
    """The fields of ``ledger.receipts.ReceiptRow`` that are needed to try again."""
    tries = models.PositiveSmallIntegerField(default=1)
    due_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="waiting_receipt_due")]

    def __str__(self) -> str:
        return f"receipt {self.pk}"


class MessagePrice(models.Model):
    """What the provider says a message costs, and the conversation it stands in. One row a message, from its receipts."""

    message_id = models.BigIntegerField(primary_key=True)
    business_id = models.BigIntegerField()
    sender_id = models.BigIntegerField()
    at = models.DateTimeField()
    billable = models.BooleanField(null=True)
    model = models.CharField(max_length=16, blank=True, db_default="")
    """``PMP`` (a price a message) or ``CBP`` (a price a conversation, before July 2025)."""
    type = models.CharField(max_length=32, blank=True, db_default="")
    category = models.CharField(max_length=32, blank=True, db_default="")
    conversation = models.CharField(max_length=128, blank=True, db_default="")
    origin = models.CharField(max_length=32, blank=True, db_default="")
    expires_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["business_id", "at"], name="message_price_by_time")]

    def __str__(self) -> str:
        return f"price of message {self.message_id}"
