"""The guide's programs in Node and PHP, run as they are printed against the real server. (curl and Python: the neighbour.)"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from qafila.businesses.actions import create_api_key
from qafila.campaigns.models import Campaign
from qafila.cli import node
from qafila.events.webhooks.rules import signing
from qafila.web.pages.docs import samples
from tests.intake.server import web_process
from tests.web.world import World

_ENDS_WITHIN = 120
"""Seconds; far more than they need: a program that hangs must end some time."""
JUDGE_NODE = """\
import { readFileSync } from "node:fs";
import { verified } from "./check.mjs";
const cases = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(cases.map(([secret, headers, body]) => verified(secret, headers, Buffer.from(body)))));
"""
JUDGE_PHP = """
$cases = json_decode(file_get_contents('php://stdin'), true);
echo json_encode(array_map(fn ($one) => verified($one[0], $one[1], $one[2]), $cases));
"""


@dataclass(frozen=True)
class Tongue:
    """A language on this machine."""

    name: str
    program: str
    ending: str

    def run(self, text: str, folder: Path, *, given: str = "", **environment: str) -> str:
        """What a program prints."""
        file = folder / f"program.{self.ending}"
        file.write_text(text)
        done = subprocess.run(
            [self.program, file],
            input=given,
            capture_output=True,
            text=True,
            timeout=_ENDS_WITHIN,
            env={**os.environ, **environment},
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@pytest.fixture(params=["Node", "PHP"])
def tongue(request: pytest.FixtureRequest) -> Tongue:
    if request.param == "Node":
        found = node.find()
        if found is None:
            pytest.skip(
                f"no Node.js {node.OLDEST} or later is on this machine; make test-gateway fetches one"
            )
        return Tongue("Node", str(found.program), "mjs")
    program = shutil.which("php")
    if program is None:
        pytest.skip("PHP is not on this machine")
    return Tongue("PHP", program, "php")


@pytest.fixture
def address(dsn: str, tmp_path: Path) -> Iterator[str]:
    """A real server on the test's database."""
    with web_process(dsn, tmp_path / "web.log") as port:
        yield f"http://127.0.0.1:{port}"


@pytest.mark.django_db(transaction=True)
def test_the_call_makes_one_contract_however_often_it_runs(
    tongue: Tongue, address: str, world: World, tmp_path: Path
) -> None:
    here = world.here
    _, key = create_api_key(business=here.business, name="guide", actor=here.actor, now=world.now)
    program = samples.here(samples.CALLS[tongue.name], base=address, account=str(here.sender.public_id))
    before = Campaign.objects.count()
    first, second = (tongue.run(program, tmp_path, KEY=key) for _turn in range(2))
    assert first == second
    made = Campaign.objects.get(public_id=first)
    assert (made.name, made.batch.total, Campaign.objects.count()) == ("First contract", 1, before + 1)


@pytest.mark.django_db(transaction=True)
def test_the_call_says_why_it_was_refused(tongue: Tongue, address: str, world: World, tmp_path: Path) -> None:
    here = world.here
    _, key = create_api_key(business=here.business, name="guide", actor=here.actor, now=world.now)
    nobody = "00000000-0000-4000-8000-000000000000"
    program = samples.here(samples.CALLS[tongue.name], base=address, account=nobody)
    try:
        said = tongue.run(program, tmp_path, KEY=key)
    except AssertionError as failed:  # Node's ends with the error
        said = str(failed)
    assert "There is no account with this id" in said


def test_the_check_of_a_webhook_takes_ours_and_nothing_else(tongue: Tongue, tmp_path: Path) -> None:
    now, body = datetime.now(UTC), json.dumps({"type": "webhook.test", "text": "שלום"}, ensure_ascii=False)
    secret, former = signing.new_secret(), signing.new_secret()

    def signed(*secrets: str, at: datetime = now) -> dict[str, str]:
        given: dict[str, Any] = signing.headers(list(secrets), message_id="msg_1", at=at, body=body.encode())
        return {name.lower(): value for name, value in given.items()}

    cases = [
        (secret, signed(secret), body, True),
        (secret, signed(former, secret), body, True),
        (secret, signed(secret), f"{body} ", False),
        (secret, signed(former), body, False),
        (secret, {**signed(secret), "webhook-id": "msg_2"}, body, False),
        (secret, signed(secret, at=now - timedelta(minutes=6)), body, False),
    ]
    text = samples.VERIFICATIONS[tongue.name]
    if tongue.name == "Node":
        (tmp_path / "check.mjs").write_text(text)
        program = JUDGE_NODE
    else:
        program = f"<?php\n{text}{JUDGE_PHP}"
    answer = tongue.run(program, tmp_path, given=json.dumps([case[:3] for case in cases]))
    assert json.loads(answer) == [case[3] for case in cases]
