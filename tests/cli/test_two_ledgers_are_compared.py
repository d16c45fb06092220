"""The end of the demo: our rows beside the sandbox's own ledger, and what is said of a disagreement."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from typing import Any

import pytest

from qafila.cli.commands.demo import Shown, _conclude
from qafila.cli.demonstration.books import Books, compare
from qafila.cli.screen import EXIT_DISAGREE

NO_WHATSAPP = {"code": "recipient", "message": "Not on WhatsApp"}
OURS = [
    {"id": "1", "state": "sent"},
    {"id": "2", "state": "delivered"},
    {"id": "3", "state": "read"},
    {"id": "4", "state": "failed", "reason": NO_WHATSAPP},
    {"id": "5", "state": "skipped", "reason": {"code": "duplicate", "message": "Twice in the contract"}},
    {"id": "6", "state": "uncertain"},
]
THEIRS = Counter({1: 1, 2: 1, 3: 1, 6: 1})


def changed(message_id: str, state: str) -> list[dict[str, Any]]:
    return [{**each, "state": state} if each["id"] == message_id else each for each in OURS]


def test_two_ledgers_that_agree() -> None:
    books = compare(OURS, THEIRS)
    assert books.agree
    assert {name: figure for name, figure in asdict(books).items() if name != "why"} == {
        "total": 6,
        "sent": 3,
        "delivered": 2,
        "read": 1,
        "failed": 1,
        "skipped": 1,
        "uncertain": 1,
        "lost": 0,
        "duplicated": 0,
        "unknown": 0,
    }
    assert books.why == {("failed", "Not on WhatsApp"): 1, ("skipped", "Twice in the contract"): 1}
    assert compare(OURS, THEIRS - Counter({6: 1})).agree, "an uncertain one may have arrived or not"
    assert compare(OURS, THEIRS + Counter({4: 1})).agree, "it may fail after it was accepted"


@pytest.mark.parametrize(
    ("ours", "theirs", "figures"),
    [
        pytest.param(OURS, THEIRS - Counter({2: 1}), (1, 0, 0), id="delivered, and never arrived"),
        pytest.param(changed("1", "queued"), THEIRS - Counter({1: 1}), (1, 0, 0), id="still queued"),
        pytest.param(changed("1", "sending"), THEIRS, (1, 0, 0), id="still sending"),
        pytest.param(OURS, THEIRS + Counter({3: 1}), (0, 1, 0), id="arrived twice"),
        pytest.param(OURS, THEIRS + Counter({6: 1}), (0, 1, 0), id="uncertain, and arrived twice"),
        pytest.param(OURS, THEIRS + Counter({5: 1}), (0, 1, 0), id="skipped, and arrived"),
        pytest.param(OURS, THEIRS + Counter({7: 2, 8: 1}), (0, 0, 2), id="two that no row knows"),
        pytest.param(OURS[1:], THEIRS, (0, 0, 1), id="a row is gone"),
    ],
)
def test_a_disagreement_is_counted_and_ends_with_an_exit_code_of_its_own(
    ours: list[dict[str, Any]],
    theirs: Counter[int],
    figures: tuple[int, int, int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    books = compare(ours, theirs)
    assert (books.lost, books.duplicated, books.unknown) == figures
    assert not books.agree
    with pytest.raises(SystemExit) as ended:
        _conclude(Shown("contract_x", books, 1.0), once=True)
    assert ended.value.code == EXIT_DISAGREE == 3
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (said["lost"], said["duplicated"], said["unknown"]) == figures


def test_what_another_contract_of_the_folder_sent_is_not_unknown() -> None:
    """With ``--keep`` a contract that the demo before left unfinished goes on beside the new one."""
    rows_of_others = {70, 71}
    theirs = THEIRS + Counter({70: 1, 71: 1, 72: 1})
    assert compare(OURS, theirs, rows_of_others.__contains__).unknown == 1


def test_what_was_accepted_before_does_not_count() -> None:
    """A database that was made anew beside an old ledger counts its messages from 1 again."""
    before = Counter({1: 1, 2: 1, 99: 1})
    assert compare(OURS, (before + THEIRS) - before).agree


def test_an_agreement_ends_well(capsys: pytest.CaptureFixture[str]) -> None:
    _conclude(Shown("contract_x", Books(total=3, sent=3), 2.345), once=True)
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    asked_for = {
        "total",
        "sent",
        "delivered",
        "read",
        "failed",
        "skipped",
        "uncertain",
        "lost",
        "duplicated",
        "seconds",
    }
    assert set(said) >= asked_for
    assert said["seconds"] == 2.35
    _conclude(Shown("contract_x", Books(), 1.0), once=False)
    assert capsys.readouterr().out == ""
