"""The recipients of the demo: the rows of ``examples/contract.csv``, and made-up ones beyond them."""

from __future__ import annotations

import csv
from pathlib import Path

EXAMPLE = "contract.csv"


def example_file() -> Path:
    """The example: beside the program in a checkout, inside the package where it was installed."""
    here = Path(__file__).resolve()
    packaged = here.parents[1] / "examples" / EXAMPLE
    return packaged if packaged.exists() else here.parents[3] / "examples" / EXAMPLE


def recipients(count: int) -> list[dict[str, str]]:
    """So many rows for ``POST /api/contracts``, always the same ones for the same count.

    Beyond the example's rows its names and texts come again, to Egyptian numbers of a block that was never given out.
    """
    with example_file().open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    made = []
    for n in range(count):
        row = rows[n % len(rows)]
        again = n >= len(rows)
        made.append(
            {
                "phoneNumber": f"+20158{n:07d}" if again else row["phone"],
                "name": row["name"],
                "message": row["message"] or "Your order is ready." if again else row["message"],
            }
        )
    return made
