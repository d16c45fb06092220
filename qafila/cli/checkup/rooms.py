"""What is in the database: the businesses, their keys, accounts and messages, and the workers of all. Django is loaded by then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from qafila.businesses.models import Business
from qafila.businesses.queries import api_keys, legacy_business
from qafila.cli.checkup.finding import Finding, bad, good, note
from qafila.cli.household import answers
from qafila.kit.crypto import CryptoError
from qafila.kit.processes import runfile
from qafila.project.env import Env

_SECONDS = 3.0


def everything(env: Env) -> Iterator[Finding]:
    """The workers, then each business; where there are several, each finding names its own."""
    businesses = list(Business.objects.order_by("pk"))
    if not businesses:
        yield note("business", "none yet", "`qafila up` makes the first.")
        return
    now = datetime.now(UTC)
    yield from _old_clients(env)
    yield from _workers(env, now)
    yield from _keyring(env, businesses)
    several = len(businesses) > 1
    for business in businesses:
        is_first = business == businesses[0]
        if several:
            which = ", the first: commands act in it unless told --business" if is_first else ""
            yield good("business", f"{business.name} ({business.public_id}){which}")
        for finding in _business(env, business, is_first=is_first, now=now):
            yield _of(business, finding, is_first=is_first) if several else finding


def _of(business: Business, finding: Finding, *, is_first: bool) -> Finding:
    """The finding with the name of its business, and with what a command needs to reach that."""
    steps = finding.steps
    if not is_first and any("qafila " in step for step in steps):
        steps = (*steps, f"In this business commands need: --business {business.public_id}")
    return replace(finding, says=f"{business.name}: {finding.says}", steps=steps)


def _old_clients(env: Env) -> Iterator[Finding]:
    """Who they act for is asked with each call; the settings are read without a database."""
    if env.legacy_keyless_from and legacy_business() is None:
        yield bad(
            "settings",
            f"there is no business {env.legacy_business or 'named'}, so old clients without a key are refused",
            "Set LEGACY_BUSINESS to the id of a business (`userAccountId`), or empty LEGACY_KEYLESS_FROM.",
        )


def _business(env: Env, business: Business, *, is_first: bool, now: datetime) -> Iterator[Finding]:
    usable = [
        key
        for key in api_keys(business.pk)
        if not key.revoked_at and (not key.expires_at or key.expires_at > now)
    ]
    # API_SECRET_KEY opens the first business only.
    if usable or (is_first and env.api_secret_key.get_secret_value()):
        yield good("API keys", f"{len(usable)} in use")
    else:
        yield note("API keys", "none, so nothing can call the API", 'qafila keys create "my shop"')
    yield from _accounts(business.pk)
    yield from _messages(business.pk)
    # Alerts of the installation are told once.
    yield from _alerts((business.pk, None) if is_first else (business.pk,))


def _keyring(env: Env, businesses: Sequence[Business]) -> Iterator[Finding]:
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
    accounts = [account for business in businesses for account in accounts_for_business(business.pk)]
    sealed = [account.secrets for account in accounts if account.secrets]
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
        if "127.0.0.1" in account.base_url and not answers(account.base_url, seconds=_SECONDS):
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
    from qafila.dispatch.queries import living_workers

    alive = living_workers(now=now)
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


def _alerts(owners: Sequence[int | None]) -> Iterator[Finding]:
    from qafila.alerts.models import Level
    from qafila.alerts.queries import unread

    counts = dict.fromkeys(Level.values, 0)
    for whose in owners:
        for level, number in unread(whose).items():
            counts[level] += number
    total = sum(counts.values())
    if not total:
        yield good("alerts", "none that nobody has read")
        return
    says = ", ".join(f"{number} {level}" for level, number in reversed(counts.items()) if number)
    yield note("alerts", f"{total} unread: {says}", "qafila alerts")
