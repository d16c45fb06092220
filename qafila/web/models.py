"""What the pages keep: counts of tries at signing in, people's saved views, files of exports, bulk actions on their way. No data
of the business itself."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Kept(models.Model):
    """One entry of the cache (``shell/kept.py``): a count of tries, a code that was used."""

    key = models.CharField(max_length=250, primary_key=True)
    value = models.JSONField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="kept_by_expiry")]

    def __str__(self) -> str:
        return self.key


class SavedView(models.Model):
    """A list's filters, search and sort under a name: one person's, in one business."""

    business = models.ForeignKey("businesses.Business", on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    path = models.CharField(max_length=200)
    """The list's address without its query."""
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=2000, blank=True, default="")
    """The query part of the address, only with parameters that the list knows."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["business", "user", "path", "name"], name="saved_view_once")
        ]

    def __str__(self) -> str:
        return self.name


class ExportState(models.TextChoices):
    WAITING = "waiting"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"


class Export(models.Model):
    """A large list on its way into a file: one person's, in one business, for a while."""

    public_id = models.CharField(max_length=40, unique=True)
    """``export_…``: 128 random bits, and still only its person may fetch it."""
    business = models.ForeignKey("businesses.Business", on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    path = models.CharField(max_length=200)
    query = models.CharField(max_length=4000, blank=True, default="")
    """With :attr:`path` the address of the list, read again by the job with the person's rights of that moment."""
    format = models.CharField(max_length=4)
    name = models.CharField(max_length=100)
    """Of the file, as the person gets it."""
    language = models.CharField(max_length=2)
    state = models.CharField(max_length=10, choices=ExportState.choices, default=ExportState.WAITING)
    total = models.PositiveIntegerField(default=0)
    """Rows when it was asked for."""
    done = models.PositiveIntegerField(default=0)
    file = models.CharField(max_length=200, blank=True, default="")
    """In Django's default storage; "" until it is finished and after it has expired."""
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["business", "user", "-asked_at"], name="export_by_person")]

    def __str__(self) -> str:
        return f"{self.name} ({self.state})"


class ChangeState(models.TextChoices):
    WAITING = "waiting"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"


class Change(models.Model):
    """A bulk action on very many rows of a list on its way: asked for by one person, in one business."""

    public_id = models.CharField(max_length=40, unique=True)
    """``change_…``"""
    business = models.ForeignKey("businesses.Business", on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    path = models.CharField(max_length=200)
    query = models.TextField(blank=True, default="")
    """With :attr:`path` the address of the list, read again by the job with the person's rights of that moment. Never cut:
    an address without its last filter means more rows."""
    narrowed_by = models.TextField(blank=True, default="")
    """The filters that the address set when it was asked; should it set others later, nothing is done."""
    action = models.CharField(max_length=40)
    """Key of the list's bulk action."""
    ids = models.JSONField(null=True)
    """Of the ticked rows; NULL: all that match."""
    reason = models.TextField(blank=True, default="")
    """What the person wrote or chose in the question."""
    address = models.CharField(max_length=45, blank=True, default="")
    """From which it was asked, for the audit log."""
    language = models.CharField(max_length=2)
    state = models.CharField(max_length=10, choices=ChangeState.choices, default=ChangeState.WAITING)
    total = models.PositiveIntegerField(default=0)
    """Rows when it was asked for."""
    done = models.PositiveIntegerField(default=0)
    """Rows that were looked at."""
    changed = models.PositiveIntegerField(default=0)
    """Rows that it was done to."""
    after = models.BigIntegerField(default=0)
    """Key of the last row, where rows are dealt with one by one: a job that takes over goes on behind it."""
    said = models.TextField(blank=True, default="")
    """What came of it, in its person's language."""
    level = models.CharField(max_length=10, blank=True, default="")
    asked_at = models.DateTimeField()
    """When the person was asked about the rows. What came later is left alone."""
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["business", "path"], condition=models.Q(finished_at=None), name="change_under_way"
            )
        ]

    def __str__(self) -> str:
        return f"{self.action} ({self.state})"
