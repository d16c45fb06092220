"""Directions: business lines, each with a number of its own or the account's default."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Lower, Now


class Direction(models.Model):
    """A line of business ("Implants"). Without a number it uses the default one (``rules.resolution``)."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    business = models.ForeignKey("businesses.Business", on_delete=models.CASCADE, related_name="directions")
    name = models.CharField(max_length=200)
    colour = models.CharField(max_length=7, blank=True, default="", db_default="")
    """``#1f8a70``, or "" for none."""
    sender = models.ForeignKey(
        "senders.Sender",
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="directions",
        db_constraint=False,
    )
    """Its number. The database itself empties this when the number goes (``migrations/0003``), whoever deletes it."""
    fallback_sender = models.ForeignKey(
        "senders.Sender",
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="+",
        db_constraint=False,
    )
    """The number that stands in while its own (or the default, where it uses that) does not serve. Emptied by the database, too
    (``migrations/0011``)."""
    gone_phone = models.CharField(max_length=32, blank=True, default="", db_default="")
    """The number it had when that number went away: written by the database, emptied when somebody chooses again."""
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint("business", Lower("name"), name="direction_name_once")]

    def __str__(self) -> str:
        return self.name
