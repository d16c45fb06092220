"""1,000,000 rows read from CSV and XLSX and written to both: rows a second, and the memory of the reading process.

Run: ``python -m bench.million_row_tables FOLDER``. Each step is a process of its own, so that its memory is its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROWS = 1_000_000
HEADER = ["phone", "name", "message"]


def run(folder: Path, *, rows: int = ROWS) -> dict[str, Any]:
    """For each step: seconds, CPU seconds, rows a second, and MiB above a process that did nothing yet."""
    folder.mkdir(parents=True, exist_ok=True)
    found: dict[str, Any] = {"rows": rows}
    for step in ("write_csv", "read_csv", "write_xlsx", "read_xlsx", "write_shared", "read_shared"):
        command = [sys.executable, "-m", "bench.million_row_tables", step, str(folder), str(rows)]
        answer = subprocess.run(command, check=True, capture_output=True, text=True)
        found[step] = json.loads(answer.stdout)
    return found


def _people(rows: int) -> Iterator[list[object]]:
    for n in range(rows):
        yield [f"+2010{n:08d}", f"Person {n}", f"Your order {n} is ready, come when it suits you."]


def _write(step: str, folder: Path, rows: int) -> None:
    from qafila.kit.tables import write_csv, write_xlsx

    if step == "write_shared":
        _write_shared(folder / "shared.xlsx", rows)
        return
    ending = step.removeprefix("write_")
    with (folder / f"people.{ending}").open("wb") as out:
        if ending == "csv":
            write_csv(HEADER, _people(rows), out)
        else:
            write_xlsx(HEADER, _people(rows), out, rtl=False)


def _write_shared(path: Path, rows: int) -> None:
    """As Excel itself writes it: every text in the table of shared texts, numbers as numbers."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"constant_memory": False, "in_memory": False}) as book:
        sheet = book.add_worksheet()
        for place, cell in enumerate(HEADER):
            sheet.write_string(0, place, cell)
        for number, row in enumerate(_people(rows), start=1):
            sheet.write_number(number, 0, int(str(row[0])))
            sheet.write_string(number, 1, str(row[1]))
            sheet.write_string(number, 2, str(row[2]))


def _read(step: str, folder: Path, rows: int) -> None:
    from qafila.kit.tables import Row, open_table

    name = {"read_csv": "people.csv", "read_xlsx": "people.xlsx", "read_shared": "shared.xlsx"}[step]
    with open_table(folder / name) as table:
        good = sum(1 for row in table if isinstance(row, Row))
    if good != rows:
        raise SystemExit(f"{good} rows were read, {rows} were written")


def _one(step: str, folder: Path, rows: int) -> dict[str, float]:
    import qafila.kit.tables  # noqa: F401 - so that its weight is not counted

    before = _peak_kib()
    begin, cpu = time.perf_counter(), time.process_time()
    (_write if step.startswith("write") else _read)(step, folder, rows)
    seconds = time.perf_counter() - begin
    peak = _peak_kib()
    return {
        "seconds": round(seconds, 1),
        "own_cpu_seconds": round(time.process_time() - cpu, 1),
        "rows_a_second": round(rows / seconds),
        "mib_above_start": round((peak - before) / 1024, 1),
    }


def _peak_kib() -> int:
    """The most memory that this process had. ``getrusage`` would count the parent's before the program began."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise SystemExit("this machine does not tell a process its peak memory")


def main() -> None:
    """``FOLDER`` runs every step; ``STEP FOLDER ROWS`` one of them."""
    if len(sys.argv) == 4:
        sys.stdout.write(json.dumps(_one(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))))
        return
    sys.stdout.write(json.dumps(run(Path(sys.argv[1])), indent=2) + "\n")


if __name__ == "__main__":
    main()
