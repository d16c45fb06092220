"""`qafila accounts add` and `qafila gateway`: a number on a gateway from the command line, tested with one real message."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.providers.conformance import TOKEN
from tests.providers.conformance.beside import beside
from tests.providers.conformance.sides.http_gateway import DEVICE, GATEWAY, GatewayServer

BUSINESS = """
from datetime import UTC, datetime
from qafila.cli import database, given
with database.rooms(given.settings(None)):
    from qafila.cli.first_steps import first_business
    first_business(now=datetime.now(UTC))
"""


@pytest.mark.slow  # a dozen commands, each a process; what they call is tested in its room
def test_a_gateway_is_added_completed_tested_and_taken_out(
    migrated: None, qafila: Run, environment: dict[str, str], tmp_path: Path
) -> None:
    subprocess.run([sys.executable, "-c", BUSINESS], env=environment, cwd=tmp_path, check=True)
    listed = qafila("accounts", "add")
    assert listed.end() == 0, listed.said
    assert "http_gateway: HTTP gateway" in listed.said
    preset = qafila("gateway", "preset", "zentra")
    assert preset.end() == 0
    assert json.loads(preset.said)["draft"] is True
    server = GatewayServer()
    setup, token = tmp_path / "gateway.json", tmp_path / "token"
    setup.write_text(json.dumps({**GATEWAY, "draft": True}))
    token.write_text(TOKEN)
    with beside(server.reply) as gateway:
        words = ["accounts", "add", "http_gateway", "--name", "Shop", "--phone", "+201000000042"]
        words += ["--set", f"base_url={gateway.server.url}", "--set", f"device={DEVICE}"]
        words += ["--set", f"gateway=@{setup}"]
        leaky = qafila(*words, "--set", f"token={TOKEN}")
        assert leaky.end() != 0, "arguments stand in the process list"
        inside = qafila(*words, "--set", f"token=@{token}")
        assert inside.end() != 0
        assert "private network" in inside.said
        added = qafila(*words, "--set", f"token=@{token}", "--allow-private-network")
        assert added.end() == 0, added.said
        assert "/webhooks/" in added.said
        tried = qafila("gateway", "test", "Shop", "--to", "+201000000001")
        assert tried.end() == 0, tried.said
        assert "Accepted as 1001" in tried.said
        assert "••••" in tried.said
        assert TOKEN not in tried.said + added.said
        assert gateway.sent("/send") == 1
    out = qafila("gateway", "export", "Shop")
    assert out.end() == 0
    assert json.loads(out.said) == {**GATEWAY, "draft": True}
    setup.write_text(json.dumps({**GATEWAY, "draft": False}))
    taken = qafila("gateway", "import", "Shop", str(setup))
    assert taken.end() == 0, taken.said
    setup.write_text("{}")
    broken = qafila("gateway", "import", "Shop", str(setup))
    assert broken.end() != 0
    assert "cannot be used" in broken.said
