"""Reasons are counted together, without the cell of each row: the sentence has no hole where the cell would stand."""

from __future__ import annotations

import pytest

from qafila import wording


@pytest.mark.parametrize(
    ("code", "alone", "of_a_row"),
    [
        ("field_missing", "The cell is empty.", "The cell City is empty."),
        (
            "sheet_error",
            "The cell holds the spreadsheet's complaint.",
            "The cell holds the spreadsheet's complaint #REF!.",
        ),
    ],
)
def test_with_and_without_its_cell(code: str, alone: str, of_a_row: str) -> None:
    assert wording.say(code).sentence == alone
    assert wording.say(code, field="City", value="#REF!").sentence == of_a_row
