"""`qafila simulate` compares policies without a database, says what follows, and gives it as JSON."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run

SMALL = ("simulate", "--days", "5", "--numbers", "2", "--messages", "400", "--seeds", "2", "--processes", "1")


def test_policies_are_compared(qafila: Run, data: Path) -> None:
    command = qafila(*SMALL, "--json")
    assert command.end() == 0, command.said
    assert "2 phone-linked numbers, 400 messages, 5 days (the mean of 2 runs)" in command.said
    assert "2 official numbers, 400 messages, 5 days (the mean of 2 runs)" in command.said
    for name, tables in (
        ("no limits", 2),
        ("fixed limits  ", 2),
        ("fixed limits, locks waited out", 1),
        ("ours", 2),
    ):
        assert sum(line.startswith(name) for line in command.lines) == tables, name
    assert "A model is not WhatsApp" in command.said
    whole = json.loads(command.lines[-1])
    assert whole["given"] == {"days": 5, "numbers": 2, "messages": 400, "seeds": 2}
    assert set(whole["kinds"]) == {"phone", "official"}
    for found in whole["kinds"].values():
        (point,) = found["points"]
        for mean in point["policies"].values():
            assert mean["delivered"] + mean["failed"] + mean["skipped"] + mean["left"] == 400
    against = {kind: set(found["against"]) for kind, found in whole["kinds"].items()}
    assert against == {"phone": {"fixed", "waiting", "none"}, "official": {"fixed", "none"}}
    assert not any(data.glob("*")), "nothing is made for it"


def test_a_sweep_says_where_ours_loses(qafila: Run) -> None:
    tiny = ("--days", "1", "--numbers", "1", "--messages", "40", "--seeds", "1")
    command = qafila("simulate", *tiny, "--kind", "phone", "--sweep", "--json")
    assert command.end() == 0, command.said
    assert "Ours against fixed limits, at " in command.said
    assert "loses" in command.said
    whole = json.loads(command.lines[-1])
    assert set(whole["kinds"]) == {"phone"}
    names = [point["point"] for point in whole["kinds"]["phone"]["points"]]
    assert names[0] == "as it is"
    assert {"people.unwanted × 2", "whatsapp.ban_at × ½", "messages × 2", "all at once 1"} <= set(names)
