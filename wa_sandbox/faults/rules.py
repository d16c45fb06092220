"""Which requests a fault hits: by number pattern, every Nth, by probability drawn from the seed, by how many a second."""

import hashlib
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Final, Literal

from wa_sandbox.checked import BadInput, build
from wa_sandbox.rules.throughput import SlidingSecond

# effect → what it does, shown on the page and in README.md
EFFECTS: Final[dict[str, str]] = {
    "processed_but_response_lost": "the message is accepted and its receipts follow, but the connection is closed "
    "without an answer (after `seconds`, if given)",
    "reset_before": "the connection is reset and nothing is processed",
    "delay": "the request waits `ms` plus up to `jitter_ms` before it is processed (`after`: before it is answered)",
    "black_hole": "no answer for `seconds` (3600), then the connection is closed; not processed unless `processed`",
    "truncate": "processed, half of the answer's bytes are sent, then the connection is closed",
    "http_500_bare": "a bare 500 without a body; not processed unless `processed`",
    "html_502": "a proxy's 502 page in HTML; not processed unless `processed`",
    "slow_drip": "processed, the answer arrives in `pieces` over `seconds` (5)",
    "error_code": "the error `code` in Meta's form, with `http_status`; `later`: accepted, then a failed webhook",
    "throttle": "`code` (130429) with the HTTP status for throttles; not processed",
    "webhook_lost": "accepted, but the receipts are never sent",
    "webhook_delayed": "accepted, each receipt is sent `ms` plus up to `jitter_ms` later (they may overtake each other)",
    "webhook_duplicated": "accepted, each receipt is sent `copies` (2) times",
    "held_for_quality_assessment": "a template message is accepted with this `message_status`; its receipts come `seconds` "
    "(60) later, or 132015 if the template is paused by then",
    "paused": "a template message is accepted with this `message_status` and fails with 132015 `seconds` (60) later",
}

# Effects that are a `message_status`.
HOLDS: Final = frozenset(("held_for_quality_assessment", "paused"))
HELD_SECONDS: Final = 60.0

SENDING_EDGES: Final = frozenset(("messages", "marketing_messages"))

Effect = Literal[
    "processed_but_response_lost",
    "reset_before",
    "delay",
    "black_hole",
    "truncate",
    "http_500_bare",
    "html_502",
    "slow_drip",
    "error_code",
    "throttle",
    "webhook_lost",
    "webhook_delayed",
    "webhook_duplicated",
    "held_for_quality_assessment",
    "paused",
]


@dataclass(slots=True)
class Rule:
    """One rule. All given conditions must hold: `to` and `phone_number_id` are patterns with `*` and `?`.

    `every` 3 = the 3rd, 6th, … matching request; `probability` 0..1; `per_second`, `times` = hits at most so often;
    `above_per_second` 10 = hits from the 11th matching request within one second on.
    """

    effect: Effect
    id: str = ""
    on: Literal["messages", "any"] = "messages"
    to: str | None = None
    phone_number_id: str | None = None
    every: int | None = None
    probability: float | None = None
    per_second: int | None = None
    above_per_second: int | None = None
    times: int | None = None
    enabled: bool = True
    processed: bool = False
    later: bool = False
    after: bool = False
    seconds: float | None = None
    ms: float = 0.0
    jitter_ms: float = 0.0
    code: int | None = None
    http_status: int | None = None
    pieces: int = 10
    copies: int = 2
    note: str = ""
    matched: int = field(default=0, init=False)
    fired: int = field(default=0, init=False)
    last_second: SlidingSecond = field(default_factory=SlidingSecond, init=False)
    matched_lately: SlidingSecond = field(default_factory=SlidingSecond, init=False)

    def as_json(self) -> dict[str, Any]:
        """The rule with its counters; options left at their default are not shown."""
        shown = {"id": self.id, "effect": self.effect, "enabled": self.enabled}
        blank = Rule(effect=self.effect)
        for name in _OPTIONS:
            value = getattr(self, name)
            if value != getattr(blank, name):
                shown[name] = value
        return {**shown, "matched": self.matched, "fired": self.fired}

    def draw(self, seed: int, salt: str = "") -> float:
        """A number in [0, 1) for this match, the same for the same seed and rule."""
        text = f"{seed}:{self.id}:{self.matched}:{salt}"
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=6).digest(), "big") / 2**48

    def wait_seconds(self, seed: int) -> float:
        """How long a delay lasts this time."""
        return (self.ms + self.jitter_ms * self.draw(seed, "wait")) / 1000.0


_OPTIONS: Final = [name for name in Rule.__dataclass_fields__ if Rule.__dataclass_fields__[name].init][2:]


class Faults:
    """The rules in force, in the order they were added."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.rules: dict[str, Rule] = {}
        self._added = 0

    def add(self, data: dict[str, Any]) -> Rule:
        """Add a rule (or replace the one with that id). Raises BadInput."""
        rule = build(Rule, data, "fault")
        if rule.probability is not None and not 0 <= rule.probability <= 1:
            raise BadInput("fault: probability must lie between 0 and 1.")
        if (rule.every is not None and rule.every < 1) or (rule.times is not None and rule.times < 0):
            raise BadInput("fault: every must be 1 or more, times 0 or more.")
        if (rule.per_second is not None and rule.per_second < 1) or (
            rule.above_per_second is not None and rule.above_per_second < 0
        ):
            raise BadInput("fault: per_second must be 1 or more, above_per_second 0 or more.")
        if rule.effect == "error_code" and rule.code is None:
            raise BadInput("fault: error_code needs `code`, for instance 131016.")
        if not rule.id:
            self._added += 1
            rule.id = f"fault-{self._added}"
        self.rules[rule.id] = rule
        return rule

    def fire(self, *, edge: str, number_id: str, to: str, now: float) -> list[Rule]:
        """The rules that hit this request: every delay, and the first of each other sort."""
        fired: list[Rule] = []
        for rule in self.rules.values():
            if self._hits(rule, edge, number_id, to, now):
                rule.fired += 1
                rule.last_second.add(now)
                fired.append(rule)
        return fired

    def _hits(self, rule: Rule, edge: str, number_id: str, to: str, now: float) -> bool:
        if not rule.enabled or (rule.times is not None and rule.fired >= rule.times):
            return False
        if rule.on == "messages" and edge not in SENDING_EDGES:
            return False
        if rule.to is not None and not fnmatchcase(to, rule.to):
            return False
        if rule.phone_number_id is not None and not fnmatchcase(number_id, rule.phone_number_id):
            return False
        rule.matched += 1
        if rule.above_per_second is not None:
            rule.matched_lately.add(now)
            if rule.matched_lately.count(now) <= rule.above_per_second:
                return False
        if rule.every is not None and rule.matched % rule.every:
            return False
        if rule.probability is not None and rule.draw(self.seed) >= rule.probability:
            return False
        return rule.per_second is None or rule.last_second.count(now) < rule.per_second
