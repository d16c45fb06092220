"""Promise 51: what is exported to a spreadsheet is text there, and comes back as the text that it was."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from pathlib import Path

import openpyxl
import pytest

from qafila.kit.tables import Row, open_table, write_csv, write_xlsx

LEADS = ["=", "+", "-", "@", "\t=", "\r=", "\n=", "＝", "＋", "－", "＠", "'=", " =", "\u00a0="]
PAYLOADS = [
    *(f"{lead}1+1" for lead in LEADS),
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://127.0.0.1:9/?x="&A1;"click")',
    '@SUM(1+1)*cmd|" /C calc"!A0',
    "<r><t>=1+1</t></r>",
    "</t></is></c><c><f>1+1</f></c>",
    "_x003D_1+1",
]
TEXTS = [
    *PAYLOADS,
    "شكرا, جزيلا",
    'שלום "עולם"',
    "Привет;\nмир",
    "  blanks  ",
    "_x0041_",
    "a\tb",
    "0501234567",
    "+972501234567",
    "1.50",
    "TRUE",
    "2026-11-21",
    "x" * 32_000,
    "👩‍👩‍👧‍👦",
]


def written(kind: str, rows: list[list[object]], *, rtl: bool = False) -> io.BytesIO:
    out = io.BytesIO()
    count = (
        write_csv(["text", "=phone"], rows, out)
        if kind == "csv"
        else write_xlsx(["text", "=phone"], rows, out, rtl=rtl)
    )
    assert count == len(rows)
    out.seek(0)
    return out


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_every_text_comes_back(kind: str) -> None:
    with open_table(written(kind, [[text, "1"] for text in TEXTS]), columns={"phone": 1}) as table:
        back = [row.values[0] for row in table if isinstance(row, Row)]
    expected = [f"\u2060{text}" if text.startswith("<r>") and kind == "xlsx" else text for text in TEXTS]
    assert back == expected


def test_nul_goes() -> None:
    for kind in ("csv", "xlsx"):
        with open_table(written(kind, [["\x00=1+1", "1"]]), columns={"phone": 1}) as table:
            assert [row.values[0] for row in table if isinstance(row, Row)] == ["=1+1"]


def test_no_cell_of_a_workbook_is_a_formula() -> None:
    out = written("xlsx", [[text, text] for text in TEXTS])
    with zipfile.ZipFile(out) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
    sheet = openpyxl.load_workbook(out).active
    assert sheet is not None
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s"}
    quoted = [bool(sheet.cell(place, 1).quotePrefix) for place in range(2, len(PAYLOADS) + 2)]
    assert quoted[:14] == [True] * 14  # so that it stays text when somebody edits the cell


def test_numbers_stay_numbers_where_no_digit_is_lost() -> None:
    sheet = openpyxl.load_workbook(written("xlsx", [[5, 1.5], [10**17, float("nan")], [True, None]])).active
    assert sheet is not None
    values = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert values == [[5, 1.5], ["1" + "0" * 17, "nan"], ["True", None]]


def test_a_sheet_for_right_to_left_readers() -> None:
    for rtl in (True, False):
        sheet = openpyxl.load_workbook(written("xlsx", [["a", "b"]], rtl=rtl)).active
        assert sheet is not None
        assert bool(sheet.sheet_view.rightToLeft) is rtl


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_libreoffice_finds_no_formula(kind: str, tmp_path: Path) -> None:
    source = tmp_path / f"export.{kind}"
    source.write_bytes(written(kind, [[text, text] for text in TEXTS]).getvalue())
    command = [
        "soffice",
        "--headless",
        f"-env:UserInstallation=file://{tmp_path}/profile",
        "--convert-to",
        "fods",
    ]
    if kind == "csv":
        command.append("--infilter=CSV:44,34,76,1,,0,false,true")  # with "evaluate formulas" on
    subprocess.run(
        [*command, "--outdir", str(tmp_path), str(source)], check=True, capture_output=True, timeout=120
    )
    opened = (tmp_path / "export.fods").read_text(encoding="utf-8")
    assert "table:formula" not in opened
    assert "+972501234567" in opened
