"""What is the same: rows within a contract, and contracts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import orjson

from qafila.campaigns.rules.recipients import Recipient

_EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class SeveralTexts:
    """Numbers that get more than one text.

    :ivar people: how many numbers.
    :ivar rows: rows of the first examples, in pairs (the row, the earlier row of the same number).
    """

    people: int
    rows: Sequence[tuple[int, int]]


def mark_duplicates(recipients: Iterable[Recipient]) -> SeveralTexts:
    """Refuses later rows that say the same to the same number (reason ``duplicate``); different texts are all kept."""
    first_text: dict[tuple[str, str, str], int] = {}
    first_row: dict[str, int] = {}
    several: set[str] = set()
    examples: list[tuple[int, int]] = []
    for recipient in recipients:
        if recipient.reason:
            continue
        digits = recipient.digits
        params = "" if recipient.params is None else json.dumps(recipient.params, sort_keys=True)
        key = (digits, recipient.body, params)
        same = first_text.setdefault(key, recipient.row)
        if same != recipient.row:
            recipient.reason = "duplicate"
            recipient.words = {"row": same}
            continue
        earlier = first_row.setdefault(digits, recipient.row)
        if earlier != recipient.row:
            several.add(digits)
            if len(examples) < _EXAMPLES:
                examples.append((recipient.row, earlier))
    return SeveralTexts(len(several), examples)


def content_hash(account: str, recipients: Iterable[Recipient]) -> bytes:
    """SHA-256 over the account and the rows in their order: the same contract posted twice has the same one."""
    digest = hashlib.sha256(account.encode())
    for row in recipients:
        digest.update(orjson.dumps((row.given, row.body, row.params), option=orjson.OPT_SORT_KEYS))
    return digest.digest()
