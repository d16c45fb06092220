"""`qafila sandbox` hands on what it was given, and nothing else."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from pyreqwest.client import SyncClientBuilder

from tests.cli.conftest import Run


@pytest.mark.parametrize(("flags", "seed"), [((), 7), (("--seed", "9"), 9)])
def test_a_seed_of_the_configuration_holds_unless_another_is_given(
    qafila: Run, tmp_path: Path, flags: tuple[str, ...], seed: int
) -> None:
    config, ready = tmp_path / "config.json", tmp_path / "ready.json"
    config.write_text(json.dumps({"seed": 7, "speed": 3}))
    given = ("--port", "0", "--ready-file", str(ready), "--config", str(config))
    command = qafila("sandbox", *given, *flags)
    command.wait_for("the sandbox listens at")
    while not ready.exists():  # the next thing it does
        assert command.process.poll() is None, command.said
        time.sleep(0.01)
    with SyncClientBuilder().no_proxy().build() as client:
        url = json.loads(ready.read_text())["url"]
        state = client.get(url + "/admin/state").build().send().json()
    assert (state["seed"], state["speed"]) == (seed, 3)
    command.process.terminate()
    assert command.end() == 0
