"""Tickets: what people write to us, held together until somebody closes it."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class ClosedAs(models.TextChoices):
    """Why a ticket is closed."""

    DONE = "done", "done"
    """Somebody closed it."""
    MERGED = "merged", "merged"
    """It became one with :attr:`Ticket.merged_into`."""


class Ticket(models.Model):
    """A conversation with one person in one direction, while :attr:`closed_at` is NULL.

    The database keeps it the only open one (``ticket_open_once``): no direction counts as one, too. Who writes here holds the
    person's lock first (``sql/lock_people.sql``).
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    business = models.ForeignKey(
        "businesses.Business", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    contact = models.ForeignKey("contacts.Contact", on_delete=models.CASCADE, related_name="tickets")
    direction = models.ForeignKey(
        "senders.Direction", on_delete=models.DO_NOTHING, null=True, related_name="+", db_constraint=False
    )
    """NULL: it came over a number that serves no direction, or several. A direction that is deleted leaves its id here: two lines of
    business stay two conversations. Read it with ``select_related``, which answers None then."""
    senders = ArrayField(models.BigIntegerField(), default=list)
    """Row ids of the numbers over which the person wrote. What comes next over one of them joins this ticket, wherever it was
    transferred to."""
    opened_at = models.DateTimeField()
    last_inbound_at = models.DateTimeField()
    """When the person last wrote, as the provider says."""
    inbound = models.PositiveIntegerField(default=0)
    """How many messages of the person it holds: as many as it has rows of :class:`TicketMessage`."""
    closed_at = models.DateTimeField(null=True)
    closed_as = models.CharField(
        max_length=10, choices=ClosedAs.choices, blank=True, default="", db_default=""
    )
    """"" while it is open."""
    merged_into = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["business", "contact", "direction"],
                name="ticket_open_once",
                condition=Q(closed_at__isnull=True),
                nulls_distinct=False,
            )
        ]
        indexes = [
            models.Index(fields=["business", "-id"], name="ticket_by_age"),
            models.Index(
                fields=["business", "-id"], name="ticket_open_by_age", condition=Q(closed_at__isnull=True)
            ),
            models.Index(
                fields=["merged_into"], name="ticket_merged", condition=Q(merged_into__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"ticket {self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether what the person writes next joins it."""
        return self.closed_at is None


class TicketMessage(models.Model):
    """That a message of a person lies in a ticket: each in one at most, so an event that is handled twice counts once.

    Message and business are plain numbers without a constraint: one row for each message that comes in.
    """

    message_id = models.BigIntegerField(primary_key=True)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="messages", db_index=False)
    business_id = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["ticket", "message_id"], name="ticket_message_in_order")]

    def __str__(self) -> str:
        return f"message {self.message_id} of ticket {self.ticket_id}"
