"""What the guide lists: refusals with what to do, limits, the people of the sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from qafila.campaigns.actions.creating import MOST_RECIPIENTS
from qafila.campaigns.incoming import LIMITS
from qafila.campaigns.rules.recipients import LONGEST_MESSAGE
from qafila.web.ui.figures import grouped
from qafila.wording import say

_SAMPLES: Final[Mapping[str, Any]] = {
    "field": "name",
    "method": "PATCH",
    "allowed": "GET, POST",
    "column": "phone",
    "count": 2,
    "value": "done",
    "most": 10_000,
}
"""What stands in the sentences' places; a real refusal says the real thing."""

REFUSALS: Final[tuple[tuple[int, tuple[str, ...]], ...]] = (
    (400, ("invalid_json", "file_unreadable", "idempotency_key_invalid")),
    (401, ("unauthorised",)),
    (403, ("forbidden_scope", "key_from_elsewhere")),
    (404, ("not_found", "account_not_found", "package_not_found", "direction_not_found")),
    (405, ("method_not_allowed",)),
    (
        409,
        (
            "possible_duplicate",
            "contract_not_over",
            "contract_has_begun",
            "account_not_connected",
            "no_active_profiles",
            "direction_has_no_number",
            "template_not_approved",
            "template_rejected",
            "template_disabled",
            "no_templates",
            "not_complete",
            "contract_archived",
            "contract_takes_no_rows",
            "idempotency_in_progress",
            "idempotency_answer_lost",
        ),
    ),
    (413, ("body_too_large",)),
    (
        422,
        (
            "validation_failed",
            "one_target_only",
            "field_required",
            "wrong_type",
            "unknown_field",
            "empty",
            "too_long",
            "invalid_value",
            "nul_byte",
            "bad_encoding",
            "too_many_rows",
            "file_empty",
            "file_too_large",
            "file_has_no_phone_column",
            "column_not_found",
            "too_many_columns",
            "strict_rejected",
            "default_template_invalid",
            "template_components_bad",
            "begin_in_past",
            "begin_too_far",
            "unknown_status",
            "invalid_limit",
            "invalid_cursor",
            "idempotency_key_reused",
        ),
    ),
    (500, ("internal_error",)),
    (503, ("database_unavailable",)),
)
"""HTTP status to the codes that come with it: those of ``docs/contract-api.md``."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One line: what the API answers, said in the reader's language."""

    status: int
    code: str
    sentence: str
    step: str


def refusals(language: str) -> list[Refusal]:
    """All codes that a call of a contract may be refused with."""
    said = ((status, say(code, language, **_SAMPLES)) for status, codes in REFUSALS for code in codes)
    return [Refusal(status, each.code, each.sentence, each.step) for status, each in said]


def limits() -> list[tuple[Promise, str]]:
    """``(what, how much)``."""
    body = int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0) // 1024**2
    return [
        (_("Recipients in one call"), f"{grouped(MOST_RECIPIENTS)} · {body} MB"),
        (
            _("Rows of a CSV file that is uploaded"),
            f"{grouped(LIMITS.max_rows)} · {LIMITS.max_bytes // 1_000_000} MB",
        ),
        (_("Characters of a message"), grouped(LONGEST_MESSAGE)),
        (_("Contracts on one page of a list"), grouped(1_000)),
        (_("Rows on one page of a contract"), grouped(10_000)),
    ]


PEOPLE: Final[tuple[tuple[str, str, Promise], ...]] = (
    ("00–59", "reader", _("gets the message and reads it")),
    ("60–71", "slow", _("gets it late and reads it minutes later")),
    ("72–81", "never_reads", _("gets it and does not read it")),
    ("82–89", "replier", _("reads it and answers")),
    ("90–91", "stopper", _("answers STOP")),
    ("92", "blocker", _("blocks you after the first message")),
    ("93", "capped", _("takes no advertising")),
    ("94–96", "open_chat", _("has the chat open: read at once")),
    ("97–98", "absent", _("is not on WhatsApp: fails later")),
    ("99", "absent_sync", _("is not on WhatsApp: refused at once")),
)
"""The last two digits of a number, what the sandbox calls such a person, what such a person does."""
