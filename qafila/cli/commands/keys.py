"""`qafila keys`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from qafila.cli import database, given, screen
from qafila.cli.given import DataOption
from qafila.cli.naming import BusinessOption, chosen_or_first

if TYPE_CHECKING:
    from qafila.businesses.models import ApiKey

app = typer.Typer(
    help="API keys, and the keys that encrypt tokens at rest.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="Whose key it is, so that you know later.")],
    data: DataOption = None,
    *,
    of: BusinessOption = None,
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", help="A right; may be repeated. Default: all.", show_default=False),
    ] = None,
    days: Annotated[
        int | None, typer.Option("--days", min=1, help="Valid for so many days.", show_default=False)
    ] = None,
    network: Annotated[
        list[str] | None,
        typer.Option(
            "--network",
            help="Works only from this IP address or network; may be repeated.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Make an API key. It is shown once and kept nowhere.

    \b
    qafila keys create "my shop"
    qafila keys create "reports" --scope contracts:read --scope messages:read --days 90
    qafila keys create "our server" --network 203.0.113.7 --network 10.1.0.0/16
    """
    with database.rooms(given.settings(data)):
        from qafila.businesses.actions import create_api_key
        from qafila.businesses.actor import command_actor
        from qafila.cli.first_steps import first_business

        now = datetime.now(UTC)
        business = chosen_or_first() or first_business(now=now)
        expires_at = now + timedelta(days=days) if days else None
        _, key = create_api_key(
            business=business,
            name=name,
            scopes=scope or ("*",),
            expires_at=expires_at,
            networks=network or (),
            actor=command_actor(business),
            now=now,
        )
        screen.data(key)
        screen.err.print("Shown once. Send it as: Authorization: Bearer KEY", style="dim", markup=False)


@app.command("list")
def list_(data: DataOption = None, of: BusinessOption = None) -> None:
    """List the API keys, newest first. Nothing shown opens anything."""
    with database.rooms(given.settings(data)):
        from qafila.businesses.queries import api_keys

        now = datetime.now(UTC)
        business = chosen_or_first()
        found = api_keys(business.pk) if business else []
        rows = screen.table("id", "name", "begins with", "rights", "last used", "state")
        for key in found:
            expired = key.expires_at is not None and key.expires_at <= now
            state = "revoked" if key.revoked_at else "expired" if expired else "in use"
            if state == "in use" and key.rotated_at and key.expires_at:
                state = f"replaced, until {key.expires_at:%Y-%m-%d %H:%M}"
            used = key.last_used_at.strftime("%Y-%m-%d %H:%M") if key.last_used_at else "never"
            if key.last_used_ip:
                used += f" from {key.last_used_ip}"
            rights = " ".join(key.scopes)
            if key.allowed_networks:
                rights += f" only from {' '.join(key.allowed_networks)}"
            rows.add_row(str(key.public_id), key.name, f"{key.prefix}…", rights, used, state)
        screen.out.print(rows if found else "No API key yet. Make one: qafila keys create NAME")


@app.command("rotate")
def rotate(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="From `qafila keys list`.")],
    data: DataOption = None,
    of: BusinessOption = None,
) -> None:
    """Replace an API key: the new one is shown once, the old one works for 24 hours more."""
    with database.rooms(given.settings(data)):
        from qafila.businesses.actions import rotate_api_key
        from qafila.businesses.actor import command_actor

        key = _key(key_id)
        _, full = rotate_api_key(key=key, actor=command_actor(key.business), now=datetime.now(UTC))
        screen.data(full)
        screen.err.print("Shown once. The old key works for 24 hours more.", style="dim", markup=False)


@app.command("revoke")
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="From `qafila keys list`.")],
    data: DataOption = None,
    of: BusinessOption = None,
) -> None:
    """End an API key at once."""
    with database.rooms(given.settings(data)):
        from qafila.businesses.actions import revoke_api_key
        from qafila.businesses.actor import command_actor

        key = _key(key_id)
        ended = revoke_api_key(key=key, actor=command_actor(key.business), now=datetime.now(UTC))
        screen.say(f"Revoked {key.name}." if ended else f"{key.name} was revoked before.")


def _key(key_id: str) -> ApiKey:
    """:raises Refusal: ``not_found``."""
    from qafila.businesses.queries import api_key

    business = chosen_or_first()
    key = api_key(business.pk, key_id) if business else None
    if key is None:
        raise screen.Refusal("not_found", f"There is no key {key_id}. `qafila keys list` shows them.")
    return key


@app.command("rotate-encryption")
def rotate_encryption(
    data: DataOption = None,
    drop_old: Annotated[
        bool,
        typer.Option(
            "--drop-old",
            help="Then forget the older keys. Backups sealed with them cannot be opened any more.",
        ),
    ] = False,
) -> None:
    """Seal every stored token with a new key. Safe beside running workers.

    With the key file of the data folder a new key is made first. With QAFILA_ENCRYPTION_KEYS put the new key in front
    of the list, restart everything, then run this; a key file from before the setting is not needed afterwards.
    """
    env = given.settings(data)
    with database.rooms(env):
        from qafila.events.webhooks.actions import rotate_encryption as seal_endpoints_anew
        from qafila.kit import key_file
        from qafila.senders.actions import rotate_encryption as seal_anew
        from qafila.senders.secrets import key_path
        from qafila.web.pages.account.factors import seal_factors_anew

        now = datetime.now(UTC)
        in_file = not env.encryption_keys.get_secret_value()
        path = key_path()
        if in_file:
            key_file.load_or_create(path, now=now)
            key_file.add_key(path, now=now)
        changed = seal_anew(now=now)
        factors = seal_factors_anew()
        endpoints = seal_endpoints_anew(now=now)
        screen.say(f"{changed} account{'' if changed == 1 else 's'} sealed with the newest key.")
        screen.say(f"{factors} second factor{'' if factors == 1 else 's'} sealed with the newest key.")
        screen.say(f"{endpoints} webhook endpoint{'' if endpoints == 1 else 's'} sealed with the newest key.")
        if in_file and drop_old:
            key_file.drop_keys(path, keep=frozenset())
            screen.say("Older keys were dropped.")
        elif in_file:
            screen.say("Older keys are kept for backups; `--drop-old` forgets them.")
        elif path.exists():
            screen.say(
                f"Nothing here needs {path} any more. Keep it with the backups it opens, and remove it here."
            )
