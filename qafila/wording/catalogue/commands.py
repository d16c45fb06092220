"""What the `qafila` command refuses. It says more of the case at hand; here stands what each code means in general."""

from qafila.wording.entries import Entry, _

_SEE_LOG = _("Look into the log in the data folder for the reason.")

ENTRIES: dict[str, Entry] = {
    "already_running": Entry(
        _("The program is running on this data folder already."),
        "",
        _("Use it, or stop it with `qafila stop`."),
    ),
    "business_not_found": Entry(
        _("There is no single business with this name or id."), "", _("Name one with `--business ID`.")
    ),
    "did_not_start": Entry(_("A part of the program did not start."), "", _SEE_LOG),
    "logs_unwritable": Entry(
        _("Logs cannot be written into the data folder."),
        "",
        _("Run this as the user whose data folder it is, or give this user the right."),
    ),
    "still_running": Entry(
        _("Something still works with this database."),
        _("Its tables cannot go away under it."),
        _("Stop what runs with `qafila stop`, then try again."),
    ),
    "not_prepared": Entry(
        _("The database is not prepared yet."), "", _("Run `qafila migrate`, then start again.")
    ),
    "not_running": Entry(
        _("The program is not running on this data folder."), "", _("Start it with `qafila up`.")
    ),
    "still_stopping": Entry(
        _("The program has not ended yet."),
        _("It lets what is in the air land first."),
        _("Wait a moment and look again."),
    ),
    "not_confirmed": Entry(
        _("Nothing was done, because it was not confirmed."), "", _("Run it again and confirm.")
    ),
    "nothing_named": Entry(
        _("It is not said what to decide about."),
        "",
        _("Name the messages, or a contract with `--contract`."),
    ),
    "not_a_demo_folder": Entry(
        _("This data folder holds real work, so the demonstration leaves it alone."),
        "",
        _("Name another folder with `--data`."),
    ),
    "psql_missing": Entry(
        _("The program `psql` is not on this machine."),
        "",
        _("Install the PostgreSQL client, or use another tool."),
    ),
    "sandbox_not_ready": Entry(_("The WhatsApp sandbox did not start in time."), "", _SEE_LOG),
    "server_gone": Entry(_("The server does not answer any more."), "", _SEE_LOG),
}
