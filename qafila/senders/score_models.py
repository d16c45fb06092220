"""How well each number is, as it was last reckoned, and what automatic pauses would have done."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Score(models.Model):
    """The health of a number and how much of its limits it may use. Written by ``dispatch.health_rounds``."""

    sender = models.OneToOneField(
        "senders.Sender", on_delete=models.CASCADE, primary_key=True, related_name="score"
    )
    score = models.PositiveSmallIntegerField(default=100)
    """0 to 100."""
    known = models.BooleanField(default=False)
    """False: there were too few messages to say much."""
    reasons = models.JSONField(default=list)
    """``[{"code", "weight", "params"}]``, the heaviest first; codes of ``wording/``."""
    kind = models.CharField(max_length=24, default="none")
    """The verdict of block detection, a value of ``dispatch.rules.block_detection.Kind``."""
    since = models.DateTimeField(null=True)
    """When that trouble began."""
    code = models.CharField(max_length=64, blank=True, default="")
    """The provider's code, where it gave one."""
    count = models.PositiveIntegerField(default=0)
    """Failures (or missing arrivals) that the verdict rests on."""
    factor = models.FloatField(default=1.0)
    """Share of its fixed limits that it may use now, above 0 and at most 1."""
    pace = models.JSONField(default=dict)
    """``dispatch.rules.adaptive_pace.State``, as kept."""
    normal = models.JSONField(default=dict)
    """``dispatch.rules.normal.Normal``, as kept."""
    learned_at = models.DateTimeField(null=True)
    """Until when its past has gone into ``normal``."""
    at = models.DateTimeField()
    """When it was last reckoned."""

    def __str__(self) -> str:
        return f"score {self.score} of sender {self.sender_id}"


class ScorePoint(models.Model):
    """The score of a number at a full hour, kept for 90 days."""

    pk = models.CompositePrimaryKey("sender_id", "at")
    sender_id = models.BigIntegerField()
    at = models.DateTimeField()
    score = models.PositiveSmallIntegerField()
    factor = models.FloatField()
    accepted = models.PositiveIntegerField(null=True)
    """Calls that the provider accepted in the hour before; NULL: from before this was kept."""

    class Meta:
        indexes = [models.Index(fields=["at"], name="score_point_by_age")]

    def __str__(self) -> str:
        return f"score {self.score} of sender {self.sender_id} at {self.at:%H:%M}"


class ShadowPause(models.Model):
    """What auto-pause would have done while it is off: paused this number then, and what failed after that."""

    sender = models.ForeignKey("senders.Sender", on_delete=models.CASCADE, related_name="shadow_pauses")
    at = models.DateTimeField()
    kind = models.CharField(max_length=24)
    """A value of ``dispatch.rules.block_detection.Kind``."""
    code = models.CharField(max_length=64, blank=True, default="")
    followed = models.PositiveIntegerField(default=0)
    """Calls that failed, and messages that never arrived, after that moment."""
    ended_at = models.DateTimeField(null=True)
    """When the trouble was over (or the number stopped all the same)."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sender"], name="shadow_pause_once", condition=Q(ended_at__isnull=True)
            )
        ]
        indexes = [models.Index(fields=["sender", "-at"], name="shadow_pause_by_time")]

    def __str__(self) -> str:
        return f"shadow pause of sender {self.sender_id}"
