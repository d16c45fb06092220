"""The database and what is in it: the server, the schema, keys, workers, messages that need a person."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg

from qafila.cli import database as databases
from qafila.cli.checkup.finding import Finding, bad, good, note
from qafila.cli.words import worded
from qafila.kit.crypto import CryptoError
from qafila.kit.postgres import Finding as ServerFinding
from qafila.kit.postgres import PostgresError, check
from qafila.kit.processes import runfile
from qafila.project.env import Env

_HEARTBEAT = timedelta(seconds=30)
_CLOCKS_AGREE_SECONDS = 2.0


def database(env: Env) -> Iterator[Finding]:
    """The server and, where it answers, everything inside. An embedded one is started for the look if it does not run."""
    kind = "server of DATABASE_URL" if env.database_url else "embedded PostgreSQL"
    if not env.database_url and not (databases.folder(env) / "PG_VERSION").exists():
        yield good("database", "none yet: made at the first start")
        return
    if env.database_url:
        findings = check(env.database_url)
        yield from _server(kind, findings)
        if any(finding.fatal for finding in findings):
            return
        yield from _within(env, env.database_url)
        return
    try:
        with databases.opened(env) as dsn:
            findings = check(dsn)
            yield from _server(kind, findings)
            yield from _within(env, dsn)
    except PostgresError as exc:
        yield bad("database", str(exc))


def _server(kind: str, found: list[ServerFinding]) -> Iterator[Finding]:
    for finding in found:
        yield (bad if finding.fatal else note)("database", worded(finding.code, **finding.params))
    if not any(finding.fatal for finding in found):
        yield good("database", kind)


def _within(env: Env, dsn: str) -> Iterator[Finding]:
    with psycopg.connect(dsn, connect_timeout=10) as connection:
        row = connection.execute("SELECT clock_timestamp(), current_setting('server_version')").fetchone()
    if row is not None:
        apart = abs((datetime.now(UTC) - row[0]).total_seconds())
        if apart > _CLOCKS_AGREE_SECONDS:
            yield bad(
                "clock",
                f"this machine and the database are {apart:.0f} s apart",
                "Set both by NTP: pacing needs one time.",
            )
        else:
            yield good("clock", f"agrees with the database (PostgreSQL {row[1]})")
    databases.start_django()
    from django.db import connections

    from qafila.project import schema

    found = schema.status()
    if found.behind:
        yield bad(
            "schema",
            f"level {found.level}, this program needs {found.latest}",
            "Run: qafila migrate (every start does)",
        )
    else:
        yield good("schema", f"level {found.level}")
        if found.ahead:
            yield note(
                "schema", f"newer than this program ({', '.join(found.unknown)})", "Update this program."
            )
        yield from _rooms(env)
    connections.close_all()


def _rooms(env: Env) -> Iterator[Finding]:
    from qafila.businesses.queries import api_keys, the_business

    business = the_business()
    if business is None:
        yield note("business", "none yet", "`qafila up` makes the first.")
        return
    now = datetime.now(UTC)
    usable = [
        key
        for key in api_keys(business.pk)
        if not key.revoked_at and (not key.expires_at or key.expires_at > now)
    ]
    if usable or env.api_secret_key.get_secret_value():
        yield good("API keys", f"{len(usable)} in use")
    else:
        yield note("API keys", "none, so nothing can call the API", 'qafila keys create "my shop"')
    yield from _keyring(env, business.pk)
    yield from _accounts(business.pk)
    yield from _workers(env, now)
    yield from _messages(business.pk)
    yield from _alerts(business.pk)


def _keyring(env: Env, business_id: int) -> Iterator[Finding]:
    """Which keys open the stored tokens, and whether the key file is still needed beside the setting."""
    from qafila.senders.queries import accounts_for_business
    from qafila.senders.secrets import key_path, keyring

    path = key_path()
    try:
        keys = keyring()
    except CryptoError as exc:
        yield bad("keys", str(exc))
        return
    if not env.encryption_keys.get_secret_value():
        yield good("keys", f"tokens are sealed with {path.name} of the data folder; keep a copy of it")
        return
    if not path.exists():
        yield good("keys", "tokens are sealed with QAFILA_ENCRYPTION_KEYS")
        return
    sealed = [account.secrets for account in accounts_for_business(business_id) if account.secrets]
    old = sum(keys.needs_rotation(token) for token in sealed)
    yield note(
        "keys",
        f"QAFILA_ENCRYPTION_KEYS seals, and {path} opens what was sealed before it: {old} of {len(sealed)} accounts",
        "qafila keys rotate-encryption, then keep the file with the backups it opens and remove it here.",
    )


def _accounts(business_id: int) -> Iterator[Finding]:
    from qafila.senders.models import AccountState, SenderState
    from qafila.senders.queries import accounts_for_business, effective, for_business
    from qafila.senders.secrets import open_

    for account in accounts_for_business(business_id):
        try:
            open_(account)
        except CryptoError as exc:
            yield bad(
                "keys",
                f"the secrets of {account.name} cannot be opened: {exc}",
                "Put back QAFILA_ENCRYPTION_KEYS or keys.json as they were, or enter them again: qafila accounts token",
            )
        if account.state == AccountState.STOPPED:
            yield bad(
                "account",
                f"{account.name} is stopped ({account.state_reason})",
                "Put it right at the provider (a new token: qafila accounts token NUMBER).",
                "Then: qafila accounts resume NUMBER",
            )
        if "127.0.0.1" in account.base_url and not _answers(account.base_url):
            yield note(
                "sandbox",
                f"{account.name} at {account.base_url} does not answer",
                "Start with: qafila up --sandbox",
            )
    senders = list(for_business(business_id))
    ready = sum(effective(sender).state == SenderState.READY for sender in senders)
    if not senders:
        yield note("senders", "none, so nothing can be sent", "Try one: qafila up --sandbox")
    else:
        yield good("senders", f"{ready} of {len(senders)} ready")
    for sender in senders:
        if sender.state == SenderState.STOPPED:
            yield bad(
                "sender",
                f"{sender.name} cannot send ({sender.state_reason})",
                "Connect it again at its provider.",
                f'Then: qafila accounts resume "{sender.name}"',
            )


def _workers(env: Env, now: datetime) -> Iterator[Finding]:
    from qafila.dispatch.models import Worker

    alive = Worker.objects.filter(ended_at=None, seen_at__gt=now - _HEARTBEAT).count()
    expected = any(record.role in {"up", "demo"} for record in runfile.live(env.data / "run"))
    if alive:
        yield good("workers", f"{alive} at work")
    elif expected:
        yield bad(
            "workers",
            "none has been seen for 30 s although `up` runs",
            f"See {env.data / 'logs'}/qafila-worker.log",
        )
    else:
        yield note("workers", "none runs, so nothing is sent", "qafila up, or qafila worker")


def _messages(business_id: int) -> Iterator[Finding]:
    from qafila.ledger.queries import queue_totals
    from qafila.ledger.states import State

    totals = {int(state): count for state, count in queue_totals(business_id).items()}
    uncertain = totals.get(State.UNCERTAIN, 0)
    if uncertain:
        yield note(
            "messages",
            f"{uncertain} uncertain: begun, and the answer was lost",
            "qafila messages uncertain, then messages resolve",
        )
    else:
        yield good("messages", f"{totals.get(State.QUEUED, 0):,} queued, none uncertain")


def _alerts(business_id: int) -> Iterator[Finding]:
    from qafila.alerts.models import Level
    from qafila.alerts.queries import unread

    counts = dict.fromkeys(Level.values, 0)
    for whose in (business_id, None):
        for level, number in unread(whose).items():
            counts[level] += number
    total = sum(counts.values())
    if not total:
        yield good("alerts", "none that nobody has read")
        return
    says = ", ".join(f"{number} {level}" for level, number in reversed(counts.items()) if number)
    yield note("alerts", f"{total} unread: {says}", "qafila alerts")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=3):  # noqa: S310 - an address on this machine
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
