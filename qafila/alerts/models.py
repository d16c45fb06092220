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


class Mute(models.Model):
    """A business does not want to hear of something for a while. It goes on being counted in silence."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    business = models.ForeignKey("businesses.Business", on_delete=models.CASCADE, related_name="+")
    code = models.CharField(max_length=64)
    whole_code = models.BooleanField(default=False)
    """Every alert with the code; otherwise only of this subject."""
    subject_kind = models.CharField(max_length=32, blank=True, default="")
    subject_id = models.CharField(max_length=64, blank=True, default="")
    until = models.DateTimeField(null=True)
    """NULL: until somebody ends it."""
    by = models.CharField(max_length=200, blank=True, default="")
    """The name of who muted it."""
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["business", "code", "whole_code", "subject_kind", "subject_id"], name="mute_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} until {self.until or 'further notice'}"


class MailChoice(models.Model):
    """Which alerts a person gets by e-mail, in one business. Without a row: see ``alerts.rules.mailing``."""

    business = models.ForeignKey("businesses.Business", on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey("businesses.User", on_delete=models.CASCADE, related_name="+")
    least = models.CharField(max_length=10, choices=[*Level.choices, ("none", "none")])
    """The mildest level that is sent; ``none``: no e-mail."""
    hourly = models.BooleanField(default=False)
    """One e-mail an hour with all that is new, instead of at once."""
    last_letter_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["business", "user"], name="mail_choice_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.least}"


class Letter(models.Model):
    """One e-mail about alerts, to one person. It is worded when it is sent."""

    business = models.ForeignKey("businesses.Business", on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey("businesses.User", on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    """When it is tried (again); while a worker sends it, when its lease ends. NULL: sent or given up."""
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=100, blank=True, default="")
    """Why the last try did not succeed: the name of the fault."""

    class Meta:
        indexes = [
            models.Index(fields=["business", "user", "-id"], name="letter_of_person"),
            models.Index(fields=["due_at"], name="letter_due", condition=models.Q(due_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"letter {self.pk}"


class Notice(models.Model):
    """That a person was (or is being) written to about an alert at one level: never twice for the same."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey("businesses.User", on_delete=models.CASCADE, related_name="+")
    business = models.ForeignKey("businesses.Business", on_delete=models.CASCADE, related_name="+")
    level = models.CharField(max_length=10, choices=Level.choices)
    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="notices")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["alert", "user", "business", "level"], name="notice_once_a_level")
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} to {self.user_id}"
