"""Where a PostgreSQL server on this machine is found."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import quote

OWNER: Final = "qafila"
"""The database user of an embedded server, who owns everything in it."""

DATABASE: Final = "qafila"
"""The database an embedded server holds from its first start on."""


@dataclass(frozen=True, slots=True)
class Address:
    """A database behind a unix socket: the socket's folder, the user, and the database's name.

    There is no password: whoever may enter the folder (mode 0700) may connect.
    """

    socket_folder: Path
    user: str = OWNER
    database: str = DATABASE

    @property
    def dsn(self) -> str:
        """A URL for psycopg, and for DATABASE_URL: `postgresql://user@/database?host=/folder`."""
        host = quote(str(self.socket_folder), safe="")
        return f"postgresql://{quote(self.user, safe='')}@/{quote(self.database, safe='')}?host={host}"

    def for_database(self, name: str) -> "Address":
        """The same server, another database."""
        return replace(self, database=name)
