"""How the phone of a phone-linked number is being linked.

No QR code is ever stored: only that one was there. A code of letters is, sealed and for three minutes, because gateways say
it only once.
"""

from __future__ import annotations

from django.db import models


class LinkState(models.TextChoices):
    RUNNING = "running"
    LINKED = "linked"
    ENDED = "ended"
    """Without a link: too many codes, too long without one, or a person ended it. :attr:`PhoneLink.reason` says why."""


class PhoneLink(models.Model):
    """The last attempt to link the phone of one number."""

    sender = models.OneToOneField(
        "senders.Sender", on_delete=models.CASCADE, primary_key=True, related_name="link"
    )
    state = models.CharField(max_length=8, choices=LinkState.choices)
    reason = models.CharField(max_length=64, blank=True, default="")
    started_at = models.DateTimeField()
    started_by = models.CharField(max_length=200, blank=True, default="")
    """The name of who started it; also shown to whoever opens the copied link."""
    codes = models.PositiveSmallIntegerField(default=0)
    """How many different codes were shown."""
    code_mark = models.CharField(max_length=16, blank=True, default="")
    """The beginning of a hash of the code that is shown now: tells a new one from the same one."""
    code_at = models.DateTimeField(null=True)
    """Since when that code is shown."""
    code_sealed = models.TextField(blank=True, default="", db_default="")
    """The code of letters that may be typed into the phone now; see ``senders.link_codes``. Wiped when it is over."""
    code_until = models.DateTimeField(null=True)
    """When it is over."""
    code_wanted = models.BooleanField(default=False, db_default=False)
    """A code of letters was asked for before the gateway was ready to give one."""
    nonce = models.CharField(max_length=24)
    """A copied link is good for this attempt only."""
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"phone link of sender {self.sender_id}"
