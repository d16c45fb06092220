"""Contracts (and, later, broadcasts and open messages): thin owners of a ledger batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from qafila.senders.models import Package, Sender


class Kind(models.TextChoices):
    CONTRACT = "contract"
    OPEN = "open", "Open message"
    BROADCAST = "broadcast"
    """Of the systems before (`qafila import-legacy`); what it was stands in :attr:`Campaign.import_options`."""


class ImportState(models.TextChoices):
    NONE = "", "none"
    WAITING = "waiting"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"


COPY_OF = "copy_of"
"""In :attr:`Campaign.import_options`: the public id of the contract whose rows this one takes, instead of a file's."""
IS_TEST = "is_test"
"""In :attr:`Campaign.import_options`: it carries a test message to numbers of one's own."""


class Campaign(models.Model):
    """A batch of outgoing messages, whatever its kind. Counts and progress are the batch's."""

    public_id = models.CharField(max_length=64, unique=True)
    """``contract_…``, ``open_…``"""
    business = models.ForeignKey("businesses.Business", on_delete=models.CASCADE, related_name="campaigns")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    name = models.CharField(max_length=200)
    sender = models.ForeignKey("senders.Sender", on_delete=models.PROTECT, null=True, related_name="+")
    package = models.ForeignKey("senders.Package", on_delete=models.PROTECT, null=True, related_name="+")
    """Either one number sends it, or the numbers of a package share it."""
    direction = models.ForeignKey("senders.Direction", on_delete=models.SET_NULL, null=True, related_name="+")
    """The business line that it was made for, which chose the number; NULL where the number was named."""
    routing = models.JSONField(default=list, db_default=[])
    """Why that number: ``[[code, params], …]`` as ``senders.rules.resolution`` explained it when it was made."""
    batch = models.OneToOneField("ledger.Batch", on_delete=models.PROTECT, related_name="+")
    total_count = models.PositiveIntegerField()
    """Rows given, good and bad: what ``totalCount`` says."""
    content_hash = models.BinaryField(max_length=32, null=True)
    """SHA-256 over account and rows in order: the same contract posted twice has the same one."""
    possible_duplicate_of = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")
    duplicate_confirmed_at = models.DateTimeField(null=True)
    warnings = models.JSONField(default=list)
    """Wording codes with parameters: what the creator should know (several texts to one number …)."""
    created_by = models.CharField(max_length=80, blank=True, default="")
    created_at = models.DateTimeField()
    start_wanted = models.BooleanField(default=False)
    """Started while its upload was still being read: takes effect at the end."""
    begins_at = models.DateTimeField(null=True)
    """When it is started by itself; NULL: a person starts it, or did."""
    archived_at = models.DateTimeField(null=True)
    """When it was put away: it stands in the archive, and in no other list of contracts."""
    failed_cleared_at = models.DateTimeField(null=True)
    """Failed ones up to this moment are hidden from lists; the books stay."""
    deleted_at = models.DateTimeField(null=True)
    import_state = models.CharField(max_length=10, choices=ImportState.choices, blank=True, default="")
    import_file = models.CharField(max_length=200, blank=True, default="")
    import_rows = models.PositiveIntegerField(default=0)
    """Rows read so far."""
    import_reason = models.CharField(max_length=64, blank=True, default="")
    import_options = models.JSONField(default=dict, db_default={})
    """How to read the file: ``{"columns": {field: header}, "params": [header …], "encoding", "delimiter"}``."""

    class Meta:
        indexes = [
            models.Index(
                fields=["business", "-created_at"], name="campaign_by_time", condition=Q(deleted_at=None)
            ),
            models.Index(fields=["business", "content_hash"], name="campaign_by_content"),
            models.Index(fields=["begins_at"], name="campaign_begins", condition=Q(begins_at__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(package__isnull=True, sender__isnull=False)
                | Q(package__isnull=False, sender__isnull=True),
                name="campaign_to_one_number_or_package",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_contract(self) -> bool:
        """Whether it has the page of a contract."""
        return self.kind == Kind.CONTRACT

    @property
    def has_page(self) -> bool:
        """Whether it has a page: what came from the systems before has none."""
        return self.kind in (Kind.CONTRACT, Kind.OPEN)

    @property
    def target(self) -> Sender | Package:
        """What it goes out over; both have a ``name`` and a ``public_id``."""
        found = self.sender or self.package
        assert found is not None  # noqa: S101 - a constraint of the table
        return found


class CheckState(models.TextChoices):
    NONE = "", "none"
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Draft(models.Model):
    """A contract in the making: a file (or what was pasted), how it is read, what is sent. Nothing of it is in the ledger.

    :attr:`version` counts up with every change that matters to the rows, so that the result of an older check is known as
    such.
    """

    public_id = models.CharField(max_length=64, unique=True)
    """``draft_…``"""
    business = models.ForeignKey("businesses.Business", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=200, blank=True, default="")
    step = models.CharField(max_length=8, default="map")
    """Where the person was: ``map``, ``check`` or ``send``."""
    file = models.CharField(max_length=200)
    """Its name in storage."""
    file_name = models.CharField(max_length=200, blank=True, default="")
    """As the person knows it; empty for pasted text."""
    file_size = models.BigIntegerField(default=0)
    file_sha256 = models.BinaryField(max_length=32)
    reading = models.JSONField(default=dict)
    """How the file is read, found or chosen: ``encoding``, ``delimiter``, ``sheet``, ``country``; what was found in it:
    ``kind``, ``found_encoding``, ``guessed``, ``found_delimiter``, ``sheets``, ``found_sheet``, ``header``, ``columns``,
    ``first`` (rows: number, cells)."""
    columns = models.JSONField(default=dict)
    """``phone``, ``name``, ``message`` to 0-based column."""
    content = models.JSONField(default=dict)
    """``{"kind": "column"}``, ``{"kind": "text", "text"}`` or ``{"kind": "template", "template": public id, "values":
    {variable: text}}``; texts may have fields."""
    duplicates = models.CharField(max_length=8, default="text")
    """``text``: the same text to the same number goes once; ``number``: each number gets one message."""
    mended = models.JSONField(default=dict)
    """Row number to column to what the person wrote there."""
    sender = models.ForeignKey("senders.Sender", on_delete=models.SET_NULL, null=True, related_name="+")
    package = models.ForeignKey("senders.Package", on_delete=models.SET_NULL, null=True, related_name="+")
    direction = models.ForeignKey("senders.Direction", on_delete=models.SET_NULL, null=True, related_name="+")
    """One of the three at most: the number that sends, the package whose numbers share it, or the business line whose number
    is found when it starts (``campaigns.ways``)."""
    version = models.PositiveIntegerField(default=1)
    check_state = models.CharField(max_length=8, choices=CheckState.choices, blank=True, default="")
    check_rows = models.PositiveIntegerField(default=0)
    check_share = models.FloatField(default=0)
    """0 to 1: how much of the file is read."""
    check_version = models.PositiveIntegerField(default=0)
    check_reason = models.CharField(max_length=64, blank=True, default="")
    check_result = models.JSONField(default=dict)
    """See ``campaigns.checking.Result``."""
    campaign = models.OneToOneField(Campaign, on_delete=models.SET_NULL, null=True, related_name="+")
    """The contract it became."""
    adds_to = models.ForeignKey(Campaign, on_delete=models.CASCADE, null=True, related_name="+")
    """The contract that its rows are for, where it makes no new one; then it names no number, package or direction."""
    start_at = models.DateTimeField(null=True)
    """When the contract begins, until it began: so long the start can be taken back."""
    begins_at = models.DateTimeField(null=True)
    """The moment that was chosen for the contract to begin by itself; NULL: now."""
    start_confirmed = models.BooleanField(default=False)
    """It is meant, although it looks like an earlier one."""
    created_by = models.CharField(max_length=80, blank=True, default="")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["business", "-updated_at"], name="draft_by_time"),
            models.Index(fields=["expires_at"], name="draft_by_expiry"),
            models.Index(fields=["start_at"], name="draft_to_start", condition=Q(start_at__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(package__isnull=True, direction__isnull=True)
                | Q(sender__isnull=True, direction__isnull=True)
                | Q(sender__isnull=True, package__isnull=True),
                name="draft_over_one_at_most",
            )
        ]

    def __str__(self) -> str:
        return self.name or self.public_id


class AdditionState(models.TextChoices):
    WAITING = "waiting"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"


class Addition(models.Model):
    """The rows of a file on their way into a contract that stands already; one at a time for each contract."""

    business = models.ForeignKey("businesses.Business", on_delete=models.CASCADE, related_name="+")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="additions")
    state = models.CharField(max_length=10, choices=AdditionState.choices, default=AdditionState.WAITING)
    file = models.CharField(max_length=200)
    """Its name in storage."""
    options = models.JSONField(default=dict)
    """How the file is read, as :attr:`Campaign.import_options`."""
    rows = models.PositiveIntegerField()
    """Of the file, good and bad, as its check counted them."""
    rows_read = models.PositiveIntegerField(default=0)
    """In the books, and in :attr:`Campaign.total_count`."""
    rows_skipped = models.PositiveIntegerField(default=0)
    """Of these: refused, or there already."""
    reason = models.CharField(max_length=64, blank=True, default="")
    """Wording code of why it did not come to its end."""
    created_by = models.CharField(max_length=80, blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign"],
                name="addition_one_at_a_time",
                condition=Q(state__in=("waiting", "running")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.rows} rows for {self.campaign_id}"


class TestNumber(models.Model):
    """A number of the business's own people that gets a message first, to look at it on a phone."""

    business = models.ForeignKey("businesses.Business", on_delete=models.CASCADE, related_name="+")
    phone = models.CharField(max_length=32)
    """``+`` and E.164 digits."""
    name = models.CharField(max_length=60, blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["business", "phone"], name="test_number_once")]

    def __str__(self) -> str:
        return self.name or f"…{self.phone[-4:]}"
