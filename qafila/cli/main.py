"""The `qafila` command: its commands, and how what goes wrong is said."""

from __future__ import annotations

from types import TracebackType
from typing import Annotated

import psycopg
import typer

from qafila import __version__
from qafila.cli import given, screen
from qafila.cli.commands import (
    accounts,
    alerts,
    contracts,
    dbshell,
    demo,
    directions,
    doctor,
    fix_auto_pause,
    gateway,
    gateways,
    import_legacy,
    keys,
    messages,
    migrate,
    numbers,
    packages,
    people,
    prepare,
    sandbox,
    send,
    simulate,
    stop,
    up,
    web,
    webhooks,
    worker,
    wppconnect,
)

EXAMPLES = """\
Self-hosted WhatsApp messaging: nothing lost, nothing sent twice.

\b
Look at it, without an account anywhere:
  qafila demo                                  1,000 messages to a WhatsApp sandbox on this machine
\b
Run it:
  qafila up                                    database, web, API and a worker in ./data, until Ctrl-C
  qafila up --data /var/lib/qafila --port 8000 --workers 2
  qafila up --sandbox                          with a WhatsApp sandbox to try things on
  qafila doctor                                what is wrong, and what to do
\b
Work with it (beside a running `up`, or alone):
  qafila people sign-in-link                   into the pages, once
  qafila keys create "my shop"                 a key for the API; shown once
  qafila accounts                              the numbers that can send
  qafila accounts resume Main                  put one back to work
  qafila numbers                               the list of numbers, and its default
  qafila directions resolve Implants           where a message for it would go, and why
  qafila alerts                                what needs a person
  qafila send people.csv --account Main        a contract from a file, to the last message
  qafila send people.csv --package Clinics     the same, shared by the numbers of a package
  qafila contracts stats contract_x1           how far one is
  qafila messages resolve --as sent --contract contract_x1
  qafila simulate                              what pace does to numbers, on a virtual month
"""

app = typer.Typer(
    name="qafila",
    help=EXAMPLES,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command("up")(up.up)
app.command("stop")(stop.stop)
app.command("demo")(demo.demo)
app.command("send")(send.send)
app.add_typer(contracts.app, name="contracts")
app.add_typer(gateway.app, name="gateway")
app.add_typer(wppconnect.app, name="wppconnect")
app.add_typer(messages.app, name="messages")
app.add_typer(accounts.app, name="accounts")
app.add_typer(numbers.app, name="numbers")
app.add_typer(packages.app, name="packages")
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(directions.app, name="directions")
app.add_typer(alerts.app, name="alerts")
app.add_typer(keys.app, name="keys")
app.add_typer(gateways.app, name="gateways")
app.add_typer(people.app, name="people")
app.command("doctor")(doctor.doctor)
app.command("migrate")(migrate.migrate)
app.command("dbshell")(dbshell.dbshell)
app.command("import-legacy")(import_legacy.import_legacy)
app.command("fix-auto-pause")(fix_auto_pause.fix_auto_pause)
app.command("fix_auto_pause", hidden=True)(fix_auto_pause.fix_auto_pause)
app.command("web")(web.web)
app.command("worker")(worker.worker)
app.command("simulate")(simulate.simulate)
app.command("sandbox", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(
    sandbox.sandbox
)
app.command("prepare", hidden=True)(prepare.prepare)


def _version(wanted: bool) -> None:
    if wanted:
        screen.data(f"qafila {__version__}")
        raise typer.Exit


@app.callback()
def _qafila(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    del version


class _Spoken:
    """Turns what is known to go wrong into a sentence, a code and an exit code; the rest keeps its traceback.

    Rooms are not imported for it, because `--help` needs no Django: a refusal by a room is known by its ``code``.
    """

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(raised, screen.Refusal):
            screen.refuse(raised.code, raised.sentences, raised.exit_code)
        if isinstance(raised, psycopg.OperationalError) or _is_django_operational(raised):
            screen.refuse(
                "server_unreachable", ["The database cannot be reached.", " ".join(str(raised).split())]
            )
        code = getattr(raised, "code", None)
        if isinstance(code, str) and type(raised).__module__.startswith("qafila."):
            screen.refuse(str(code), [str(raised)])


def _is_django_operational(raised: BaseException | None) -> bool:
    return type(raised).__module__ == "django.db.utils" and type(raised).__name__ == "OperationalError"


def main() -> None:
    """Runs the command."""
    given.reach_this_machine_directly()
    with _Spoken():
        app()
