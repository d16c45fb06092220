"""Who may do what: businesses (the tenants), people, memberships, API keys, the audit log."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac


class Business(models.Model):
    """A tenant. Everything belongs to one."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=200)
    language = models.CharField(max_length=2, default="en")
    timezone = models.CharField(max_length=64, default="UTC")
    default_country = models.CharField(max_length=2, blank=True, default="")
    """ISO 3166 code that reads national phone numbers; empty: only international ones are read."""
    whatsapp_phone_number = models.CharField(max_length=32, blank=True, default="")
    """The old single number of the user's ``user_accounts``; the last but one step of number resolution."""
    created_at = models.DateTimeField()
    first_steps = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    """What the list of first steps remembers: ``{"checked": true, "tested": true, "hidden": true}``."""

    def __str__(self) -> str:
        return self.name


class LegacyId(models.Model):
    """What a thing was called in a system that the business used before: old clients and a repeated copy find it by that."""

    source = models.CharField(max_length=64)
    """The database it came from."""
    table = models.CharField(max_length=64)
    legacy_id = models.CharField(max_length=128)
    business = models.ForeignKey(Business, on_delete=models.CASCADE, related_name="+")
    public_id = models.CharField(max_length=64)
    """Of the thing here."""
    copied_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "table", "legacy_id"], name="legacy_id_once")
        ]
        indexes = [models.Index(fields=["table", "legacy_id"], name="legacy_id_found")]

    def __str__(self) -> str:
        return f"{self.table} {self.legacy_id}"


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **extra: Any) -> User:
        user: User = self.model(email=self.normalize_email(email).casefold(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in, by e-mail; there is no user name to show by mistake."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=200, blank=True, default="")
    language = models.CharField(max_length=2, blank=True, default="")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    sessions_ended = models.PositiveIntegerField(default=0, db_default=0)
    """Counts up to end every session of the person at once: it is part of what a session is checked against."""

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once_in_any_case")]

    def __str__(self) -> str:
        return self.name or self.email

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What Django compares in every session: of the password, and of how often all sessions were ended."""
        return salted_hmac(
            "qafila.businesses.User.session",
            f"{self.password}|{self.sessions_ended}",
            secret=secret,
            algorithm="sha256",
        ).hexdigest()


class Role(models.TextChoices):
    OWNER = "owner"
    ADMIN = "admin"
    AGENT = "agent"
    READ_ONLY = "read_only"


class Membership(models.Model):
    """A person's role in one business; agencies' people have several."""

    business = models.ForeignKey(Business, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["business", "user"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"


class Invitation(models.Model):
    """A link by which somebody becomes a member. Only the hash of its secret is kept."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    business = models.ForeignKey(Business, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=16, choices=Role.choices)
    hash = models.BinaryField(max_length=32, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "business",
                Lower("email"),
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="invitation_open_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.email} ({self.role})"


class Link(models.Model):
    """A link that opens one thing once: the first owner's page, a sign-in, a new password. Only a hash is kept."""

    class Purpose(models.TextChoices):
        SETUP = "setup"
        SIGN_IN = "sign_in"
        PASSWORD = "password"  # noqa: S105 - a purpose, not a password

    hash = models.BinaryField(max_length=32, unique=True)
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.purpose


class ApiKey(models.Model):
    """A key for programs. Only its hash is kept; the prefix finds it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    business = models.ForeignKey(Business, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=32, unique=True)
    hash = models.BinaryField(max_length=32)
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    """What it may do: names from ``businesses.rules.scopes``; ``["*"]`` is everything."""
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    """Written at most once a minute, with :attr:`last_used_ip`."""
    last_used_ip = models.GenericIPAddressField(null=True)
    """From where, behind trusted proxies."""
    allowed_networks = ArrayField(
        models.CharField(max_length=43),
        default=list,
        db_default=models.Value([], ArrayField(models.CharField(max_length=43))),
    )
    """From where it may be used, in CIDR form as ``rules.callers.networks`` writes it; empty: from everywhere."""
    rotated_at = models.DateTimeField(null=True)
    """When a new key took its place; it ends a day later."""
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class AuditEntry(models.Model):
    """Who did what to what. Only ever added to."""

    business = models.ForeignKey(Business, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=16)
    """``user``, ``api_key``, ``legacy`` (keyless old client), ``system`` or ``command``."""
    actor_id = models.CharField(max_length=64, blank=True, default="")
    action = models.CharField(max_length=64)
    subject_kind = models.CharField(max_length=32, blank=True, default="")
    subject_id = models.CharField(max_length=64, blank=True, default="")
    detail = models.JSONField(default=dict)
    address = models.GenericIPAddressField(null=True)
    hash = models.BinaryField(max_length=32, default=b"", editable=False)
    """SHA-256 over this entry and the hash of the one before it; written by the database at the commit
    (``migrations/0009``), as is the id."""

    class Meta:
        indexes = [
            models.Index(fields=["business", "-at"], name="audit_by_time"),
            models.Index(fields=["business", "-id"], name="audit_chain"),
            models.Index(fields=["business", "subject_kind", "subject_id", "-at"], name="audit_of_subject"),
            models.Index(fields=["business", "action", "-id"], name="audit_of_action"),
            models.Index(
                fields=["business", "subject_id"],
                opclasses=["int8_ops", "varchar_pattern_ops"],
                name="audit_subject_begins",
                condition=~Q(subject_id=""),
            ),
            models.Index(
                fields=["business", "address"], name="audit_of_address", condition=Q(address__isnull=False)
            ),
        ]
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.action} {self.subject_kind} {self.subject_id}"
