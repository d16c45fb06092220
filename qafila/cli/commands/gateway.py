"""`qafila gateway`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qafila.cli import database, given, screen
from qafila.cli.given import DataOption
from qafila.cli.naming import BusinessOption, account_named, the_business

if TYPE_CHECKING:
    from qafila.senders.models import ProviderAccount, Sender

app = typer.Typer(
    help="Numbers on an HTTP gateway (for example Zentra): test one, take its set-up in and out as a file.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
AccountArgument = Annotated[str, typer.Argument(metavar="ACCOUNT", help="Name, number or id of the account.")]
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="JSON.")]


@app.callback()
def gateway(context: typer.Context, data: DataOption = None, of: BusinessOption = None) -> None:
    """Numbers on an HTTP gateway: how it is spoken to is data, explained in docs/providers.md.

    \b
    qafila gateway preset zentra > zentra.json        a set-up to complete
    qafila gateway import Main zentra.json            take it in
    qafila gateway test Main --to +201000000001       one real message; shows request and answer
    qafila gateway export Main                        the set-up, without its token
    """
    context.obj = data


@app.command("preset")
def preset(name: Annotated[str, typer.Argument(help="Which one.")] = "zentra") -> None:
    """Write a set-up to complete to standard output."""
    from qafila.providers.http_gateway.setup import presets

    found = presets()
    if name not in found:
        raise screen.Refusal("preset_unknown", f"There is no preset {name!r}. There are: {', '.join(found)}.")
    typer.echo(json.dumps(found[name], indent=2, ensure_ascii=False))


@app.command("export")
def export(
    context: typer.Context, account: AccountArgument, data: DataOption = None, of: BusinessOption = None
) -> None:
    """Write the set-up of a number's gateway to standard output. It holds no token."""
    with database.rooms(given.settings(data or context.obj)):
        found = _account(account_named(the_business(), account))
        typer.echo(json.dumps(found.config.get("gateway", {}), indent=2, ensure_ascii=False))


@app.command("import")
def import_(
    context: typer.Context,
    account: AccountArgument,
    file: FileArgument,
    data: DataOption = None,
    of: BusinessOption = None,
) -> None:
    """Take a set-up from a file; what cannot be used is refused as a whole."""
    with database.rooms(given.settings(data or context.obj)):
        from qafila.businesses.actor import command_actor
        from qafila.businesses.refusals import Refused
        from qafila.senders.actions import change_config

        business = the_business()
        found = _account(account_named(business, account))
        try:
            wanted = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as exc:
            raise screen.Refusal("file_unreadable", f"{file} is no JSON file that can be read.") from exc
        try:
            change_config(
                account=found,
                config={**found.config, "gateway": wanted},
                actor=command_actor(business),
                now=datetime.now(UTC),
            )
        except Refused as exc:
            raise screen.Refusal(exc.code, str(exc)) from exc
        screen.say(f"The set-up of {found.name} was taken. Test it: qafila gateway test")


@app.command("test")
def test(
    context: typer.Context,
    account: AccountArgument,
    to: Annotated[str, typer.Option("--to", help="Your own phone number; the message really goes out.")],
    text: Annotated[str, typer.Option("--text", help="What it says.")] = "Hello from Qafila. This is a test.",
    data: DataOption = None,
    *,
    of: BusinessOption = None,
) -> None:
    """Send one real message, a draft set-up too, and show the request (secrets masked) and the answer."""
    with database.rooms(given.settings(data or context.obj)):
        from qafila.businesses.actor import command_actor
        from qafila.businesses.refusals import Refused
        from qafila.senders.gateway_trial import try_out

        business = the_business()
        sender = account_named(business, account)
        try:
            trial = try_out(
                sender=sender, phone=to, text=text, actor=command_actor(business), now=datetime.now(UTC)
            )
        except Refused as exc:
            raise screen.Refusal(exc.code, str(exc)) from exc
        typer.echo(f"{trial.method} {trial.url}")
        for name, value in trial.headers.items():
            typer.echo(f"{name}: {value}")
        typer.echo(f"\n{trial.body}\n")
        typer.echo(f"{trial.status or 'no answer'}\n{trial.answer}\n")
        if trial.verdict == "accepted":
            screen.say(f"Accepted as {trial.provider_id}.", "green")
            return
        raise screen.Refusal(trial.code or trial.verdict, f"{trial.verdict}: {trial.detail or trial.code}")


def _account(sender: Sender) -> ProviderAccount:
    account = sender.provider_account
    if account is None or account.kind != "http_gateway":
        raise screen.Refusal("gateway_not_here", f"{sender.name} is not connected over an HTTP gateway.")
    return account
