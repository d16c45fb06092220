"""People, the identities they are known by, and whether they want to be written to."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q


class Contact(models.Model):
    """A person of one business. Merging sets :attr:`merged_into` and re-points nothing."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    business = models.ForeignKey("businesses.Business", on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(max_length=200, blank=True, default="")
    language = models.CharField(max_length=2, blank=True, default="")
    merged_into = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        indexes = [
            models.Index(
                fields=["merged_into"], name="contact_merged", condition=Q(merged_into__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return self.name or str(self.public_id)


class Identity(models.Model):
    """How a contact is known: ``phone`` (E.164 digits without ``+``) is one kind among others (``bsuid``, ``lid``)."""

    business = models.ForeignKey(
        "businesses.Business", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="identities")
    kind = models.CharField(max_length=16)
    value = models.CharField(max_length=128)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["business", "kind", "value"], name="identity_once")]
        verbose_name_plural = "identities"

    def __str__(self) -> str:
        return f"{self.kind} …{self.value[-4:]}"


class OptOut(models.Model):
    """A person's no, and where it came from. While :attr:`ended_at` is NULL nothing but a reply may go to them."""

    business = models.ForeignKey("businesses.Business", on_delete=models.CASCADE, related_name="+")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="opt_outs")
    at = models.DateTimeField()
    source = models.CharField(max_length=32)
    """``message`` (a STOP word), ``provider`` (a preference), ``person``, ``import`` or ``api``."""
    words = models.CharField(max_length=100, blank=True, default="")
    """The words that said it, as proof."""
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact"], name="opt_out_once", condition=Q(ended_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"opt-out of contact {self.contact_id}"
