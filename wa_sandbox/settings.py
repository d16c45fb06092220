"""The configuration: one dataclass per subject, read from a JSON file, overridden by command-line flags."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import orjson

from wa_sandbox.checked import BadInput, build
from wa_sandbox.people.behaviours import DEFAULT_SLOTS
from wa_sandbox.world.defaults import default_world
from wa_sandbox.world.records import App
from wa_sandbox.world.registry import KINDS


@dataclass(slots=True)
class Limits:
    """Which of Meta's limits are kept, and how a breach is answered. Seconds are real ones, never scaled by speed.

    `marketing_per_person`: marketing templates one person gets in 24 h outside windows, from all businesses together.
    """

    enforce: bool = True
    throttle_http_status: Literal[400, 429] = 400
    pair_seconds: float = 6.0
    pair_burst: int = 45
    count_inbound: bool = True
    window_seconds: float = 86_400.0
    outside_window: Literal["fail_later", "refuse"] = "fail_later"
    beyond_portfolio: Literal["fail_later", "refuse", "deliver"] = "fail_later"
    portfolio_code: int = 131049
    restrict_when_red: bool = False
    marketing_per_person: int | None = None
    us_marketing: Literal["deliver", "fail_later"] = "deliver"


@dataclass(slots=True)
class WebhookSettings:
    """How webhooks are sent. `batch`: how many changes may share one POST. Delays in seconds."""

    batch: int = 1
    concurrency: int = 16
    timeout_seconds: float = 10.0
    retry_first_seconds: float = 1.0
    retry_cap_seconds: float = 60.0
    give_up_seconds: float = 7 * 86_400.0


@dataclass(slots=True)
class PeopleSettings:
    """`slots`: behaviour → how many of the hundred last-two-digit slots it has; `overrides`: wa_id → behaviour.

    A number that is a prefix followed by six digits names an error code: `refuse_prefix` 15500131056 is refused with
    131056, `fail_prefix` 15501131026 is accepted and fails later with 131026.
    """

    slots: dict[str, int] = field(default_factory=lambda: dict(DEFAULT_SLOTS))
    overrides: dict[str, str] = field(default_factory=dict)
    refuse_prefix: str = "15500"
    fail_prefix: str = "15501"


@dataclass(slots=True)
class MediaSettings:
    """Where media lie and for how long. `folder` null: beside the ledger file, or in memory without one.

    The oldest files go when `total_mb` is passed. `url_seconds`: how long an address for downloading works.
    """

    folder: str | None = None
    total_mb: int = 256
    url_seconds: float = 300.0
    keep_days: float = 30.0


@dataclass(slots=True)
class ReviewSettings:
    """How new templates are judged. Names are patterns with `*`; times in seconds at speed 1.

    `people_needed`: how many must have got a template before blocks lower its quality. `name_reuse_days`: how long a name and language cannot be used again after it was deleted.
    """

    seconds_from: float = 2.0
    seconds_to: float = 20.0
    reject_names: list[str] = field(default_factory=lambda: ["*reject*"])
    never_names: list[str] = field(default_factory=lambda: ["*pending*"])
    recategorise: bool = True
    people_needed: int = 100
    first_pause_seconds: float = 3 * 3600.0
    second_pause_seconds: float = 6 * 3600.0
    name_reuse_days: float = 30.0
    limit: int = 6000


@dataclass(slots=True)
class Pricing:
    """Which categories cost nothing inside an open window. Meta changes this; it is data, not code."""

    free_in_window: list[str] = field(default_factory=lambda: ["service", "utility"])


@dataclass(slots=True)
class Settings:
    """Everything `build` needs. `ledger` None keeps the books in memory only."""

    seed: int = 1
    ledger: Path | None = None
    speed: float = 1.0
    admin_token: str | None = None
    allow_remote: bool = False
    app: App = field(default_factory=App)
    limits: Limits = field(default_factory=Limits)
    webhooks: WebhookSettings = field(default_factory=WebhookSettings)
    people: PeopleSettings = field(default_factory=PeopleSettings)
    pricing: Pricing = field(default_factory=Pricing)
    media: MediaSettings = field(default_factory=MediaSettings)
    review: ReviewSettings = field(default_factory=ReviewSettings)
    world: dict[str, list[dict[str, Any]]] = field(default_factory=default_world)
    # Fields of `app` given as flags: they win over what was set at run time and is replayed from the ledger.
    app_flags: dict[str, str] = field(default_factory=dict)


_SECTIONS: dict[str, type[Any]] = {
    "app": App,
    "limits": Limits,
    "webhooks": WebhookSettings,
    "people": PeopleSettings,
    "pricing": Pricing,
    "media": MediaSettings,
    "review": ReviewSettings,
}


def from_file(path: Path) -> Settings:
    """Settings from a JSON file. A list that is given (`phone_numbers`) replaces the default one. Raises BadInput."""
    try:
        data = orjson.loads(path.read_bytes())
    except OSError as failure:
        raise BadInput(f"The configuration {path} cannot be read: {failure.strerror}.") from failure
    except orjson.JSONDecodeError as failure:
        raise BadInput(f"The configuration {path} is not valid JSON: {failure}.") from failure
    return from_json(data)


def from_json(data: Any) -> Settings:
    """Settings from a parsed configuration. Raises BadInput with the key that cannot be used."""
    if not isinstance(data, dict):
        raise BadInput("The configuration must be a JSON object.")
    settings = Settings()
    for key, value in data.items():
        if key in _SECTIONS:
            setattr(settings, key, build(_SECTIONS[key], value, key))
        elif key in KINDS:
            if not isinstance(value, list):
                raise BadInput(f"{key} must be a list.")
            settings.world[key] = value
        elif key in ("seed", "speed"):
            setattr(settings, key, value)
        elif key == "admin_token":
            settings.admin_token = str(value)
        else:
            known = ", ".join([*_SECTIONS, *KINDS, "seed", "speed", "admin_token"])
            raise BadInput(f"Unknown key {key!r} in the configuration. Known keys: {known}.")
    check_settings(settings)
    return settings


def check_settings(settings: Settings) -> None:
    """Refuse numbers that make no sense. Raises BadInput."""
    if not isinstance(settings.seed, int):
        raise BadInput("seed must be a whole number.")
    if not isinstance(settings.speed, int | float) or settings.speed <= 0:
        raise BadInput("speed must be a number above 0: 1 is as in life, 10 is ten times as fast.")
    if settings.webhooks.batch < 1 or settings.webhooks.concurrency < 1:
        raise BadInput("webhooks: batch and concurrency must be 1 or more.")
    if settings.limits.pair_burst < 1 or settings.limits.pair_seconds < 0:
        raise BadInput("limits: pair_burst must be 1 or more, pair_seconds 0 or more.")
    if settings.media.total_mb < 1 or settings.media.url_seconds <= 0 or settings.media.keep_days <= 0:
        raise BadInput("media: total_mb must be 1 or more, url_seconds and keep_days above 0.")
    if not 0 <= settings.review.seconds_from <= settings.review.seconds_to:
        raise BadInput("review: seconds_from must be 0 or more and not above seconds_to.")
