"""Whether a PostgreSQL server, ours or somebody else's, has what the product needs."""

from dataclasses import dataclass, field
from typing import Final

import psycopg
from psycopg import errors, sql

OLDEST_VERSION: Final = 15
FEWEST_CONNECTIONS: Final = 50
SLOWEST_NAPTIME_SECONDS: Final = 15
"""Each message is updated a handful of times: with PostgreSQL's own minute the dead rows of a running contract pile up."""

_TRIGRAMS: Final = "pg_trgm"
_WORD_TO_SEE: Final = "Привет"
_QUIET: Final = {
    "log_statement": "none",
    "log_min_error_statement": "panic",
    "log_min_duration_statement": "-1",
    "log_error_verbosity": "terse",
}
"""With anything else statements, or the row that one failed on, go to the server's log: people's numbers and texts."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to put right: a stable code, whether the product can work without it, and the values for its sentence.

    Codes: `server_unreachable` (reason), `server_too_old` (found, needed), `server_read_only`, `encoding_not_utf8`
    (found), `few_connections` (found, wanted), `autovacuum_slow` (found, wanted, in seconds), `texts_in_server_log`
    (settings: name and value of each that lets them in), `trigrams_missing`, `trigrams_not_allowed`, `trigrams_blind` (locale:
    search by part of a name finds nothing outside the Latin script).
    """

    code: str
    fatal: bool
    params: dict[str, str | int] = field(default_factory=dict)


def check(dsn: str, *, connect_timeout_seconds: int = 10) -> list[Finding]:
    """Look at the database of `dsn` without changing anything; an empty list when all is well."""
    try:
        with psycopg.connect(dsn, connect_timeout=connect_timeout_seconds) as connection:
            findings = _server(connection)
            if all(finding.code != "encoding_not_utf8" for finding in findings):
                # Another encoding has no letters to try the search with.
                findings += _trigrams(connection)
            connection.rollback()
            return findings
    except psycopg.OperationalError as exc:
        # psycopg names host, port and user in its sentence, never the password.
        return [Finding("server_unreachable", fatal=True, params={"reason": " ".join(str(exc).split())})]


def _server(connection: psycopg.Connection) -> list[Finding]:
    findings = []
    version = connection.info.server_version // 10000
    if version < OLDEST_VERSION:
        findings.append(
            Finding("server_too_old", fatal=True, params={"found": version, "needed": OLDEST_VERSION})
        )
    encoding, read_only, connections = _row(
        connection,
        "SELECT current_setting('server_encoding'),"
        " pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean,"
        " current_setting('max_connections')::integer",
    )
    if encoding != "UTF8":
        findings.append(Finding("encoding_not_utf8", fatal=True, params={"found": str(encoding)}))
    if read_only:
        findings.append(Finding("server_read_only", fatal=True))
    if isinstance(connections, int) and connections < FEWEST_CONNECTIONS:
        params: dict[str, str | int] = {"found": connections, "wanted": FEWEST_CONNECTIONS}
        findings.append(Finding("few_connections", fatal=False, params=params))
    return findings + _settings(connection)


def _settings(connection: psycopg.Connection) -> list[Finding]:
    """What a server of somebody else's may have otherwise than ours: it works, and something is worse than it need be."""
    findings = []
    (naptime,) = _row(
        connection, "SELECT setting::integer FROM pg_settings WHERE name = 'autovacuum_naptime'"
    )
    if isinstance(naptime, int) and naptime > SLOWEST_NAPTIME_SECONDS:
        params: dict[str, str | int] = {"found": naptime, "wanted": SLOWEST_NAPTIME_SECONDS}
        findings.append(Finding("autovacuum_slow", fatal=False, params=params))
    rows = connection.execute(
        "SELECT name, setting FROM pg_settings WHERE name = ANY(%s) ORDER BY name", [list(_QUIET)]
    ).fetchall()
    loud = [f"{name} = {value}" for name, value in rows if value != _QUIET[name]]
    if loud:
        findings.append(Finding("texts_in_server_log", fatal=False, params={"settings": ", ".join(loud)}))
    return findings


def _trigrams(connection: psycopg.Connection) -> list[Finding]:
    """Install the extension for the moment of the look (the transaction is rolled back) and try it."""
    if (
        connection.execute("SELECT 1 FROM pg_available_extensions WHERE name = %s", [_TRIGRAMS]).fetchone()
        is None
    ):
        return [Finding("trigrams_missing", fatal=True)]
    try:
        with connection.transaction():
            connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(_TRIGRAMS)))
    except (errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction):
        return [Finding("trigrams_not_allowed", fatal=True)]
    (schema,) = _row(
        connection,
        "SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE extname = 'pg_trgm'",
    )
    seen = connection.execute(
        sql.SQL("SELECT {}.show_trgm(%s)").format(sql.Identifier(str(schema))), [_WORD_TO_SEE]
    ).fetchone()
    if seen is None or not seen[0]:
        (locale,) = _row(connection, "SELECT datctype FROM pg_database WHERE datname = current_database()")
        return [Finding("trigrams_blind", fatal=True, params={"locale": str(locale)})]
    return []


def _row(connection: psycopg.Connection, statement: str) -> tuple[object, ...]:
    row = connection.execute(statement.encode()).fetchone()
    return tuple(row) if row is not None else ()
