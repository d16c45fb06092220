"""Provider accounts and the WhatsApp numbers (senders) on them, packages of senders, Meta portfolios."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from qafila.senders.direction_models import Direction as Direction  # noqa: PLC0414 - Django finds models here
from qafila.senders.link_models import LinkState as LinkState  # noqa: PLC0414 - the same
from qafila.senders.link_models import PhoneLink as PhoneLink  # noqa: PLC0414
from qafila.senders.score_models import Score as Score  # noqa: PLC0414 - the same
from qafila.senders.score_models import ScorePoint as ScorePoint  # noqa: PLC0414
from qafila.senders.score_models import ShadowPause as ShadowPause  # noqa: PLC0414


class Portfolio(models.Model):
    """A Meta business portfolio: its numbers share one limit of unique people in a moving 24 hours.

    ``cap`` is what counts: the smaller of what a person set and what the provider allows; NULL means unlimited. ``used`` equals the rows of ``dispatch.Reach`` of this portfolio; it is kept by the
    statement that claims, under this row's lock.
    """

    business = models.ForeignKey("businesses.Business", on_delete=models.CASCADE, related_name="+")
    ref = models.CharField(max_length=64)
    cap = models.PositiveIntegerField(null=True)
    own_cap = models.PositiveIntegerField(null=True)
    """What a person set; NULL: nothing."""
    provider_cap = models.PositiveIntegerField(null=True)
    """What the provider allows; NULL: unlimited, or it has not said."""
    used = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["business", "ref"], name="portfolio_once")]

    def __str__(self) -> str:
        return self.ref


class AccountState(models.TextChoices):
    OK = "ok"
    STOPPED = "stopped"
    """Every number of it cannot send (token, payment, lock) until a person acts."""


class ProviderAccount(models.Model):
    """Access to one provider: address, token and secrets (encrypted), the WhatsApp business account, the portfolio."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    business = models.ForeignKey(
        "businesses.Business", on_delete=models.CASCADE, related_name="provider_accounts"
    )
    kind = models.CharField(max_length=32)
    """A kind of ``providers.registry``."""
    name = models.CharField(max_length=200)
    base_url = models.CharField(max_length=300)
    ref = models.CharField(max_length=64, blank=True, default="")
    """The provider's id of the account (Cloud API: the WhatsApp business account id)."""
    secrets = models.TextField(blank=True, default="")
    """Encrypted JSON: ``token``, ``app_secrets`` (newest first), ``verify_token``; see ``senders.secrets``."""
    portfolio = models.ForeignKey(
        Portfolio, on_delete=models.SET_NULL, null=True, related_name="provider_accounts"
    )
    state = models.CharField(max_length=10, choices=AccountState.choices, default=AccountState.OK)
    state_reason = models.CharField(max_length=64, blank=True, default="")
    version = models.PositiveIntegerField(default=1)
    """Counts up with every change of address, secrets or set-up, so that workers drop what they had read."""
    config = models.JSONField(default=dict, db_default={})
    """What else its kind needs to know: the fields with the place ``config`` of ``providers/<kind>/fields.py``. No secrets."""
    allow_private_network = models.BooleanField(default=False, db_default=False)
    """Its address may lie in a private network or on this machine: an owner said so."""
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class SenderState(models.TextChoices):
    READY = "ready"
    RESTING = "resting"
    """The provider's temporary limit: comes back by itself at ``rest_until``."""
    PAUSED = "paused"
    """By a person, or by auto-pause (then ``pause_reason`` says so). A rest waits behind it (``rules.transitions``)."""
    STOPPED = "stopped"
    """Cannot send (logged out, banned, not registered) until a person acts."""
    NOT_CONNECTED = "not_connected"
    """No provider: routes ads, shows in directions, is never picked to send."""


class Sender(models.Model):
    """One WhatsApp number (the user's profile, account, WhatsApp number)."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    business = models.ForeignKey("businesses.Business", on_delete=models.CASCADE, related_name="senders")
    provider_account = models.ForeignKey(
        ProviderAccount, on_delete=models.SET_NULL, null=True, blank=True, related_name="senders"
    )
    name = models.CharField(max_length=200)
    phone = models.CharField(max_length=32)
    """``+`` and E.164 digits."""
    ref = models.CharField(max_length=64, blank=True, default="")
    """The provider's id of the number (Cloud API: the phone number id)."""
    state = models.CharField(max_length=16, choices=SenderState.choices, default=SenderState.NOT_CONNECTED)
    state_reason = models.CharField(max_length=64, blank=True, default="")
    paused_by = models.CharField(max_length=8, blank=True, default="")
    """``person`` or ``auto`` while paused, and still when it then stops. ``auto`` also while it is not connected, where the
    system before had paused it automatically: it is paused when it is connected."""
    paused_with = models.ForeignKey("senders.Package", on_delete=models.SET_NULL, null=True, related_name="+")
    """The package whose pause stopped it; only that one's end lets it go on. NULL in every other state."""
    rest_until = models.DateTimeField(null=True)
    """The end of its rest, also while a pause lies over the rest: the number goes back to what is left of it."""
    rest_reason = models.CharField(max_length=64, blank=True, default="", db_default="")
    """Why it rests, while a pause lies over the rest and ``state_reason`` says why it is paused."""
    in_use_since = models.DateTimeField()
    """When this number began to send; the daily limit of a phone-linked number grows with its age."""
    use_limits = models.BooleanField(default=True)
    """Our own pace. The provider's limits, opt-outs and duplicate guards stay in any case."""
    throughput = models.PositiveIntegerField(null=True)
    """Messages a second that the provider allows this number; NULL: the provider's default."""
    hours = models.JSONField(null=True)
    """In which hours of the week it sends campaigns (``rules.hours``); NULL: at any time. Answers always go out."""
    default_template = models.JSONField(null=True)
    """``{"name", "language", "variable"}``: carries the message of a contract outside open windows."""
    is_default = models.BooleanField(default=False, db_default=False)
    """Directions without a number use this one. The database keeps exactly one while a business has numbers
    (``migrations/0003``): the first becomes it by itself."""
    is_active = models.BooleanField(default=True, db_default=True)
    """False: switched off in the list of numbers. Nothing resolves to it, and it does not send."""
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["business", "phone"], name="sender_phone_once"),
            models.UniqueConstraint(
                fields=["business"], condition=Q(is_default=True), name="sender_default_once"
            ),
            models.CheckConstraint(
                condition=Q(provider_account__isnull=False) | Q(state=SenderState.NOT_CONNECTED),
                name="sender_without_provider_is_not_connected",
            ),
        ]
        indexes = [models.Index(fields=["provider_account", "ref"], name="sender_by_ref")]

    def __str__(self) -> str:
        return self.name


class Package(models.Model):
    """A pool of senders that share work."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    business = models.ForeignKey("businesses.Business", on_delete=models.CASCADE, related_name="packages")
    name = models.CharField(max_length=200)
    auto_pause_on_failures = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)
    """Nobody sees it any more and it has no members; what went out over it keeps its name."""

    def __str__(self) -> str:
        return self.name


class PackageMember(models.Model):
    package = models.ForeignKey(Package, on_delete=models.CASCADE, related_name="members")
    sender = models.ForeignKey(Sender, on_delete=models.CASCADE, related_name="memberships")
    weight = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["package", "sender"], name="package_member_once")]

    def __str__(self) -> str:
        return f"{self.sender} in {self.package}"


class FormerMember(models.Model):
    """A number that was taken out of a package lately: its loss still counts for the package (``dispatch.losses``)."""

    package = models.ForeignKey(Package, on_delete=models.CASCADE, related_name="former_members")
    sender = models.ForeignKey(Sender, on_delete=models.CASCADE, related_name="+")
    left_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["package", "sender"], name="former_member_once")]

    def __str__(self) -> str:
        return f"{self.sender}, once in {self.package}"


class SenderHealth(models.Model):
    """What the provider says of a number, as it was last read or told. Empty texts: it has not said."""

    sender = models.OneToOneField(Sender, on_delete=models.CASCADE, primary_key=True, related_name="health")
    status = models.CharField(max_length=32, blank=True, default="")
    quality = models.CharField(max_length=16, blank=True, default="")
    limit_tier = models.CharField(max_length=32, blank=True, default="")
    """The vendor's word for how many people its portfolio may begin with in 24 hours."""
    throughput_level = models.CharField(max_length=16, blank=True, default="")
    followed_throughput = models.PositiveIntegerField(null=True)
    """What was last written to ``Sender.throughput`` because the provider said so; another value there is a person's."""
    verified_name = models.CharField(max_length=200, blank=True, default="")
    name_status = models.CharField(max_length=32, blank=True, default="")
    can_send = models.CharField(max_length=16, blank=True, default="")
    """``AVAILABLE``, ``LIMITED`` or ``BLOCKED``: the worst of number, account, business and app."""
    entities = models.JSONField(default=list)
    """``[{"kind", "can_send", "reasons"}]``."""
    details = models.JSONField(default=dict)
    """What else was told: ``account_mode``, ``code_verification``, ``platform``, ``official``, ``pin_enabled``."""
    trouble = models.CharField(max_length=64, blank=True, default="")
    """Wording code of why it could not be read the last time."""
    checked_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    """Of the newest webhook that counted."""
    due_at = models.DateTimeField(null=True)
    """When it is to be read again; NULL: at once."""

    class Meta:
        verbose_name_plural = "sender healths"

    def __str__(self) -> str:
        return f"health of sender {self.sender_id}"


class AccountHealth(models.Model):
    """The same for a provider account, and when its templates were read."""

    provider_account = models.OneToOneField(
        ProviderAccount, on_delete=models.CASCADE, primary_key=True, related_name="health"
    )
    name = models.CharField(max_length=200, blank=True, default="")
    status = models.CharField(max_length=32, blank=True, default="")
    review = models.CharField(max_length=32, blank=True, default="")
    can_send = models.CharField(max_length=16, blank=True, default="")
    entities = models.JSONField(default=list)
    owner_ref = models.CharField(max_length=64, blank=True, default="")
    """The portfolio that owns it, where the token may see that."""
    restrictions = models.JSONField(default=dict, db_default={})
    """What the provider forbids it for a while (``rules.restrictions``)."""
    trouble = models.CharField(max_length=64, blank=True, default="")
    checked_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    templates_trouble = models.CharField(max_length=64, blank=True, default="")
    templates_synced_at = models.DateTimeField(null=True)
    templates_due_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "account healths"

    def __str__(self) -> str:
        return f"health of provider account {self.provider_account_id}"


class MessageTemplate(models.Model):
    """A template of a provider account in one language, as it was last read or told."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    provider_account = models.ForeignKey(ProviderAccount, on_delete=models.CASCADE, related_name="templates")
    ref = models.CharField(max_length=64, blank=True, default="")
    name = models.CharField(max_length=512)
    language = models.CharField(max_length=16)
    category = models.CharField(max_length=32, blank=True, default="")
    status = models.CharField(max_length=32)
    """The vendor's word; ``DELETED`` also for one that it no longer lists."""
    can_send = models.BooleanField()
    """Whether messages may go out with it (``rules.template_states``)."""
    quality = models.CharField(max_length=16, blank=True, default="")
    parameter_format = models.CharField(max_length=16, default="POSITIONAL")
    components = models.JSONField(default=list)
    reason = models.CharField(max_length=200, blank=True, default="")
    """Why it was refused or paused, in the vendor's words."""
    told_at = models.DateTimeField(null=True)
    synced_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider_account", "name", "language"], name="message_template_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"
