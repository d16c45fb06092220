"""`qafila doctor`: each trouble that it looks for is found, with its weight, and in every business."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from qafila.businesses.models import Business
from qafila.cli.checkup import Finding, Level, inside, machine, rooms
from qafila.kit.processes import runfile
from qafila.project import env
from qafila.project.env import Env
from qafila.project.schema import Status
from qafila.senders.actions import stop_account, stop_sender
from qafila.senders.models import ProviderAccount, Sender

Look = Callable[[Env], Iterator[Finding]]

pytestmark = pytest.mark.django_db


@pytest.fixture
def settings_here(tmp_path: Path) -> Env:
    """The settings of a machine with an empty data folder."""
    return env.read().model_copy(update={"data": tmp_path, "legacy_keyless_from": []})


def _stopped_account(sender: Sender, _: Env) -> None:
    assert sender.provider_account is not None
    stop_account(account_id=sender.provider_account.pk, reason="cloud_api.190", now=datetime.now(UTC))


def _stopped_sender(sender: Sender, _: Env) -> None:
    stop_sender(sender_id=sender.pk, reason="cloud_api.190", now=datetime.now(UTC))


def _unopenable(sender: Sender, _: Env) -> None:
    ProviderAccount.objects.update(secrets="not sealed by any key of ours")


def _up_alone(_: Sender, settings: Env) -> None:
    runfile.write(settings.data / "run", pid=os.getpid(), role="up", now=datetime.now(UTC))


def _uncertain(sender: Sender, _: Env) -> None:
    from django.db import connection

    from qafila.ledger.actions import create_batch
    from qafila.ledger.states import Target

    batch = create_batch(
        business_id=sender.business_id, target=(Target.SENDER, sender.pk), content={}, now=datetime.now(UTC)
    ).pk
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_batchsender (batch_id, sender_id, uncertain) VALUES (%s, %s, 2)",
            [batch, sender.pk],
        )


def _old_clients_of_nobody(_: Sender, settings: Env) -> None:
    settings.legacy_keyless_from.append("10.1.0.0/16")


def _readable_keys(_: Sender, settings: Env) -> None:
    for name in ("keys.json", "secret_key.json"):
        (settings.data / name).touch()
        (settings.data / name).chmod(0o640)


@pytest.mark.parametrize(
    ("trouble", "look", "level", "subject", "says", "step"),
    [
        (
            _stopped_account,
            rooms.everything,
            Level.BAD,
            "account",
            "Meta is stopped (cloud_api.190)",
            "resume",
        ),
        (_stopped_sender, rooms.everything, Level.BAD, "sender", "Main cannot send", "accounts resume"),
        (_unopenable, rooms.everything, Level.BAD, "keys", "secrets of Meta cannot be opened", "Put back"),
        (_up_alone, rooms.everything, Level.BAD, "workers", "none has been seen", "qafila-worker.log"),
        (_uncertain, rooms.everything, Level.NOTE, "messages", "2 uncertain", "messages resolve"),
        (_old_clients_of_nobody, rooms.everything, Level.BAD, "settings", "no business", "LEGACY_BUSINESS"),
        (_readable_keys, machine.data_folder, Level.BAD, "keys", "other users can read", "chmod 600"),
    ],
)
def test_a_trouble_is_found(
    sender: Sender,
    settings_here: Env,
    trouble: Callable[[Sender, Env], None],
    look: Look,
    level: Level,
    subject: str,
    says: str,
    step: str,
) -> None:
    def told() -> list[Finding]:
        return [
            one
            for one in look(settings_here)
            if one.subject == subject and says in one.says and step in " ".join(one.steps)
        ]

    assert not told(), "the healthy house is not blamed"
    trouble(sender, settings_here)
    assert {one.level for one in told()} == {level}


@pytest.mark.parametrize(
    ("status", "level", "says"),
    [
        (Status(2, 2, [], []), Level.GOOD, "level 2"),
        (Status(1, 2, ["ledger.0002_more"], []), Level.BAD, "level 1, this program needs 2"),
        (Status(2, 2, [], ["ledger.0009_newer"]), Level.NOTE, "newer than this program (ledger.0009_newer)"),
    ],
)
def test_the_schema_is_compared_with_the_program(status: Status, level: Level, says: str) -> None:
    last = list(inside.level(status))[-1]
    assert (last.level, last.says) == (level, says)


@pytest.mark.parametrize(("chosen", "level"), [(True, Level.BAD), (False, Level.NOTE)])
def test_a_held_port_is_bad_where_it_was_chosen(tmp_path: Path, chosen: bool, level: Level) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        given: dict[str, Any] = {"port": str(port)} if chosen else {}
        settings = Env(data=tmp_path, **given)
        if not chosen:
            object.__setattr__(settings, "port", [port])
        found = [one for one in machine.ports(settings) if one.subject == "port"]
    assert [one.level for one in found] == [level]
    assert f"{port} is in use" in found[0].says


def test_every_business_is_looked_at_and_named(
    business: Business, sender: Sender, other_business: Business, settings_here: Env
) -> None:
    from qafila.businesses.actor import command_actor
    from qafila.senders.actions import create_provider_account, create_sender

    actor, now = command_actor(other_business), datetime.now(UTC)
    account = create_provider_account(
        business=other_business,
        kind="memory",
        name="Theirs",
        base_url="https://phones.example.com",
        ref="",
        token="their-canary",
        app_secret="",
        verify_token="",
        actor=actor,
        now=now,
    )
    theirs = create_sender(
        business=other_business,
        name="Far",
        phone="+201000000009",
        provider_account=account,
        actor=actor,
        now=now,
    )
    stop_sender(sender_id=theirs.pk, reason="cloud_api.190", now=now)
    found = list(rooms.everything(settings_here))
    named = [one.says for one in found if one.subject == "business"]
    assert f"Stranger Ltd ({other_business.public_id})" in named
    assert any(one.startswith(f"Caravan & Sons ({business.public_id}), the first") for one in named)
    [stopped] = [one for one in found if one.subject == "sender"]
    assert stopped.says.startswith("Stranger Ltd: Far cannot send")
    assert f"--business {other_business.public_id}" in stopped.steps[-1]
    assert [one.says for one in found if one.subject == "senders"] == [
        "Caravan & Sons: 1 of 1 ready",
        "Stranger Ltd: 0 of 1 ready",
    ]
