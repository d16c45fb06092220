"""Provider accounts: access, secrets, and whether they work."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from qafila.businesses.actions import record_audit
from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.businesses.refusals import NotFound, Refused
from qafila.businesses.rules.scopes import OWNER
from qafila.events.actions import emit
from qafila.kit.ids import new_uuid
from qafila.providers import registry
from qafila.senders import outgoing
from qafila.senders.models import AccountState, Portfolio, ProviderAccount
from qafila.senders.rules import following, gateways
from qafila.senders.secrets import Secrets, keyring, open_, place, seal

log = logging.getLogger(__name__)

APP_SECRETS_KEPT = 2
"""The new one and the one before it, which signs what is still under way."""
FORMER_SECRET_KEPT = timedelta(days=7)
"""So long Meta repeats a webhook that was not taken. After that a secret that was changed opens nothing."""


def create_provider_account(
    *,
    business: Business,
    kind: str,
    name: str,
    base_url: str,
    ref: str,
    token: str,
    app_secret: str,
    verify_token: str,
    portfolio_ref: str | None = None,
    portfolio_cap: int | None = None,
    config: Mapping[str, Any] | None = None,
    allow_private_network: bool = False,
    actor: Actor,
    now: datetime,
) -> ProviderAccount:
    """Access to one provider.

    :param kind: of ``providers.registry``.
    :param base_url: e.g. ``https://graph.facebook.com/v23.0``; a trailing slash is taken off.
    :param ref: the provider's id of the account (Cloud API: WhatsApp business account id).
    :param app_secret: what its webhooks are known by; made here where the kind leaves that to us and it is empty.
    :param config: what else the kind needs to know. :param allow_private_network: only an owner may say so.
    :param portfolio_ref: Meta business portfolio whose numbers share a limit; ``portfolio_cap`` None: unlimited.
    :raises NotFound: another business. :raises NotAllowed: ``accounts:write`` is missing.
    :raises Refused: ``provider_kind_unknown``, ``base_url_invalid``, ``name_missing``, ``private_network``,
        ``gateway_setup_bad``, ``invalid_value`` (``webhook_base`` is no address).
    """
    actor.must("accounts:write", business_id=business.pk)
    if kind not in registry.KINDS:
        known = ", ".join(sorted(registry.KINDS))
        raise Refused(
            "provider_kind_unknown", f"There is no provider {kind!r}. Choose one of {known}.", given=kind
        )
    if not name.strip():
        raise Refused("name_missing", "A name is missing. Write one.")
    if allow_private_network:
        actor.must(OWNER, business_id=business.pk)
    address = _clean_url(base_url)
    outgoing.check_address(kind=kind, base_url=address, allow_private_network=allow_private_network)
    _check_config(kind, config or {})
    public_id = new_uuid()
    app_secret = app_secret or (outgoing.new_secret() if outgoing.makes_own_secret(kind) else "")
    secrets = Secrets(token, [app_secret] if app_secret else [], verify_token)
    with transaction.atomic():
        account = ProviderAccount.objects.create(
            public_id=public_id,
            business=business,
            kind=kind,
            name=name.strip(),
            base_url=address,
            ref=ref,
            config=dict(config or {}),
            allow_private_network=allow_private_network,
            secrets=seal(business_id=business.pk, public_id=public_id, secrets=secrets),
            portfolio=_portfolio(business, portfolio_ref, portfolio_cap),
            created_at=now,
        )
        _audit(account, "provider_account.created", actor, now, {"kind": kind, "name": account.name})
        if allow_private_network:
            _audit(account, "provider_account.private_network_allowed", actor, now)
    return account


def change_config(
    *, account: ProviderAccount, config: Mapping[str, Any], actor: Actor, now: datetime
) -> ProviderAccount:
    """Another set-up for a gateway. Workers drop what they had read.

    :raises NotFound: another business. :raises NotAllowed: ``accounts:write`` is missing.
    :raises Refused: ``gateway_setup_bad``.
    """
    actor.must("accounts:write", business_id=account.business_id, what="provider_account")
    _check_config(account.kind, config)
    with transaction.atomic():
        row = ProviderAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
        changed = sorted(name for name in {*row.config, *config} if row.config.get(name) != config.get(name))
        if changed:
            row.config = dict(config)
            row.version += 1
            row.save(update_fields=["config", "version"])
            _audit(row, "provider_account.set_up", actor, now, {"changed": changed})
    return row


def allow_private_network(*, account: ProviderAccount, on: bool, actor: Actor, now: datetime) -> bool:
    """Whether the address of an account may lie in a private network or on this machine. False when that was so.

    :raises NotFound: another business. :raises NotAllowed: only an owner (or a key with all rights) may.
    """
    actor.must(OWNER, business_id=account.business_id, what="provider_account")
    with transaction.atomic():
        rows = ProviderAccount.objects.filter(pk=account.pk, allow_private_network=not on)
        changed = bool(rows.update(allow_private_network=on, version=F("version") + 1))
        if changed:
            word = "allowed" if on else "forbidden"
            _audit(account, f"provider_account.private_network_{word}", actor, now)
    account.allow_private_network = on
    return changed


def _portfolio(business: Business, ref: str | None, cap: int | None) -> Portfolio | None:
    if not ref:
        return None
    portfolio, made = Portfolio.objects.get_or_create(
        business=business, ref=ref, defaults={"own_cap": cap, "cap": cap}
    )
    if not made and cap is not None and portfolio.own_cap != cap:
        portfolio.own_cap, portfolio.cap = cap, following.smaller(cap, portfolio.provider_cap)
        Portfolio.objects.filter(pk=portfolio.pk).update(own_cap=portfolio.own_cap, cap=portfolio.cap)
    return portfolio


def _clean_url(given: str) -> str:
    if (address := outgoing.clean_url(given)) is None:
        raise Refused(
            "base_url_invalid",
            "This is no address of a provider. Write one such as https://graph.facebook.com/v23.0, without a key in it.",
        )
    return address


def _check_config(kind: str, config: Mapping[str, Any]) -> None:
    gateways.check_config(kind, config)
    base = config.get("webhook_base") or ""
    if base and (not isinstance(base, str) or outgoing.clean_url(base) is None):
        raise Refused(
            "invalid_value",
            "This is no address of Qafila. Write one such as http://192.168.1.5:5001, without a key in it.",
            field="webhook_base",
            allowed="http://…, https://…",
        )


def change_secrets(
    *,
    account: ProviderAccount,
    token: str | None = None,
    app_secret: str | None = None,
    verify_token: str | None = None,
    base_url: str | None = None,
    end_former: bool = False,
    actor: Actor,
    now: datetime,
) -> ProviderAccount:
    """Changes what is given, keeps what is None. The former app secret is accepted for :data:`FORMER_SECRET_KEPT` more.

    :param end_former: the former app secret is no longer accepted from now on (it became known to others).

    Workers drop what they had read (``version`` counts up). :raises: as :func:`create_provider_account`.
    """
    actor.must("accounts:write", business_id=account.business_id, what="provider_account")
    with transaction.atomic():
        row = ProviderAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
        old = open_(row)
        app_secrets, former_until = old.app_secrets, old.former_until
        if app_secret is not None and app_secret not in app_secrets[:1]:
            others = [secret for secret in app_secrets if secret != app_secret]
            app_secrets = [app_secret, *others][:APP_SECRETS_KEPT] if app_secret else []
            former_until = (now + FORMER_SECRET_KEPT).timestamp()
        if end_former:
            app_secrets = app_secrets[:1]
        new = Secrets(
            token if token is not None else old.token,
            app_secrets,
            verify_token if verify_token is not None else old.verify_token,
            former_until if len(app_secrets) > 1 else 0.0,
        )
        row.secrets = seal(business_id=row.business_id, public_id=row.public_id, secrets=new)
        row.version += 1
        if base_url is not None:
            row.base_url = _clean_url(base_url)
            outgoing.check_address(
                kind=row.kind, base_url=row.base_url, allow_private_network=row.allow_private_network
            )
        row.save(update_fields=["secrets", "version", "base_url"])
        given = {"token": token, "app_secret": app_secret, "verify_token": verify_token, "base_url": base_url}
        changed = [what for what, value in given.items() if value is not None]
        changed += ["former_app_secret_ended"] if end_former else []
        _audit(row, "provider_account.secrets_changed", actor, now, {"changed": changed})
    return row


def rotate_encryption(*, now: datetime) -> int:
    """Seals every account's secrets with the newest key; how many were not yet. May run beside everything else.

    One row at a time, each in a transaction of its own; the secrets themselves and ``version`` stay the same.

    :raises CryptoError: a key that something is sealed with is missing; what was done until then stays done.
    """
    keys = keyring()
    changed = 0
    for pk in ProviderAccount.objects.exclude(secrets="").order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            row = (
                ProviderAccount.objects.select_for_update(no_key=True)
                .filter(pk=pk)
                .exclude(secrets="")
                .first()
            )
            if row is None or not keys.needs_rotation(row.secrets):
                continue
            row.secrets = keys.rotate(row.secrets, place(row.business_id, row.public_id))
            row.save(update_fields=["secrets"])
            changed += 1
    log.info("secrets were sealed anew", extra={"accounts": changed, "at": now.isoformat()})
    return changed


def stop_account(*, account_id: int, reason: str, now: datetime) -> bool:
    """No sender of it can send until a person acts. False when it was stopped before.

    :param reason: a wording code.
    """
    return _change_state(account_id, AccountState.OK, AccountState.STOPPED, reason, now)


def stop_account_for_worse(*, account_id: int, reason: str, now: datetime) -> bool:
    """It is stopped already, and now it is known to be for a worse reason (blocked, where only the token was refused). False
    when it is not stopped, or for this reason."""
    if not ProviderAccount.objects.filter(pk=account_id).exclude(state_reason=reason).exists():
        return False
    return _change_state(account_id, AccountState.STOPPED, AccountState.STOPPED, reason, now)


def end_stop(*, account_id: int, reason: str, now: datetime) -> bool:
    """It was stopped for a reason that turned out to end by itself. False when it was not, or for another one by now."""
    return _change_state(account_id, AccountState.STOPPED, AccountState.OK, "", now, only=reason)


def resume_account(*, account: ProviderAccount, actor: Actor, now: datetime) -> bool:
    """A person put it right. False when it was not stopped.

    :raises NotFound: another business. :raises NotAllowed: ``accounts:write`` is missing.
    """
    actor.must("accounts:write", business_id=account.business_id, what="provider_account")
    with transaction.atomic():
        changed = _change_state(account.pk, AccountState.STOPPED, AccountState.OK, "", now)
        if changed:
            _audit(account, "provider_account.resumed", actor, now)
    return changed


def _change_state(
    account_id: int,
    before: AccountState,
    after: AccountState,
    reason: str,
    now: datetime,
    *,
    only: str | None = None,
) -> bool:
    """:param only: the reason that it must be in its state for."""
    with transaction.atomic():
        rows = ProviderAccount.objects.filter(pk=account_id, state=before)
        if only is not None:
            rows = rows.filter(state_reason=only)
        if not rows.update(state=after, state_reason=reason, version=F("version") + 1):
            return False
        business_id, public_id = ProviderAccount.objects.values_list("business_id", "public_id").get(
            pk=account_id
        )
        emit(
            "account.state_changed",
            business_id=business_id,
            subject=("provider_account", str(public_id)),
            data={"from": str(before), "to": str(after), "reason": reason},
            now=now,
        )
    return True


def _audit(
    account: ProviderAccount,
    action: str,
    actor: Actor,
    now: datetime,
    detail: dict[str, object] | None = None,
) -> None:
    record_audit(
        actor=actor,
        action=action,
        subject_kind="provider_account",
        subject_id=str(account.public_id),
        detail=detail,
        now=now,
    )


def require_account(*, business: Business, account: ProviderAccount) -> None:
    """Raises :class:`NotFound` when an account is not the business's."""
    if account.business_id != business.pk:
        raise NotFound("provider_account")
