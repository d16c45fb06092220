"""What a fresh database needs before it is of use: the first business, its key, the sandbox as an account."""

from __future__ import annotations

import json
import logging
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import Any

from qafila.businesses.actions import add_member, create_api_key, ensure_first_business, make_link
from qafila.businesses.actor import command_actor
from qafila.businesses.models import Business, Link, Membership, Role, User
from qafila.businesses.queries import api_keys
from qafila.cli import sandbox_process
from qafila.project import env as environment
from qafila.project.env import Env
from qafila.senders import actions as senders
from qafila.senders.models import ProviderAccount, Sender
from qafila.senders.queries import accounts_for_business, for_business
from qafila.senders.secrets import open_

logger = logging.getLogger(__name__)

SANDBOX = "Sandbox"
GRAPH_VERSION = "v23.0"
_SECONDS = 10.0


def note_redis(env: Env) -> None:
    """Says once a start that Redis is not needed, to whoever set it."""
    if env.redis_host or env.redis_port or env.redis_password.get_secret_value():
        logger.info("The REDIS_… settings are ignored: PostgreSQL does that work.")


def first_business(*, now: datetime) -> Business:
    """The business of an installation that has one only; made at the first start."""
    return ensure_first_business(now=now)


def first_key(business: Business, *, now: datetime) -> str | None:
    """An API key for a business that never had one, to be shown once; else None."""
    if api_keys(business.pk):
        return None
    _, key = create_api_key(business=business, name="first key", actor=command_actor(business), now=now)
    return key


def entrance_link(address: str, *, user: User | None = None, now: datetime) -> str:
    """A link into the pages that works once: of the first run while nobody owns anything here, else a sign-in.

    :param address: of the web process, as browsers reach it.
    :param user: who signs in; None: the first owner.
    """
    owner = Membership.objects.filter(role=Role.OWNER, user__is_active=True).order_by("pk").first()
    person = user or (owner.user if owner else None)
    if "localhost" in environment.read().allowed_hosts:
        address = address.replace("//127.0.0.1:", "//localhost:")  # passkeys need a name, an address is none
    if person is None:
        return f"{address}/welcome/owner/{make_link(purpose=Link.Purpose.SETUP, now=now)}/"
    return f"{address}/account/link/{make_link(purpose=Link.Purpose.SIGN_IN, user=person, now=now)}/"


def demo_owner(*, now: datetime) -> User:
    """The owner of a demonstration; without a password, so that only a link lets in."""
    business = first_business(now=now)
    owner = Membership.objects.filter(business=business, role=Role.OWNER).order_by("pk").first()
    if owner is None:
        owner = add_member(
            business=business,
            email="demo@example.com",
            name="Demo",
            role=Role.OWNER,
            actor=command_actor(business),
            now=now,
        )
    return owner.user


def nobody_owns_this() -> bool:
    """Whether the first run is still to come."""
    return not Membership.objects.filter(role=Role.OWNER, user__is_active=True).exists()


def connect_sandbox(business: Business, *, folder: Path, web: str, now: datetime) -> dict[str, Any]:
    """Makes the running sandbox an account of the business with one number and an approved template, or renews it.

    :param folder: the sandbox's folder, with its keys and where it listens.
    :param web: address of the web process, to which the sandbox sends what happens.
    :returns: ``sandbox_account`` and ``sandbox_sender``: public ids.
    """
    ready = json.loads((folder / "ready.json").read_text())
    base_url = f"{ready['url']}/{GRAPH_VERSION}"
    account = _account(business, folder=folder, base_url=base_url, now=now)
    sender = _sender(business, account, now=now)
    _steer(f"{ready['url']}/admin/webhook", {"url": f"{web}/webhooks/{account.public_id}"})
    return {"sandbox_account": str(account.public_id), "sandbox_sender": str(sender.public_id)}


def _account(business: Business, *, folder: Path, base_url: str, now: datetime) -> ProviderAccount:
    keys = sandbox_process.keys(folder)
    actor = command_actor(business)
    found = accounts_for_business(business.pk).filter(name=SANDBOX, ref=sandbox_process.WABA_ID).first()
    if found is None:
        return senders.create_provider_account(
            business=business,
            kind="cloud_api",
            name=SANDBOX,
            base_url=base_url,
            ref=sandbox_process.WABA_ID,
            portfolio_ref=sandbox_process.PORTFOLIO_ID,
            portfolio_cap=sandbox_process.PORTFOLIO_CAP,
            allow_private_network=True,
            actor=actor,
            now=now,
            **keys,
        )
    # The sandbox is on this machine; one of an earlier version was reached without that.
    senders.allow_private_network(account=found, on=True, actor=actor, now=now)
    held = open_(found)
    same = (found.base_url, held.token, held.verify_token) == (base_url, keys["token"], keys["verify_token"])
    if same and held.app_secrets[:1] == [keys["app_secret"]]:
        return found
    return senders.change_secrets(account=found, base_url=base_url, actor=actor, now=now, **keys)


def _sender(business: Business, account: ProviderAccount, *, now: datetime) -> Sender:
    found = (
        for_business(business.pk)
        .filter(provider_account=account, ref=sandbox_process.PHONE_NUMBER_ID)
        .first()
    )
    if found is not None:
        return found
    return senders.create_sender(
        business=business,
        name=SANDBOX,
        phone=sandbox_process.PHONE,
        provider_account=account,
        ref=sandbox_process.PHONE_NUMBER_ID,
        default_template=sandbox_process.TEMPLATE,
        actor=command_actor(business),
        now=now,
    )


def _steer(url: str, body: dict[str, Any]) -> None:
    request = urllib.request.Request(  # noqa: S310 - our own sandbox on loopback
        url, method="PUT", data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=_SECONDS):  # noqa: S310
        return
