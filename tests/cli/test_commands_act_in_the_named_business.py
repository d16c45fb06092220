"""``--business``: with several businesses a command says in which it acts; without it the first is meant."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import typer

from qafila.cli.main import app
from tests.cli.conftest import MAIN_NUMBER, Command, InRooms, Run

SECOND = """
from qafila.businesses.actions import create_business
second = create_business(name="Second", now=now)
actor = command_actor(second)
account = actions.create_provider_account(
    business=second, kind="memory", name="Their access", base_url="http://127.0.0.1:9", ref="2",
    token="second-canary", app_secret="", verify_token="", actor=actor, now=now)
actions.create_sender(
    business=second, name="Theirs", phone="+201000000002", provider_account=account, actor=actor, now=now)
print(second.public_id)
"""
OF_THE_INSTALLATION = {
    *("demo", "doctor", "dbshell", "fix-auto-pause", "fix_auto_pause", "import-legacy", "migrate", "prepare"),
    *("sandbox", "simulate", "stop", "up", "web", "worker"),
    *("gateway preset", "keys rotate-encryption", "people reset-password", "people sign-in-link"),
}
"""Commands that are about no business, or about all of them."""
SERVERS = ("gateways ", "wppconnect ")


def _commands(group: object, before: str = "") -> Iterator[tuple[str, object]]:
    for name, command in getattr(group, "commands", {}).items():
        if getattr(command, "commands", None):
            yield from _commands(command, f"{name} ")
        else:
            yield f"{before}{name}", command


def test_every_command_about_a_business_takes_its_name() -> None:
    found = dict(_commands(typer.main.get_command(app)))
    assert len(found) > 40
    takes = {
        name
        for name, command in found.items()
        if any("--business" in param.opts for param in getattr(command, "params", []))
    }
    missing = {name for name in set(found) - takes if not name.startswith(SERVERS)}
    assert missing == OF_THE_INSTALLATION


def _said(command: Command) -> str:
    assert command.end() == 0, command.said
    return command.said


@pytest.mark.slow  # a dozen commands, each a process; what they call is tested in its room
@pytest.mark.usefixtures("migrated")
def test_the_second_business_is_reached_by_id_and_by_name(qafila: Run, in_rooms: InRooms) -> None:
    second = in_rooms(MAIN_NUMBER, SECOND).split()[-1]
    first = _said(qafila("accounts"))
    assert "Main" in first
    assert "Theirs" not in first
    for words in (("list", "--business", "Second"), ("--business", second, "show", "Theirs")):
        named = _said(qafila("accounts", *words))
        assert "Theirs" in named
        assert "Main" not in named
    _said(qafila("keys", "create", "their shop", "--business", "Second"))
    assert "No API key yet" in _said(qafila("keys", "list"))
    nobody = qafila("contracts", "list", "--business", "Third")
    assert nobody.end() == 1
    assert "(business_not_found)" in nobody.said
    assert f"Second ({second})" in nobody.said
