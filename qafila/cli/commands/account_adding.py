"""`qafila accounts add`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qafila.cli import database, given, screen
from qafila.cli.given import DataOption
from qafila.cli.naming import BusinessOption, the_business

if TYPE_CHECKING:
    from qafila.providers.account_fields import Field


def add(  # noqa: PLR0917 - typer reads them by name
    context: typer.Context,
    kind: Annotated[
        str, typer.Argument(metavar="KIND", help="Of provider; without one they are listed.")
    ] = "",
    name: Annotated[str, typer.Option("--name", help="What you call the number.")] = "",
    phone: Annotated[str, typer.Option("--phone", help="With + and the country code.")] = "",
    given_fields: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="FIELD=VALUE", help="A field of the kind; @FILE takes its text from a file."
        ),
    ] = None,
    private: Annotated[
        bool,
        typer.Option("--allow-private-network", help="The gateway is in our own network or on this machine."),
    ] = False,
    data: DataOption = None,
    of: BusinessOption = None,
) -> None:
    """Add a number on a provider of any kind. Secrets are asked for and not shown, or read from standard input.

    \b
    qafila accounts add                                       the kinds and their fields
    qafila accounts add waha --name Shop --phone +201000000001 --set base_url=https://waha.example.com
    qafila accounts add http_gateway --name Shop --phone +201000000001 \\
        --set base_url=https://gateway.example.com --set gateway=@zentra.json
    """
    from qafila.providers import registry

    if not kind:
        _list()
        return
    fields = registry.KINDS[kind].fields if kind in registry.KINDS else ()
    if not fields:
        known = ", ".join(one for one, entry in registry.KINDS.items() if entry.fields)
        raise screen.Refusal("provider_kind_unknown", f"There is no provider {kind!r}. There are: {known}.")
    values = _values(fields, given_fields or [])
    with database.rooms(given.settings(data or context.obj)):
        from qafila.businesses.actor import command_actor
        from qafila.businesses.refusals import Refused
        from qafila.senders.actions import connect_number
        from qafila.senders.outgoing import webhook_url
        from qafila.senders.secrets import open_

        business = the_business()
        try:
            sender = connect_number(
                business=business,
                kind=kind,
                name=name,
                phone=phone,
                given=values,
                allow_private_network=private,
                actor=command_actor(business),
                now=datetime.now(UTC),
            )
        except Refused as exc:
            raise screen.Refusal(exc.code, str(exc)) from exc
        account = sender.provider_account
        assert account is not None  # noqa: S101 - it was made for it
        secret = next(iter(open_(account).app_secrets), "")
        screen.say(f"{sender.name} is added: {sender.public_id}")
        screen.say(f"Webhooks come to {webhook_url(account, secret=secret)}")
        if sender.state == "stopped":
            screen.say("Now link the phone on its page (Senders > Link the phone).")
        if sender.state == "paused":
            screen.say(
                f"It is paused, as it was before. Resume it: qafila accounts resume {sender.name}", "yellow"
            )


def _list() -> None:
    from qafila.providers import registry

    for kind, one in registry.KINDS.items():
        if not one.fields:
            continue
        screen.say(f"{kind}: {one.title}", "bold")
        for text in (one.about, one.licence):
            if text:
                screen.say(f"  {text}")
        for field in one.fields:
            notes = [field.label]
            notes += [] if field.required else ["optional"]
            notes += [f"default {field.default}"] if field.default and field.shape != "json" else []
            screen.say(f"  {field.name:<14} {', '.join(notes)}")


def _values(fields: tuple[Field, ...], pairs: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    known = {field.name: field for field in fields}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign or name not in known:
            raise screen.Refusal(
                "unknown_field", f"There is no field {name!r}. There are: {', '.join(known)}.", "FIELD=VALUE"
            )
        if known[name].shape == "secret" and not value.startswith("@"):
            # Arguments stand in the process list and in the shell's history.
            raise screen.Refusal("secret_as_argument", f"{name} is a secret: leave it out, it is asked for.")
        found[name] = _text(value)
    for field in fields:
        if field.shape == "secret" and field.required and field.name not in found:
            found[field.name] = _ask(field)
    return found


def _text(value: str) -> str:
    if not value.startswith("@"):
        return value
    try:
        return Path(value[1:]).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise screen.Refusal("file_unreadable", f"{value[1:]} cannot be read as text.") from exc


def _ask(field: Field) -> str:
    if sys.stdin.isatty():
        return str(typer.prompt(f"{field.label} (not shown)", hide_input=True, err=True)).strip()
    return sys.stdin.readline().strip()
