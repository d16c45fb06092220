"""What can keep the program from starting, and what `qafila doctor` finds."""

from qafila.wording.entries import Entry, _

_RESTORE = _("Restore it from a backup.")
_OTHER_PORT = _("Stop that program, or choose another port, for example {free_port}.")
_RANDOM = _("Set a long random value. This makes one: `{command}`.")
_ANOTHER_SERVER = _("Use another server, or leave `DATABASE_URL` empty: the program brings its own database.")

_DATABASE = Entry(
    _("The database did not start."), _("{detail}"), _("Run `qafila doctor`: it says what to do.")
)
# The built-in PostgreSQL says in English what is wrong with it; that sentence is the cause (`detail`).
_DATABASE_CODES = (
    "database_not_started",
    "binaries_missing",
    "data_folder_damaged",
    "data_folder_foreign_files",
    "data_folder_held",
    "data_folder_not_writable",
    "data_folder_other_owner",
    "data_folder_other_version",
    "data_folder_unreachable",
    "init_failed",
    "memory_refused",
    "no_unprivileged_account",
    "running_server_refuses",
    "start_failed",
    "start_timed_out",
    "started_off_main_thread",
)

ENTRIES: dict[str, Entry] = {
    "port_in_use": Entry(_("Port {port} is in use."), _("{holder} holds it."), _OTHER_PORT),
    "port_held_by_us": Entry(
        _("The program is running already, on port {port}."),
        _("{holder} holds it."),
        _("Stop it first with `qafila stop`."),
    ),
    "port_not_allowed": Entry(
        _("The program may not open port {port}."),
        _("Ports below 1024 need special rights."),
        _("Choose a port from 1024 up."),
    ),
    "port_out_of_range": Entry(_("There is no port {port}."), "", _("Choose a port from 1 to 65535.")),
    "address_not_here": Entry(
        _("This machine does not have the address {address}."),
        "",
        _("Set `QAFILA_BIND` to an address of this machine."),
    ),
    "process_not_stale": Entry(
        _("The process was not ended, because it is not a leftover of this program."),
        "",
        _("End it yourself if you are sure."),
    ),
    "bad_settings": Entry(
        _("A setting cannot be used."), _("{detail}"), _("Put it right in `.env`, then start again.")
    ),
    **dict.fromkeys(_DATABASE_CODES, _DATABASE),
    "disk_full": Entry(_("The disk is full."), "", _("Free some space, then start again.")),
    "migration_failed": Entry(
        _("A migration did not go through and was rolled back whole."),
        _("{detail}"),
        _("No data was changed. Put right what it says, then run `qafila migrate`."),
    ),
    "program_older_than_database": Entry(
        _("A newer version of the program has changed this database."), "", _("Use the newer version.")
    ),
    "unknown_schema_level": Entry(
        _("There is no schema level {level}."), "", _("Choose a level from 0 to {latest}.")
    ),
    "server_unreachable": Entry(
        _("The database server cannot be reached."),
        _("{reason}"),
        _("Check `DATABASE_URL`, and that the server is running."),
    ),
    "server_too_old": Entry(
        _("The database server is too old."),
        _("It is PostgreSQL {found}; version {needed} or later is needed."),
        _ANOTHER_SERVER,
    ),
    "server_read_only": Entry(
        _("The database server only lets itself be read."),
        _("It is probably a standby server."),
        _("Use the main server."),
    ),
    "encoding_not_utf8": Entry(
        _("The database does not use UTF-8."),
        _("It uses {found}."),
        _("Make a new database with the encoding UTF-8."),
    ),
    "few_connections": Entry(
        _("The database server allows few connections."),
        _("It allows {found}; {wanted} are advised."),
        _("Raise `max_connections` on the server."),
    ),
    "autovacuum_slow": Entry(
        _("The database server clears dead rows too seldom."),
        _("It looks every {found} seconds; at most {wanted} are advised. Tables grow while a contract runs."),
        _("Set `autovacuum_naptime = 5s` on the server."),
    ),
    "texts_in_server_log": Entry(
        _("The database server may write people's numbers and texts into its log."),
        _("It is set so: {settings}."),
        _("Set the `log_` lines on the server that stand in docs/deployment.md."),
    ),
    "trigrams_missing": Entry(
        _("The database extension `pg_trgm` is missing."),
        "",
        _("Install the extensions that come with PostgreSQL (`contrib`)."),
    ),
    "trigrams_not_allowed": Entry(
        _("The database user may not add the extension `pg_trgm`."),
        "",
        _("Let an administrator run `CREATE EXTENSION pg_trgm` in this database."),
    ),
    "trigrams_blind": Entry(
        _("Search by a part of a name finds only Latin letters in this database."),
        _("Its character type is {locale}."),
        _("Make a new database with a UTF-8 locale, for example `C.UTF-8`."),
    ),
    "weak_api_secret_key": Entry(
        _("`API_SECRET_KEY` is too easy to guess."),
        _("It needs at least 24 characters, and no known word."),
        _RANDOM,
    ),
    "weak_secret_key": Entry(
        _("`SECRET_KEY` is too easy to guess."),
        _("It needs at least 32 random characters."),
        _("Leave it empty, and a good one is made and kept in the data folder."),
    ),
    "weak_encryption_keys": Entry(
        _("A value of `QAFILA_ENCRYPTION_KEYS` is too easy to guess."),
        _("It needs at least 32 random characters."),
        _RANDOM,
    ),
    "debug_on_public_address": Entry(
        _("`DEBUG` is on, and others can reach this address."),
        _("Pages would show the inside of the program to everybody."),
        _("Set `DEBUG=false`."),
    ),
    "all_hosts_allowed": Entry(
        _("`ALLOWED_HOSTS` lets in every host name."),
        _("Somebody else's name could be used to make false links."),
        _("Name the hosts under which you reach the program."),
    ),
    "no_hosts_allowed": Entry(
        _("`ALLOWED_HOSTS` is empty."), "", _("Name the hosts under which you reach the program.")
    ),
    "legacy_business_missing": Entry(
        _("`LEGACY_KEYLESS_FROM` is set without `LEGACY_BUSINESS`."),
        "",
        _("Name the business for which old clients act."),
    ),
    "redis_ignored": Entry(_("The `REDIS_…` settings are ignored: PostgreSQL does that work."), "", ""),
    "key_file_unreadable": Entry(
        _("The key file cannot be read."), _("Without it the stored secrets cannot be opened."), _RESTORE
    ),
    "key_file_open_to_others": Entry(
        _("Other users of this machine can read the key file."), "", _("Run `chmod 600 {path}`.")
    ),
    "secret_too_short": Entry(
        _("A value of `QAFILA_ENCRYPTION_KEYS` is too short."),
        _("It needs at least 32 random characters."),
        _RANDOM,
    ),
    "no_keys": Entry(
        _("There is no encryption key."), "", _("Set `QAFILA_ENCRYPTION_KEYS`, or leave it out.")
    ),
    "token_malformed": Entry(_("A stored secret is damaged."), "", _("Enter the secret again.")),
    "schema_problem": Entry(
        _("The database cannot be brought to what this program needs."),
        "",
        _("Run `qafila doctor`: it says what to do."),
    ),
    "key_unknown": Entry(
        _("A stored secret was encrypted with a key that is not here."),
        "",
        _("Add the key that was used before, or enter the secret again."),
    ),
    "token_refused": Entry(
        _("A stored secret cannot be opened."),
        _("It was changed, or moved from the row it belongs to."),
        _("Enter the secret again."),
    ),
    "unknown_code": Entry(
        _("Something happened that has no description here."),
        _("Its code is `{code}`."),
        _("Tell the administrator this code."),
    ),
}
