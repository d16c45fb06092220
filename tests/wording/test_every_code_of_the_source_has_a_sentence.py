"""Codes are collected from the source itself: a refusal, an alert or a reason without a sentence fails here."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from qafila.senders.models import SenderState
from qafila.wording import is_known
from qafila.wording.catalogue import CATALOGUE

ROOT = Path(__file__).resolve().parents[2] / "qafila"
CODE = re.compile(r"[a-z][a-z0-9]*(?:[_.][a-z0-9]+)*\Z")
FIRST_ARGUMENT = {
    *("Refused", "Clash", "ApiRefusal", "Refusal", "refuse", "WebhookRefused"),
    *("raise_alert", "close_alert", "Trouble", "WhyNotYet", "Skip"),
    *("warning", "fault", "sentence_of", "worded", "_warning"),
}
"""Calls whose first text is a code."""
NAMED_ARGUMENTS = {"code", "reason"}
"""Arguments that are codes, whoever takes them."""
NAMED_CONSTANTS = re.compile(r".*_(?:WARNING|CODE|REASON)\Z|code\Z")
CODE_ENUMS = re.compile(r".*(?:Code|Reason)\Z")
"""Enums whose values are codes."""

NOT_SAID = {
    **dict.fromkeys(
        ("banned", "connected", "disconnected", "logged_out", "time_locked", "capped"),
        "codes of a LinkNotice; what follows is said as phone_…",
    ),
    **dict.fromkeys(("passkey_required", "session_failed"), "reasons of a PairingState; said as link_…"),
    **dict.fromkeys(
        ("answer_not_ok", "answer_redirects", "response_lost", "url_forbidden", "secret_unreadable"),
        "how a try of a webhook ended; said as webhook_try.…",
    ),
    "no_reason": "a receipt without one; said as provider.no_reason",
    "use_limits": "why a lane reads its sender anew; goes with no state",
    "changed": "the same",
    "throughput": "the same",
    "en": "a language code",
}
"""Texts in such a place that no person reads, each with why."""
PREFIX = {
    "Reason": "phone.",
}
"""Enums whose values stand behind a prefix in the catalogue."""


@cache
def _found() -> dict[str, set[str]]:
    """Code to the places it comes from."""
    found: dict[str, set[str]] = {}
    for path in sorted(ROOT.rglob("*.py")):
        place = str(path.relative_to(ROOT.parent))
        if "/wording/" in f"/{place}" or "/migrations/" in place:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for code in _codes(tree):
            if not (
                place.startswith("qafila/kit/phones/") and "." not in code
            ):  # its enum says them with their prefix
                found.setdefault(code, set()).add(place)
    for path in sorted(ROOT.rglob("sql/*.sql")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if re.search(r"\breason = ", line):
                for code in re.findall(r"'([a-z_]+)'", line):
                    found.setdefault(code, set()).add(str(path.relative_to(ROOT.parent)))
    return found


def _codes(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _of_call(node)
        elif isinstance(node, ast.ClassDef):
            yield from _of_class(node)
        elif isinstance(node, ast.Assign) and NAMED_CONSTANTS.match(getattr(node.targets[0], "id", "")):
            yield from _texts(node.value)


def _of_call(node: ast.Call) -> Iterator[str]:
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    if name in FIRST_ARGUMENT:
        first = next(
            (one for one in node.args if not isinstance(one, ast.Constant | ast.IfExp) or _texts(one)), None
        )
        if first is not None:
            yield from _texts(first)
    for keyword in node.keywords:
        if keyword.arg in NAMED_ARGUMENTS:
            yield from _texts(keyword.value)


def _of_class(node: ast.ClassDef) -> Iterator[str]:
    bases = {getattr(base, "attr", getattr(base, "id", "")) for base in node.bases}
    for part in node.body:
        if isinstance(part, ast.Assign) and CODE_ENUMS.match(node.name) and "StrEnum" in bases:
            yield from (f"{PREFIX.get(node.name, '')}{text}" for text in _texts(part.value))
    if not bases & {"Refused", "NotFound", "NotAllowed", "Clash"}:
        return
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "__init__" and call.args:
            yield from _texts(call.args[0])


def _texts(node: ast.expr) -> list[str]:
    """The codes that an expression may be: a text, or either side of a choice."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) and CODE.match(node.value) else []
    if isinstance(node, ast.IfExp):
        return _texts(node.body) + _texts(node.orelse)
    if isinstance(node, ast.BoolOp):
        return [text for value in node.values for text in _texts(value)]
    return []


def test_the_search_finds_codes_of_every_kind() -> None:
    found = _found()
    for code in (
        "name_missing",
        "sender_stopped",
        "invalid_cursor",
        "webhook_put_aside",
        "phone.too_short",
        "no_worker",
        "opted_out",
        "resolved_sent",
    ):
        assert code in found, code
    assert len(found) > 120


@pytest.mark.parametrize("code", sorted(_found()))
def test_a_code_of_the_source_has_a_sentence(code: str) -> None:
    assert code in NOT_SAID or is_known(code), f"{code} ({', '.join(sorted(_found()[code]))}) has no wording"


@pytest.mark.parametrize("state", SenderState.values)
def test_every_state_of_a_number_has_a_sentence(state: str) -> None:
    assert f"sender_{state}" in CATALOGUE


def test_what_is_excused_is_there_and_has_no_sentence() -> None:
    assert not set(NOT_SAID) & set(CATALOGUE)
