"""Numbers of any kind are added from the fields that their kind declares; private networks open only for an owner."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from qafila.businesses.refusals import Refused
from qafila.providers import registry
from qafila.providers.http_gateway.setup import presets

if TYPE_CHECKING:
    from qafila.businesses.actor import Actor
    from qafila.businesses.models import Business

pytestmark = pytest.mark.django_db

GIVEN: dict[str, dict[str, Any]] = {
    "wppconnect": {"base_url": "https://wpp.example.com", "secret_key": "KEY", "session": "shop1"},
    "evolution": {"base_url": "https://evo.example.com", "api_key": "KEY", "instance": "shop1"},
    "waha": {"base_url": "https://waha.example.com", "api_key": "KEY", "session": "default"},
    "http_gateway": {
        "base_url": "https://gw.example.com/api",
        "token": "KEY",
        "device": "7",
        "gateway": presets()["zentra"],
    },
    "cloud_api": {"token": "KEY", "account_ref": "102290129340398", "number_ref": "106540352242922"}
    | {"app_secret": "SECRET"},
}


def add(business: Business, actor: Actor, now: datetime, kind: str, **changes: Any) -> Any:
    from qafila.senders.actions import connect_number

    return connect_number(
        business=business,
        kind=kind,
        name="Shop",
        phone="+201000000001",
        given={**GIVEN[kind], **changes.pop("given", {})},
        actor=actor,
        now=now,
        **changes,
    )


@pytest.mark.parametrize("kind", sorted(GIVEN))
def test_each_kind_is_added_from_its_fields(
    kind: str, business: Business, owner_actor: Actor, now: datetime
) -> None:
    from qafila.providers.management import Pairing
    from qafila.senders.queries import credentials

    sender = add(business, owner_actor, now, kind)
    found, to, _ = credentials(sender.pk)
    fields = {field.place: field.name for field in registry.KINDS[kind].fields}
    given = GIVEN[kind]
    assert (found, to.token) == (kind, "KEY")
    assert to.sender_ref == str(given[fields["sender_ref"]])
    assert to.base_url == given.get("base_url", "https://graph.facebook.com/v23.0")
    links = isinstance(registry.get(kind), Pairing)
    assert (sender.state, sender.state_reason) == (
        ("stopped", "phone_not_linked") if links else ("ready", "")
    )
    if registry.get(kind).capabilities.secret_path:
        assert len(to.app_secret) > 30
        assert to.webhook_url.endswith(f"/{to.app_secret}")
    else:
        assert to.app_secret not in to.webhook_url
    assert "KEY" not in str(sender.provider_account.config)


@pytest.mark.parametrize(
    ("kind", "given", "code", "field"),
    [
        ("waha", {"api_key": ""}, "field_required", "api_key"),
        ("waha", {"session": "a/b"}, "invalid_value", "session"),
        ("waha", {"session": "x" * 64}, "invalid_value", "session"),
        ("waha", {"colour": "red"}, "unknown_field", "colour"),
        ("waha", {"own_ids": "maybe"}, "invalid_value", "own_ids"),
        ("waha", {"base_url": 7}, "invalid_value", "base_url"),
        ("http_gateway", {"gateway": "{"}, "gateway_setup_bad", "gateway"),
        ("http_gateway", {"gateway": {"version": 1}}, "gateway_setup_bad", "gateway"),
        ("pigeon", {}, "provider_kind_unknown", None),
        ("memory", {}, "provider_kind_unknown", None),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(
    kind: str,
    given: dict[str, Any],
    code: str,
    field: str | None,
    business: Business,
    owner_actor: Actor,
    now: datetime,
) -> None:
    from qafila.senders.actions import connect_number
    from qafila.senders.models import ProviderAccount

    with pytest.raises(Refused) as caught:
        connect_number(
            business=business,
            kind=kind,
            name="Shop",
            phone="+201000000001",
            given={**GIVEN.get(kind, {}), **given},
            actor=owner_actor,
            now=now,
        )
    assert caught.value.code == code
    assert caught.value.params.get("field") == field
    assert not ProviderAccount.objects.exists()


PRIVATE = [
    "http://127.0.0.1:8080",
    "http://localhost:3000",
    "http://192.168.1.7:3000",
    "http://10.0.0.1",
    "http://[::1]:8080",
    "http://169.254.169.254",
]


@pytest.mark.parametrize("url", PRIVATE)
def test_private_addresses_are_refused_at_once(
    url: str, business: Business, owner_actor: Actor, now: datetime
) -> None:
    with pytest.raises(Refused) as caught:
        add(business, owner_actor, now, "waha", given={"base_url": url})
    assert caught.value.code == "private_network"


def test_an_owner_opens_private_networks_and_nobody_else(
    business: Business, owner_actor: Actor, now: datetime
) -> None:
    import dataclasses

    from qafila.businesses.models import AuditEntry
    from qafila.businesses.refusals import NotAllowed
    from qafila.businesses.rules.scopes import ROLE_SCOPES
    from qafila.senders.actions import allow_private_network
    from qafila.senders.queries import credentials

    admin = dataclasses.replace(owner_actor, scopes=ROLE_SCOPES["admin"])
    given = {"base_url": "http://192.168.1.7:3000"}
    with pytest.raises(NotAllowed):
        add(business, admin, now, "waha", given=given, allow_private_network=True)
    sender = add(business, owner_actor, now, "waha", given=given, allow_private_network=True)
    _, to, before = credentials(sender.pk)
    assert "192.168.0.0/16" in to.allowed_networks
    assert "169.254.0.0/16" not in to.allowed_networks
    with pytest.raises(NotAllowed):
        allow_private_network(account=sender.provider_account, on=False, actor=admin, now=now)
    assert allow_private_network(account=sender.provider_account, on=False, actor=owner_actor, now=now)
    _, to, after = credentials(sender.pk)
    assert "192.168.0.0/16" not in to.allowed_networks
    assert after > before
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {
        "provider_account.private_network_allowed",
        "provider_account.private_network_forbidden",
    } <= actions


def test_our_own_server_is_reached_at_its_port_only(
    business: Business, owner_actor: Actor, now: datetime
) -> None:
    from django.conf import settings

    from qafila.senders.queries import credentials

    own = f"http://127.0.0.1:{settings.ENV.wppconnect_port}"
    sender = add(business, owner_actor, now, "wppconnect", given={"base_url": own})
    assert "127.0.0.0/8" in credentials(sender.pk)[1].allowed_networks
    for kind, url in (("wppconnect", "http://127.0.0.1:5432"), ("waha", own)):
        with pytest.raises(Refused) as caught:
            add(business, owner_actor, now, kind, given={"base_url": url})
        assert caught.value.code == "private_network"


def test_a_number_that_waits_for_a_provider_gets_one(
    business: Business, owner_actor: Actor, now: datetime
) -> None:
    from qafila.businesses.refusals import Clash
    from qafila.senders.actions import connect_number, create_sender

    waiting = create_sender(
        business=business, name="Later", phone="+201000000009", actor=owner_actor, now=now
    )
    given: dict[str, Any] = {"kind": "http_gateway", "name": "Gateway", "phone": "", "sender": waiting}
    found = connect_number(
        business=business, given=GIVEN["http_gateway"], actor=owner_actor, now=now, **given
    )
    assert (found.pk, found.state) == (waiting.pk, "ready")
    with pytest.raises(Clash):
        connect_number(business=business, given=GIVEN["http_gateway"], actor=owner_actor, now=now, **given)


@pytest.mark.parametrize("kind", ["http_gateway", "waha"])
def test_one_of_the_list_is_known_by_its_phone_and_stays_switched_off(
    kind: str, business: Business, owner_actor: Actor, now: datetime
) -> None:
    from qafila.senders import actions
    from qafila.senders.actions.link_news import linked

    listed = actions.add_number(
        business=business, phone="+201000000001", label="Desk", actor=owner_actor, now=now
    )
    actions.change_number(sender=listed, is_active=False, actor=owner_actor, now=now)
    sender = add(business, owner_actor, now, kind)
    assert (sender.pk, sender.name, sender.is_active) == (listed.pk, "Desk", False)
    if kind == "waha":
        assert (sender.state, sender.state_reason) == ("stopped", "phone_not_linked")
        linked(sender_id=sender.pk, now=now)
        sender.refresh_from_db()
    assert (sender.state, sender.paused_by, sender.state_reason) == (
        "paused",
        "person",
        "number_switched_off",
    )
    actions.change_number(sender=sender, is_active=True, actor=owner_actor, now=now)
    assert (sender.state, sender.is_active) == ("ready", True)


def test_another_setup_counts_up_and_is_audited(
    business: Business, owner_actor: Actor, now: datetime
) -> None:
    from qafila.businesses.models import AuditEntry
    from qafila.senders.actions import change_config

    account = add(business, owner_actor, now, "http_gateway").provider_account
    wanted = {"gateway": {**presets()["zentra"], "draft": False}}
    changed = change_config(account=account, config=wanted, actor=owner_actor, now=now)
    assert changed.version == account.version + 1
    again = change_config(account=account, config=wanted, actor=owner_actor, now=now)
    assert again.version == changed.version
    assert AuditEntry.objects.filter(action="provider_account.set_up").count() == 1
    with pytest.raises(Refused):
        change_config(account=account, config={**wanted, "other": 1}, actor=owner_actor, now=now)
