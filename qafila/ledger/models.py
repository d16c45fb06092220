"""The one ledger: batches, messages, attempts, counters, windows.

A message is one row from birth to read receipt, outgoing or incoming; the row is the job. The hot statements are in
``sql/``; nothing here is written through the ORM except batches.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from qafila.ledger.states import BatchState, State


class Batch(models.Model):
    """Outgoing messages that start, pause and are counted together. Owned by something above that it does not know."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    business = models.ForeignKey("businesses.Business", on_delete=models.CASCADE, related_name="+")
    state = models.PositiveSmallIntegerField(default=BatchState.DRAFT)
    hold_code = models.CharField(max_length=64, blank=True, default="")
    """Why the engine holds it (a wording code); empty when a person paused it."""
    priority = models.PositiveSmallIntegerField(default=5)
    """Smaller is sooner; below 5 are replies, which a lane takes first and without rotation."""
    target_kind = models.PositiveSmallIntegerField()
    target_id = models.BigIntegerField()
    content = models.JSONField()
    """``{"kind": "text"}``: the message's body is the text. ``{"kind": "template", "name", "language", "variable"}``:
    the body fills the one variable (a name, or null for a positional one); a message's own ``params`` win over it.
    More kinds: ``providers.contents_json``."""
    total = models.PositiveIntegerField(default=0)
    sealed = models.BooleanField(default=True)
    """False while rows are still being added: it cannot finish yet."""
    first_id = models.BigIntegerField(null=True)
    last_id = models.BigIntegerField(null=True)
    """The range of message ids that holds this batch's rows (others may lie between): lists read the primary key."""
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "batches"
        indexes = [
            models.Index(
                fields=["target_kind", "target_id", "priority", "id"],
                name="batch_flowing",
                condition=Q(state__in=(BatchState.FLOWING, BatchState.OPEN)),
            ),
            models.Index(
                fields=["id"],
                name="batch_cancelling",
                condition=Q(state=BatchState.CANCELLED, finished_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"batch {self.pk}"


class BatchSender(models.Model):
    """How many messages of a batch stand in which state, kept per sender so that no row is hot.

    ``sender_id`` 0 counts what no sender touched (rejected rows). queued = ``Batch.total`` − the sum of all here.
    """

    pk = models.CompositePrimaryKey("batch_id", "sender_id")
    batch_id = models.BigIntegerField()
    sender_id = models.BigIntegerField()
    sending = models.IntegerField(db_default=0)
    uncertain = models.IntegerField(db_default=0)
    sent = models.IntegerField(db_default=0)
    failed = models.IntegerField(db_default=0)
    delivered = models.IntegerField(db_default=0)
    read = models.IntegerField(db_default=0)
    skipped = models.IntegerField(db_default=0)
    cancelled = models.IntegerField(db_default=0)

    def __str__(self) -> str:
        return f"batch {self.batch_id}, sender {self.sender_id}"


class Message(models.Model):
    """One message to or from one contact.

    Ids of other rooms are plain numbers without a constraint: this table takes a million rows in one COPY.
    """

    business_id = models.BigIntegerField()
    batch_id = models.BigIntegerField()
    sender_id = models.BigIntegerField(db_default=0)
    """0: whoever of the batch's target takes it; otherwise addressed to that sender, and later who did send."""
    pinned_to = models.BigIntegerField(db_default=0)
    """What :attr:`sender_id` goes back to when the message goes back to the queue."""
    contact_id = models.BigIntegerField(null=True)
    """NULL only where the given number is no number."""
    state = models.PositiveSmallIntegerField(db_default=State.QUEUED)
    attempt = models.PositiveSmallIntegerField(db_default=0)
    """Number of the last attempt begun."""
    tries = models.PositiveSmallIntegerField(db_default=0)
    """Attempts that count against the limit of three."""
    epoch = models.IntegerField(db_default=0)
    row_number = models.IntegerField(null=True)
    """Row in the file or list it came from, from 1."""
    address = models.CharField(max_length=128)
    """Where it goes: E.164 digits, or another identity of the contact."""
    given = models.CharField(max_length=200, null=True)  # noqa: DJ001 - NULL means: as in address
    """The number exactly as it was given, where that differs from :attr:`address`."""
    body = models.TextField(blank=True, default="")
    params = models.JSONField(null=True)
    """Template parameters of this recipient: a list or an object."""
    reason = models.CharField(max_length=64, null=True)  # noqa: DJ001 - most rows have none
    """Wording code of a failure, a skip or a wait."""
    provider_id = models.CharField(max_length=200, null=True)  # noqa: DJ001
    reply_to = models.CharField(max_length=200, null=True)  # noqa: DJ001
    due_at = models.DateTimeField(null=True)
    claimed_by = models.BigIntegerField(null=True)
    uncertain_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    """When it failed, was skipped or cancelled."""

    class Meta:
        indexes = [
            models.Index(
                fields=["batch_id", "sender_id", "due_at", "id"],
                name="message_queue",
                condition=Q(due_at__isnull=False),
            ),
            models.Index(
                fields=["claimed_by"], name="message_sending", condition=Q(claimed_by__isnull=False)
            ),
            models.Index(
                fields=["batch_id", "id"], name="message_uncertain", condition=Q(uncertain_at__isnull=False)
            ),
            models.Index(fields=["contact_id", "id"], name="message_contact"),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"


class Attempt(models.Model):
    """One call to a provider: its beginning is committed before the call, its outcome after it."""

    pk = models.CompositePrimaryKey("message_id", "number")
    message_id = models.BigIntegerField()
    number = models.PositiveSmallIntegerField()
    sender_id = models.BigIntegerField()
    worker_id = models.BigIntegerField()
    epoch = models.IntegerField()
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=16, null=True)  # noqa: DJ001 - NULL: no outcome known
    """``accepted``, a class of ``providers.interface.Failure``, ``gate`` or ``not_begun``."""
    code = models.CharField(max_length=64, null=True)  # noqa: DJ001
    detail = models.CharField(max_length=300, null=True)  # noqa: DJ001
    provider_id = models.CharField(max_length=200, null=True)  # noqa: DJ001

    def __str__(self) -> str:
        return f"attempt {self.number} of message {self.message_id}"


class Window(models.Model):
    """When a person last wrote to a sender: until 24 hours later the sender may answer with free text."""

    pk = models.CompositePrimaryKey("sender_id", "contact_id")
    sender_id = models.BigIntegerField()
    contact_id = models.BigIntegerField()
    business_id = models.BigIntegerField()
    last_inbound_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"window of contact {self.contact_id} with sender {self.sender_id}"


class Sample(models.Model):
    """The counters as they stood at a full minute, for charts and rates: of one batch, or of a whole business (batch 0).

    Cumulative: what happened in a minute is the difference of two neighbours. Minutes are kept for a day, full hours for
    a quarter of a year.
    """

    pk = models.CompositePrimaryKey("business_id", "batch_id", "at")
    business_id = models.BigIntegerField()
    batch_id = models.BigIntegerField(db_default=0)
    at = models.DateTimeField()
    total = models.BigIntegerField(db_default=0)
    sent = models.BigIntegerField(db_default=0)
    """Sent, delivered or read."""
    delivered = models.BigIntegerField(db_default=0)
    """Delivered or read."""
    read = models.BigIntegerField(db_default=0)
    failed = models.BigIntegerField(db_default=0)

    class Meta:
        indexes = [models.Index(fields=["at"], name="sample_by_age")]

    def __str__(self) -> str:
        return f"batch {self.batch_id} at {self.at:%H:%M}"


class Installation(models.Model):
    """One row: who we are in attempt ids, so that receipts of another installation (or an older backup) are not ours."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    key = models.CharField(max_length=16)

    def __str__(self) -> str:
        return self.key
