"""One gateway on this machine serves every business: no name, address or webhook that somebody writes leads to another's phone,
or to what listens on this machine."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from qafila.businesses.refusals import Refused

if TYPE_CHECKING:
    from qafila.businesses.actor import Actor
    from qafila.businesses.models import Business
    from qafila.providers.interface import Credentials
    from qafila.senders.models import Sender

pytestmark = pytest.mark.django_db

TOKEN = "TOKEN-OF-THE-GATEWAY"
ELSEWHERE = "https://gateway.example.com"


@pytest.fixture
def own(settings: Any, tmp_path: Path) -> str:
    """The address of our own Baileys gateway, which was started."""
    settings.ENV = settings.ENV.model_copy(update={"data": tmp_path})
    (tmp_path / "gateways" / "baileys").mkdir(parents=True)
    (tmp_path / "gateways" / "baileys" / "token").write_text(f"{TOKEN}\n")
    return f"http://127.0.0.1:{settings.ENV.baileys_port}"


def add(actor: Actor, now: datetime, base_url: str, session: str, **given: Any) -> Sender:
    from qafila.senders.actions import connect_number
    from qafila.senders.models import Sender

    kind = given.pop("kind", "baileys")
    return connect_number(
        business=actor.business,
        kind=kind,
        name="Shop",
        phone=f"+20100000000{Sender.objects.count()}",
        given={"base_url": base_url, "session": session, **given},
        actor=actor,
        now=now,
    )


def reach(sender: Sender) -> Credentials:
    from qafila.senders.queries import credentials

    return credentials(sender.pk)[1]


def test_the_same_name_is_another_session_for_each_business(
    own: str, owner_actor: Actor, stranger_actor: Actor, now: datetime
) -> None:
    ours, theirs = add(owner_actor, now, own, "shop"), add(stranger_actor, now, own, "shop")
    assert reach(ours).token == reach(theirs).token == TOKEN
    for sender in (ours, theirs):
        assert sender.provider_account is not None
        assert reach(sender).sender_ref == f"{sender.provider_account.public_id.hex[:16]}-shop"
    assert reach(ours).sender_ref != reach(theirs).sender_ref


def test_a_session_named_like_anothers_does_not_become_it(
    own: str, owner_actor: Actor, stranger_actor: Actor, now: datetime
) -> None:
    ours = add(owner_actor, now, own, "shop")
    theirs = add(stranger_actor, now, own, ours.ref)
    assert theirs.ref != ours.ref
    assert reach(theirs).sender_ref.endswith(f"-{ours.ref}")


@pytest.mark.parametrize("token", ["", "guessed"])
def test_an_address_that_is_changed_later_opens_no_session_of_others(
    token: str, own: str, owner_actor: Actor, stranger_actor: Actor, now: datetime
) -> None:
    from qafila.senders.actions import change_secrets

    ours = add(owner_actor, now, own, "shop")
    theirs = add(stranger_actor, now, ELSEWHERE, ours.ref, token=token)
    assert (theirs.ref, reach(theirs).token) == (ours.ref, token)
    account = theirs.provider_account
    assert account is not None
    change_secrets(account=account, base_url=own, actor=stranger_actor, now=now)
    assert reach(theirs).token == ""


def test_a_number_that_gets_its_provider_later_is_tied_too(
    own: str, business: Business, owner_actor: Actor, stranger_actor: Actor, now: datetime
) -> None:
    from qafila.senders.actions import connect_sender, create_sender

    account = add(owner_actor, now, own, "shop").provider_account
    assert account is not None
    waiting = create_sender(
        business=business, name="Later", phone="+201000000009", actor=owner_actor, now=now
    )
    other = add(stranger_actor, now, own, "shop").ref
    connected = connect_sender(
        sender=waiting, provider_account=account, ref=other, actor=owner_actor, now=now
    )
    assert reach(connected).sender_ref == f"{account.public_id.hex[:16]}-{other}"


def test_our_own_wppconnect_server_is_no_exception(own: str, owner_actor: Actor, now: datetime) -> None:
    from django.conf import settings

    server = f"http://localhost:{settings.ENV.wppconnect_port}"
    sender = add(owner_actor, now, server, "shop", kind="wppconnect", secret_key="KEY")
    assert sender.provider_account is not None
    assert reach(sender).sender_ref == f"{sender.provider_account.public_id.hex[:16]}-shop"
    assert reach(sender).token == "KEY"
    sender.ref = "shop"
    sender.save(update_fields=["ref"])
    assert reach(sender).token == ""


def test_a_name_that_is_too_long_with_its_mark_is_refused(
    own: str, owner_actor: Actor, now: datetime
) -> None:
    from qafila.senders.models import ProviderAccount

    assert len(add(owner_actor, now, own, "x" * 46).ref) == 63
    before = ProviderAccount.objects.count()
    with pytest.raises(Refused) as caught:
        add(owner_actor, now, own, "x" * 47)
    assert (caught.value.code, caught.value.params["field"]) == ("invalid_value", "session")
    assert ProviderAccount.objects.count() == before


def test_our_own_gateway_posts_to_us_and_to_nobody_else(
    own: str, owner_actor: Actor, stranger_actor: Actor, now: datetime
) -> None:
    """It has no guard of its own: told another address, it would call whatever listens on this machine."""
    from django.conf import settings

    base = "http://127.0.0.1:5432"
    told = reach(add(owner_actor, now, own, "shop", webhook_base=base)).webhook_url
    assert told.startswith(f"http://127.0.0.1:{settings.ENV.port[0]}/webhooks/")
    told = reach(add(stranger_actor, now, ELSEWHERE, "shop", token="t", webhook_base=base)).webhook_url
    assert told.startswith(f"{base}/webhooks/")


@pytest.mark.parametrize(
    "base",
    [
        "ftp://192.168.1.5",
        "//192.168.1.5",
        "http://",
        "http://me:secret@192.168.1.5",
        "http://192.168.1.5/?to=",
        "http://192.168.1.5/#",
        "http://192.168.1.5/#x",
        "http://[::1",
        "http://192.168.1.5:0",
    ],
)
def test_where_others_post_to_is_an_address_without_anything_in_it(
    base: str, owner_actor: Actor, now: datetime
) -> None:
    from qafila.senders.actions import change_config

    with pytest.raises(Refused) as caught:
        add(owner_actor, now, ELSEWHERE, "shop", token="t", webhook_base=base)
    assert (caught.value.code, caught.value.params["field"]) == ("invalid_value", "webhook_base")
    account = add(
        owner_actor, now, ELSEWHERE, "shop", token="t", webhook_base="http://10.0.0.5:5001/q"
    ).provider_account
    assert account is not None
    with pytest.raises(Refused):
        change_config(account=account, config={"webhook_base": base}, actor=owner_actor, now=now)


@pytest.mark.parametrize("url", ["http://127.0.0.1:5432", "http://localhost:6379/v23.0", "http://10.0.0.1"])
def test_the_official_kind_reaches_this_machine_only_where_an_owner_allows_it(
    url: str, business: Business, owner_actor: Actor, now: datetime
) -> None:
    import dataclasses

    from qafila.businesses.refusals import NotAllowed
    from qafila.businesses.rules.scopes import ROLE_SCOPES
    from qafila.senders.actions import allow_private_network, change_secrets, create_provider_account
    from qafila.senders.outgoing import allowed_networks

    def create(actor: Actor, base_url: str, **given: Any) -> Any:
        secrets = {"token": "t", "app_secret": "s", "verify_token": "v"}
        where = {"base_url": base_url, "ref": "1", "kind": "cloud_api", "name": "Meta"}
        return create_provider_account(business=business, actor=actor, now=now, **where, **secrets, **given)

    admin = dataclasses.replace(owner_actor, scopes=ROLE_SCOPES["admin"])
    for actor in (admin, owner_actor):
        with pytest.raises(Refused) as caught:
            create(actor, url)
        assert caught.value.code == "private_network"
    with pytest.raises(NotAllowed):
        create(admin, url, allow_private_network=True)
    assert "127.0.0.0/8" in allowed_networks(create(owner_actor, url, allow_private_network=True))
    account = create(admin, "https://graph.facebook.com/v23.0")
    assert allowed_networks(account) == ()
    with pytest.raises(Refused):
        change_secrets(account=account, base_url=url, actor=admin, now=now)
    allow_private_network(account=account, on=True, actor=owner_actor, now=now)
    change_secrets(account=account, base_url=url, actor=admin, now=now)
