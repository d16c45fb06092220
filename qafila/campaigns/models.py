"""Contracts (and, later, broadcasts and open messages): thin owners of a ledger batch."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Kind(models.TextChoices):
    CONTRACT = "contract"


class ImportState(models.TextChoices):
    NONE = "", "none"
    WAITING = "waiting"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"


class Campaign(models.Model):
    """A batch of outgoing messages, whatever its kind. Counts and progress are the batch's."""

    public_id = models.CharField(max_length=64, unique=True)
    """``contract_…``"""
    business = models.ForeignKey("businesses.Business", on_delete=models.CASCADE, related_name="campaigns")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    name = models.CharField(max_length=200)
    sender = models.ForeignKey("senders.Sender", on_delete=models.PROTECT, related_name="+")
    batch = models.OneToOneField("ledger.Batch", on_delete=models.PROTECT, related_name="+")
    total_count = models.PositiveIntegerField()
    """Rows given, good and bad: what ``totalCount`` says."""
    content_hash = models.BinaryField(max_length=32, null=True)
    """SHA-256 over account and rows in order: the same contract posted twice has the same one."""
    possible_duplicate_of = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")
    duplicate_confirmed_at = models.DateTimeField(null=True)
    warnings = models.JSONField(default=list)
    """Wording codes with parameters: what the creator should know (several texts to one number …)."""
    created_by = models.CharField(max_length=80, blank=True, default="")
    created_at = models.DateTimeField()
    start_wanted = models.BooleanField(default=False)
    """Started while its upload was still being read: takes effect at the end."""
    failed_cleared_at = models.DateTimeField(null=True)
    """Failed ones up to this moment are hidden from lists; the books stay."""
    deleted_at = models.DateTimeField(null=True)
    import_state = models.CharField(max_length=10, choices=ImportState.choices, blank=True, default="")
    import_file = models.CharField(max_length=200, blank=True, default="")
    import_rows = models.PositiveIntegerField(default=0)
    """Rows read so far."""
    import_reason = models.CharField(max_length=64, blank=True, default="")
    import_options = models.JSONField(default=dict, db_default={})
    """How to read the file: ``{"columns": {field: header}, "params": [header …], "encoding", "delimiter"}``."""

    class Meta:
        indexes = [
            models.Index(
                fields=["business", "-created_at"], name="campaign_by_time", condition=Q(deleted_at=None)
            ),
            models.Index(fields=["business", "content_hash"], name="campaign_by_content"),
        ]

    def __str__(self) -> str:
        return self.name
