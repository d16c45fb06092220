"""`qafila accounts`."""

from __future__ import annotations

import enum
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from qafila.cli import database, given, screen
from qafila.cli.commands import account_adding
from qafila.cli.given import DataOption
from qafila.cli.naming import BusinessOption, account_named, chosen_or_first, the_business

if TYPE_CHECKING:
    from qafila.senders.models import Sender

app = typer.Typer(
    help="The numbers that can send: list them, add one, look at one, pause, resume, enter a new token.",
    invoke_without_command=True,
    rich_markup_mode=None,
)

app.command("add")(account_adding.add)

AccountArgument = Annotated[str, typer.Argument(metavar="ACCOUNT", help="Name, number or id of the account.")]


class Secret(enum.StrEnum):
    """What opens a provider's door."""

    TOKEN = "token"  # noqa: S105 - what it is called
    APP_SECRET = "app-secret"  # noqa: S105 - what it is called
    VERIFY_TOKEN = "verify-token"  # noqa: S105 - what it is called


@app.callback()
def accounts(context: typer.Context, data: DataOption = None, of: BusinessOption = None) -> None:
    """List the numbers that can send, with the id that contracts name (accountId).

    \b
    qafila accounts                       all of them
    qafila accounts add                   the kinds of providers, and how to add a number
    qafila accounts show Main             one: what holds it, why, and what to do
    qafila accounts pause Main            nothing more is sent from it until you resume it
    qafila accounts resume Main           after a pause, or once what stopped it was put right
    qafila accounts token Main --resume   a new access token, asked for and never shown
    """
    context.obj = data
    if context.invoked_subcommand is None:
        list_(data)


@app.command("list")
def list_(data: DataOption = None, of: BusinessOption = None) -> None:
    """List the numbers, oldest first."""
    with database.rooms(given.settings(data)):
        from qafila.senders.queries import effective, for_business

        business = chosen_or_first()
        found = list(for_business(business.pk)) if business else []
        rows = screen.table("id", "name", "number", "provider", "state", "default template")
        for sender in found:
            account, is_so = sender.provider_account, effective(sender)
            rows.add_row(
                str(sender.public_id),
                sender.name,
                sender.phone,
                account.name if account else "none",
                f"{is_so.state} ({is_so.reason})" if is_so.reason else is_so.state,
                sender.default_template["name"] if sender.default_template else "none",
            )
        screen.out.print(rows if found else "No account yet. Try one: qafila up --sandbox")


@app.command("show")
def show(
    context: typer.Context, account: AccountArgument, data: DataOption = None, of: BusinessOption = None
) -> None:
    """Show one number: its state, what holds it, why, and what to do."""
    with database.rooms(given.settings(data or context.obj)):
        _show(account_named(the_business(), account))


@app.command("pause")
def pause(
    context: typer.Context, account: AccountArgument, data: DataOption = None, of: BusinessOption = None
) -> None:
    """Send nothing more from a number until it is resumed. What is in the air lands; its messages wait."""
    with database.rooms(given.settings(data or context.obj)):
        from qafila.businesses.actor import command_actor
        from qafila.senders.actions import pause_sender

        business = the_business()
        sender = account_named(business, account)
        pause_sender(sender=sender, by="person", actor=command_actor(business), now=datetime.now(UTC))
        _say_state(account_named(business, str(sender.public_id)))


@app.command("resume")
def resume(
    context: typer.Context, account: AccountArgument, data: DataOption = None, of: BusinessOption = None
) -> None:
    """Put a number back to work: after a pause, a rest, or once what stopped it was put right.

    When its provider account was stopped, that one is resumed too, with all its numbers.
    """
    with database.rooms(given.settings(data or context.obj)):
        _resume(account_named(the_business(), account))


@app.command("limit")
def limit(
    context: typer.Context,
    account: AccountArgument,
    people: Annotated[str, typer.Argument(help="How many people in 24 hours, or `none`.")],
    data: DataOption = None,
    of: BusinessOption = None,
) -> None:
    """Set a limit of your own for how many people may be written to first in 24 hours, beside Meta's. The smaller counts.

    It is for all numbers of the Meta portfolio together.

    \b
    qafila accounts limit Main 500
    qafila accounts limit Main none
    """
    if people != "none" and not (people.isascii() and people.isdigit()):
        raise typer.BadParameter("a number of people, or none")
    with database.rooms(given.settings(data or context.obj)):
        from qafila.businesses.actor import command_actor
        from qafila.senders.actions.limits import set_own_limit

        business = the_business()
        sender = account_named(business, account)
        if sender.provider_account is None:
            raise screen.Refusal(
                "account_not_connected", f"{sender.name} has no provider, so there is nothing to limit."
            )
        cap = set_own_limit(
            account=sender.provider_account,
            people=None if people == "none" else int(people),
            actor=command_actor(business),
            now=datetime.now(UTC),
        )
        counts = "no limit" if cap is None else f"{cap:,} people in 24 hours"
        screen.say(f"What counts for {sender.provider_account.name} now: {counts}.")


@app.command("token")
def token(
    context: typer.Context,
    account: AccountArgument,
    data: DataOption = None,
    *,
    of: BusinessOption = None,
    what: Annotated[Secret, typer.Option("--what", help="Which secret.")] = Secret.TOKEN,
    and_resume: Annotated[bool, typer.Option("--resume", help="Then put the account back to work.")] = False,
) -> None:
    """Enter a new access token (or another secret) for the provider account of a number.

    It is asked for and not shown; from a file or another program it is read from standard input. All numbers of the provider
    account use it from then on. A former app secret is accepted for 7 days more.

    \b
    qafila accounts token Main --resume
    qafila accounts token Main --what app-secret < secret.txt
    """
    with database.rooms(given.settings(data or context.obj)):
        from qafila.businesses.actor import command_actor
        from qafila.senders.actions import change_secrets

        business = the_business()
        sender = account_named(business, account)
        if sender.provider_account is None:
            raise screen.Refusal(
                "account_not_connected", f"{sender.name} has no provider, so there is no token to change."
            )
        value = _read_secret(what)
        change_secrets(
            account=sender.provider_account,
            token=value if what is Secret.TOKEN else None,
            app_secret=value if what is Secret.APP_SECRET else None,
            verify_token=value if what is Secret.VERIFY_TOKEN else None,
            actor=command_actor(business),
            now=datetime.now(UTC),
        )
        screen.say(f"The {what.value} of {sender.provider_account.name} was changed.")
        if and_resume:
            _resume(sender)


def _read_secret(what: Secret) -> str:
    """A secret is never an argument: arguments stand in the process list and in the shell's history."""
    if sys.stdin.isatty():
        value = typer.prompt(f"New {what.value} (not shown)", hide_input=True, err=True)
    else:
        value = sys.stdin.readline()
    value = str(value).strip()
    if not value:
        raise screen.Refusal("empty", f"No {what.value} was given. Type it, or send it to standard input.")
    return value


def _resume(sender: Sender) -> None:
    from qafila.businesses.actor import command_actor
    from qafila.senders.actions import resume_work

    business = the_business()
    if sender.provider_account is None:
        raise screen.Refusal("account_not_connected", f"{sender.name} has no provider, so it cannot send.")
    resumed = resume_work(sender=sender, actor=command_actor(business), now=datetime.now(UTC))
    if resumed.account:
        screen.say(f"The provider account {sender.provider_account.name} works again, with all its numbers.")
    _say_state(account_named(business, str(sender.public_id)))


def _hours(sender: Sender) -> str:
    days = zip(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), sender.hours or (), strict=False)
    spans = [f"{day} {begin}-{end}" for day, times in days for begin, end in times]
    return ", ".join(spans) or "at any time"


def _say_state(sender: Sender) -> None:
    from qafila.senders.queries import effective

    found = effective(sender)
    screen.say(f"{sender.name}: {found.state}" + (f" ({found.reason})" if found.reason else ""))


def _show(sender: Sender) -> None:
    from qafila.senders.health_queries import wellbeing_of
    from qafila.senders.queries import effective, rests_until
    from qafila.senders.saying import state_says

    account, found, said = sender.provider_account, effective(sender), state_says(sender, "en")
    template = sender.default_template
    facts = {
        "id": str(sender.public_id),
        "number": sender.phone,
        "state": f"{found.state} ({found.reason})" if found.reason else found.state,
        "provider": f"{account.name} ({account.kind}, {account.base_url})" if account else "none",
        "provider's id": sender.ref or "none",
        "default template": f"{template['name']} ({template['language']})" if template else "none",
        "own pace": "on" if sender.use_limits else "off, at the owner's risk",
        "sends campaigns": _hours(sender),
        "in use since": f"{sender.in_use_since:%Y-%m-%d}",
        "throughput": f"{sender.throughput} a second" if sender.throughput else "the provider's default",
    }
    if (until := rests_until(sender)) is not None:
        facts["rests until"] = f"{until:%Y-%m-%d %H:%M:%S} UTC"
    well = wellbeing_of(sender, "en", now=datetime.now(UTC))
    if well is not None:
        facts["health"] = (
            f"{well.score} of 100" if well.known else f"{well.score} of 100, little is known yet"
        )
        facts["pace"] = f"{100 * well.pace:.0f} % of its limits"
    screen.say(sender.name, "bold")
    rows = screen.table("", "")
    rows.show_header = False
    for what, value in facts.items():
        rows.add_row(what, value)
    screen.out.print(rows)
    for reason in well.reasons if well is not None else ():
        taken = f"-{reason.weight}" if reason.weight else ""
        screen.say(f"{taken:>4} {reason.message} {reason.step}".rstrip(), "yellow" if reason.weight else "")
    if found.state != "ready":
        screen.say(str(said), "yellow")
