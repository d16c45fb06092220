"""What a person should look at."""

from __future__ import annotations

import uuid

from django.db import models


class Level(models.TextChoices):
    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class Alert(models.Model):
    """Trouble that needs a person. A storm is one line: the same code and subject while open only counts up."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    business = models.ForeignKey("businesses.Business", on_delete=models.CASCADE, related_name="+", null=True)
    """NULL: about the installation itself."""
    level = models.CharField(max_length=10, choices=Level.choices)
    code = models.CharField(max_length=64)
    """Worded by ``wording/`` with :attr:`params`."""
    params = models.JSONField(default=dict)
    subject_kind = models.CharField(max_length=32, blank=True, default="")
    subject_id = models.CharField(max_length=64, blank=True, default="")
    opened_at = models.DateTimeField()
    last_at = models.DateTimeField()
    count = models.PositiveIntegerField(default=1)
    read_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    """The trouble is over."""
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["business", "code", "subject_kind", "subject_id"],
                name="alert_once_while_open",
                condition=models.Q(closed_at__isnull=True, deleted_at__isnull=True),
                nulls_distinct=False,
            )
        ]
        indexes = [models.Index(fields=["business", "-last_at"], name="alert_by_time")]

    def __str__(self) -> str:
        return f"{self.level} {self.code}"
