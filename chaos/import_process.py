"""Reads the file of one contract into the ledger, as a worker's job does, in a process of its own that can be killed.

``python -m chaos.import_process CAMPAIGN_ID ROWS_A_CHUNK``
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import django


def main() -> None:
    """Runs to the end of the file, or until somebody kills it."""
    django.setup()
    from qafila.campaigns import importing

    importing.CHUNK = int(sys.argv[2])
    with importing.Import(int(sys.argv[1])) as run:
        if run.begin(now=datetime.now(UTC)):
            while run.step(now=datetime.now(UTC)):
                pass


if __name__ == "__main__":
    main()
