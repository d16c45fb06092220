"""`qafila demo --act package`: one of three numbers is lost in mid-run, and the contract is finished all the same."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run


def test_a_package_loses_a_number_and_finishes(qafila: Run, migrated_demo: Path, free_port: int) -> None:
    demo = qafila(
        *("demo", "--once", "--act", "package", "--recipients", "400"),
        *("--data", str(migrated_demo), "--keep", "--speed", "200"),
        PORT=str(free_port),
    )
    assert demo.end() == 0, demo.said
    assert "is logged out at WhatsApp now" in demo.said
    assert "lost in mid-run" in demo.said
    found = json.loads(demo.lines[-1])
    assert found["total"] == 400
    assert found["lost"] == found["duplicated"] == found["uncertain"] == 0
    shares = found["per_number"]
    assert len(shares) == 3
    assert min(shares.values()) > 0
    # Some failed because the provider took them and told so later, the others because it did not take them.
    assert found["sent"] <= sum(shares.values()) <= found["sent"] + found["failed"]
    assert shares["Sandbox 3"] == min(shares.values())
