"""Lanes, workers, and who was reached for the portfolio limit."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Worker(models.Model):
    """A worker process. While it lives it holds the session advisory lock (7, id)."""

    host = models.CharField(max_length=100)
    pid = models.IntegerField()
    version = models.CharField(max_length=32)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["id"], name="worker_living", condition=Q(ended_at__isnull=True))]

    def __str__(self) -> str:
        return f"worker {self.pk}"


class Lane(models.Model):
    """One row a sender: when it is due, who runs it, and what it did lately (so that a restart does not forget)."""

    sender = models.OneToOneField(
        "senders.Sender", on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    business_id = models.BigIntegerField()
    due_at = models.DateTimeField(null=True)
    """When it has something to do; NULL: sleeps until it is woken."""
    owner_id = models.BigIntegerField(null=True)
    epoch = models.IntegerField(default=0)
    """Counts up at every take; claims are fenced by it."""
    lease_until = models.DateTimeField(null=True)
    wake = models.BigIntegerField(default=0)
    """Counts up with every wake, so that falling asleep and being woken cannot cross."""
    pace = models.JSONField(default=dict)
    """What the pacing policy remembers; written by the statement that claims."""

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"], name="lane_due", condition=Q(due_at__isnull=False, owner_id__isnull=True)
            ),
            models.Index(fields=["owner_id"], name="lane_owned", condition=Q(owner_id__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"lane of sender {self.sender_id}"


class Reach(models.Model):
    """A person whom a portfolio wrote to outside a window in the last 24 hours."""

    pk = models.CompositePrimaryKey("portfolio_id", "contact_id")
    portfolio_id = models.BigIntegerField()
    contact_id = models.BigIntegerField()
    last_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["portfolio_id", "last_at"], name="reach_by_age")]

    def __str__(self) -> str:
        return f"contact {self.contact_id} in portfolio {self.portfolio_id}"


class Tally(models.Model):
    """What the calls of a sender came to in five minutes of the last day; a summary of the attempts (``dispatch.tally``)."""

    pk = models.CompositePrimaryKey("sender_id", "at", "outcome", "code")
    sender_id = models.BigIntegerField()
    at = models.DateTimeField()
    """A full five minutes."""
    outcome = models.CharField(max_length=16)
    """As in ``ledger.Attempt``: ``accepted``, or a class of ``providers.interface.Failure``."""
    code = models.CharField(max_length=64, blank=True, default="")
    count = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["at"], name="tally_by_age")]

    def __str__(self) -> str:
        return f"sender {self.sender_id} at {self.at:%H:%M}"


class Pulse(models.Model):
    """What became of the messages that a sender handed over in five minutes of the last day: counted anew while receipts may
    still come (``dispatch.pulse``). Of very many a sample is counted, and taken for all."""

    pk = models.CompositePrimaryKey("sender_id", "at")
    sender_id = models.BigIntegerField()
    at = models.DateTimeField()
    """A full five minutes."""
    accepted = models.PositiveIntegerField(db_default=0)
    arrived = models.PositiveIntegerField(db_default=0)
    """Delivered or read by now."""
    read = models.PositiveIntegerField(db_default=0)
    bounced = models.PositiveIntegerField(db_default=0)
    """Reported as failed after they were accepted."""
    within_1m = models.PositiveIntegerField(db_default=0)
    """Arrived within a minute of their acceptance; the next ones within so long (``rules.normal.LAGS``)."""
    within_5m = models.PositiveIntegerField(db_default=0)
    within_15m = models.PositiveIntegerField(db_default=0)
    within_1h = models.PositiveIntegerField(db_default=0)
    within_6h = models.PositiveIntegerField(db_default=0)
    stops = models.PositiveIntegerField(db_default=0)
    """People whom it had written to last and who said STOP in these minutes."""
    replies = models.PositiveIntegerField(db_default=0)
    """People who wrote to it in these minutes."""

    class Meta:
        indexes = [models.Index(fields=["at"], name="pulse_by_age")]

    def __str__(self) -> str:
        return f"pulse of sender {self.sender_id} at {self.at:%H:%M}"


class PackageHold(models.Model):
    """A package of which several numbers were lost (``dispatch.package_holds``): what is to begin over it waits."""

    package = models.OneToOneField(
        "senders.Package", on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    since = models.DateTimeField()
    """When the loss came that began it; ``at``: the last one."""
    at = models.DateTimeField()
    lost = models.PositiveIntegerField()
    """How many numbers within a day."""
    reason = models.CharField(max_length=64, blank=True, default="")
    """Wording code (or the provider's own) of the last loss."""
    released_at = models.DateTimeField(null=True)
    """When a person let something go on, or nothing was held any more. NULL: it is held."""

    def __str__(self) -> str:
        return f"hold of package {self.package_id}"
