"""The things a client addresses by id at Meta: portfolio, account (WABA), phone number, token, template."""

from dataclasses import dataclass, field
from typing import Any, Final, Literal

TemplateStatus = Literal[
    "APPROVED",
    "PENDING",
    "REJECTED",
    "PAUSED",
    "DISABLED",
    "IN_APPEAL",
    "PENDING_DELETION",
    "DELETED",
    "FLAGGED",
    "LIMIT_EXCEEDED",
    "ARCHIVED",
    "UNARCHIVED",
    "LOCKED",
    "REINSTATED",
]
Category = Literal["MARKETING", "UTILITY", "AUTHENTICATION"]
Quality = Literal["GREEN", "YELLOW", "RED", "UNKNOWN"]


@dataclass(slots=True)
class Portfolio:
    """A business portfolio. `limit`: unique people it may start with in 24 h, shared by its numbers; null = none.

    `parent_user_ids`: whether webhooks carry a `parent_user_id` too, as they do for linked portfolios.
    """

    id: str
    name: str = "Sandbox Trading"
    limit: int | None = 100_000
    parent_user_ids: bool = False


BUSINESS_INITIATED: Final = "RESTRICTED_BIZ_INITIATED_MESSAGING"
"""The account may begin no conversations."""
CUSTOMER_INITIATED: Final = "RESTRICTED_CUSTOMER_INITIATED_MESSAGING"
"""It may not answer people either."""


@dataclass(slots=True)
class Waba:
    """A WhatsApp business account. `state` is what sending answers: ok, locked (131031), policy (368), payment (131042).

    `restrictions`: what Meta forbids it for a while, by type (`BUSINESS_INITIATED`, `CUSTOMER_INITIATED`, others that forbid
    nothing about messages), each with its end in seconds since 1970.
    """

    id: str
    portfolio_id: str
    name: str = "Sandbox WABA"
    currency: str = "USD"
    timezone_id: str = "1"
    state: Literal["ok", "locked", "policy", "payment"] = "ok"
    review: Literal["APPROVED", "PENDING", "REJECTED"] = "APPROVED"
    subscribed: bool = True
    override_callback_uri: str | None = None
    restrictions: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class PhoneNumber:
    """A number that sends. `throughput`: messages a second (80, 1000, 20 with the Business app); null = no limit.

    `quality` null means: worked out from how many people blocked the number in the last seven days. `pin`: the
    two-step PIN, once one was set. `requested_name`: a display name that waits for its review. `is_cart_enabled`: people
    can order; `is_catalog_visible`: they see the shop's sign. `qr_codes`: code → the words it writes, the newest last.
    """

    id: str
    waba_id: str
    display_phone_number: str
    verified_name: str = "Sandbox Shop"
    throughput: int | None = 80
    quality: Quality | None = None
    status: Literal["CONNECTED", "PENDING", "DISCONNECTED", "BANNED", "RESTRICTED", "MAINTENANCE"] = (
        "CONNECTED"
    )
    name_status: str = "APPROVED"
    requested_name: str | None = None
    new_name_status: str = "NONE"
    code_verification_status: str = "VERIFIED"
    pin: str | None = None
    wrong_pins: int = 0
    registrations: list[float] = field(default_factory=list)
    code_asked_at: float | None = None
    username: str | None = None
    username_status: str = "none"
    profile: dict[str, Any] = field(default_factory=dict)
    automation: dict[str, Any] = field(default_factory=dict)
    is_cart_enabled: bool = True
    is_catalog_visible: bool = False
    qr_codes: dict[str, str] = field(default_factory=dict)
    qr_codes_made: int = 0
    is_on_biz_app: bool = False
    account_mode: Literal["LIVE", "SANDBOX"] = "LIVE"
    is_official_business_account: bool = False
    override_callback_uri: str | None = None
    allowed_recipients: list[str] | None = None
    digits: str = field(init=False)

    def __post_init__(self) -> None:
        self.digits = "".join(c for c in self.display_phone_number if c.isdigit())

    @property
    def throughput_level(self) -> str:
        """STANDARD up to 80 messages a second, HIGH above (or without a limit)."""
        return "STANDARD" if self.throughput is not None and self.throughput <= 80 else "HIGH"


@dataclass(slots=True)
class Token:
    """An access token. `wabas`: the accounts it may touch, `["*"]` for all."""

    id: str
    wabas: list[str] = field(default_factory=lambda: ["*"])
    state: Literal["valid", "expired", "revoked"] = "valid"

    def may_use(self, waba_id: str) -> bool:
        """Whether this token has rights on the account."""
        return "*" in self.wabas or waba_id in self.wabas


@dataclass(slots=True)
class Template:
    """A message template in one language. `components` in Meta's form (HEADER, BODY, FOOTER, BUTTONS, ...).

    `review_at`: when Meta will have looked at it (seconds); `paused_until`: when a pause ends; `pauses`: how many it had.
    """

    id: str
    waba_id: str
    name: str
    language: str
    components: list[dict[str, Any]]
    category: Category = "UTILITY"
    status: TemplateStatus = "APPROVED"
    parameter_format: Literal["POSITIONAL", "NAMED"] = "POSITIONAL"
    quality: Quality = "GREEN"
    quality_at: float = 1_767_225_600.0
    rejected_reason: str = "NONE"
    previous_category: Category | None = None
    message_send_ttl_seconds: int | None = None
    review_at: float | None = None
    edited_at: float | None = None
    pauses: int = 0
    paused_until: float | None = None

    def component(self, kind: str) -> dict[str, Any] | None:
        """The component of a kind ("BODY"), or None. Kinds are compared without regard to case."""
        for component in self.components:
            if str(component.get("type", "")).upper() == kind:
                return component
        return None


@dataclass(slots=True)
class App:
    """The Meta app: its secret signs webhooks; its URL receives those of every account without an override.

    `fields`: the webhook fields it is subscribed to; null = all.
    """

    id: str = "500100200300400"
    name: str = "Sandbox app"
    secret: str = "sandbox-app-secret"  # noqa: S105 - the documented secret of a sandbox
    verify_token: str = "sandbox-verify-token"  # noqa: S105 - likewise
    webhook_url: str | None = None
    fields: list[str] | None = None

    @property
    def token(self) -> str:
        """The app's own access token."""
        return f"{self.id}|{self.secret}"

    def wants(self, field: str) -> bool:
        """Whether webhooks of this field are sent."""
        return self.fields is None or field in self.fields
