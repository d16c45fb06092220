"""What the API remembers of the calls themselves."""

from __future__ import annotations

from django.db import models


class IdempotencyKey(models.Model):
    """The answer once given to a key, so that a repeated POST has one effect and the same answer for 24 hours."""

    business = models.ForeignKey("businesses.Business", on_delete=models.CASCADE, related_name="+")
    route = models.CharField(max_length=200)
    key = models.CharField(max_length=255)
    body_hash = models.BinaryField(max_length=32)
    created_at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)
    """NULL while the first call is still running."""
    answer = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["business", "route", "key"], name="idempotency_key_once")
        ]
        indexes = [models.Index(fields=["created_at"], name="idempotency_key_by_age")]

    def __str__(self) -> str:
        return self.route
