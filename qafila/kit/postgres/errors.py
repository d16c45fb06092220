"""What can go wrong with a PostgreSQL server, each with a stable code and a sentence that says what to do."""

from typing import Final

SENTENCES: Final[dict[str, str]] = {
    "binaries_missing": (
        "There is no built-in PostgreSQL for this platform ({platform}). Set DATABASE_URL to a PostgreSQL server, "
        "version 15 or later."
    ),
    "started_off_main_thread": "The built-in PostgreSQL has to be started from the main thread of the program.",
    "data_folder_not_writable": (
        "The database folder {path} cannot be written ({reason}). Give this user the right to write there, or choose "
        "another data folder."
    ),
    "data_folder_other_owner": (
        "The database folder {path} belongs to {owner}, but this program runs as {user}. Start it as {owner}, or give "
        "the folder to {user}."
    ),
    "data_folder_foreign_files": (
        "The folder {path} holds other files ({names}) and is no PostgreSQL database. Choose an empty or new folder."
    ),
    "data_folder_other_version": (
        "The database in {path} was made by PostgreSQL {found}, and this is PostgreSQL {needed}. Export it with the "
        "program version that made it (pg_dump) and load the export into a new folder, or set DATABASE_URL to a "
        "PostgreSQL {found} server that has the data."
    ),
    "data_folder_held": (
        "Another program holds the database in {path} (process {pid}). Stop that program, then start again."
    ),
    "data_folder_unreachable": (
        "PostgreSQL does not run as root, and the account '{account}' it would run as cannot reach {path}. Move the "
        "data folder to a place every account may enter (for example /var/lib/qafila), or start as a normal user."
    ),
    "data_folder_damaged": (
        "The database in {path} is damaged or not complete: {detail}. Restore a backup into a new folder; do not "
        "delete the old one before that worked."
    ),
    "no_unprivileged_account": (
        "PostgreSQL does not run as root, and this system has no account to run it as ({accounts}). Start as a normal "
        "user, or set DATABASE_URL."
    ),
    "disk_full": "There is no space left on the disk that holds {path}. Free some space, then start again.",
    "memory_refused": (
        "The system gave PostgreSQL too little memory to start: {detail}. Stop other programs or raise the limit."
    ),
    "init_failed": "Creating the database in {path} failed: {detail}",
    "start_failed": "PostgreSQL for {path} did not start: {detail}",
    "start_timed_out": "PostgreSQL for {path} was not ready within {seconds} seconds. Its last words: {detail}",
    "running_server_refuses": (
        "A PostgreSQL server runs on {path} (process {pid}), but does not let this program in: {reason}. If another "
        "program started it, stop that one; if it runs in a container or a service with a temporary folder of its "
        "own, run this command there."
    ),
    "database_exists": "There is already a database named '{name}'.",
    "database_name_invalid": "'{name}' cannot be the name of a database: use 1 to 63 bytes without a zero byte.",
}
"""Code to sentence; names in braces are the parameters of that code."""


class PostgresError(Exception):
    """Something about a PostgreSQL server that a person has to look at.

    `code` is one of `SENTENCES` and stable; `params` fill its sentence; `str()` gives the sentence.
    """

    def __init__(self, code: str, **params: object) -> None:
        self.code = code
        self.params = params
        super().__init__(SENTENCES[code].format(**params))
