"""Numbers and provider accounts: made whole or not at all, by whom may, for one's own business."""

from __future__ import annotations

from datetime import timedelta

import pytest

from qafila.businesses.actions import add_member
from qafila.businesses.actor import user_actor
from qafila.businesses.models import AuditEntry
from qafila.businesses.refusals import Clash, NotAllowed, NotFound, Refused
from qafila.events.models import Event
from qafila.senders import actions, queries
from qafila.senders.models import Portfolio, ProviderAccount, Sender, SenderState


@pytest.fixture
def member_actor(business, owner_actor, now):
    membership = add_member(
        business=business, email="agent@example.com", name="A Gent", role="agent", actor=owner_actor, now=now
    )
    return user_actor(business=business, user=membership.user, role="agent")


@pytest.fixture
def admin_actor(business, owner_actor, now):
    membership = add_member(
        business=business, email="admin@example.com", name="Ad Min", role="admin", actor=owner_actor, now=now
    )
    return user_actor(business=business, user=membership.user, role="admin")


def account_values(business, actor, now, **change):
    return {
        "business": business,
        "kind": "cloud_api",
        "name": "Meta",
        "base_url": "https://graph.facebook.com/v23.0",
        "ref": "1",
        "token": "t",
        "app_secret": "s",
        "verify_token": "v",
        "actor": actor,
        "now": now,
    } | change


def test_a_sender_with_a_provider_is_ready_and_told(sender, business, now):
    assert (sender.state, sender.phone, sender.in_use_since, sender.use_limits) == (
        "ready",
        "+201000000001",
        now,
        True,
    )
    event = Event.objects.get(kind="sender.state_changed")
    assert (event.subject_id, event.data["to"], event.business_id) == (
        str(sender.public_id),
        "ready",
        business.pk,
    )


def test_a_number_without_provider_is_not_connected_until_it_gets_one(
    business, provider_account, owner_actor, now
):
    lone = actions.create_sender(
        business=business, name="Ads", phone="0100 000 0003", actor=owner_actor, now=now
    )
    assert (lone.state, lone.phone) == (SenderState.NOT_CONNECTED, "+201000000003")
    assert not actions.resume_sender(sender=lone, actor=owner_actor, now=now)
    assert not actions.pause_sender(sender=lone, by="person", actor=owner_actor, now=now)
    actions.connect_sender(
        sender=lone, provider_account=provider_account, ref="9", actor=owner_actor, now=now
    )
    assert (lone.state, lone.ref) == (SenderState.READY, "9")
    with pytest.raises(Clash):
        actions.connect_sender(
            sender=lone, provider_account=provider_account, ref="8", actor=owner_actor, now=now
        )


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"phone": "12"}, "phone.too_short"),
        ({"phone": "not a number"}, "phone.has_letters"),
        ({"name": ""}, "name_missing"),
        ({"throughput": 0}, "throughput_invalid"),
        ({"default_template": {"name": "Order Update"}}, "default_template_invalid"),
        ({"phone": "+201000000001"}, "sender_phone_taken"),
    ],
)
def test_a_sender_that_could_not_work_is_refused(given, code, business, sender, owner_actor, now):
    values = {"business": business, "name": "B", "phone": "+201000000009", "actor": owner_actor, "now": now}
    with pytest.raises(Refused) as refusal:
        actions.create_sender(**values | given)
    assert refusal.value.code == code
    assert Sender.objects.get() == sender


def test_two_businesses_may_have_the_same_number(sender, other_business, stranger_actor, now):
    twin = actions.create_sender(
        business=other_business, name="Same", phone=sender.phone, actor=stranger_actor, now=now
    )
    assert twin.phone == sender.phone


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"kind": "pigeon"}, "provider_kind_unknown"),
        ({"name": " "}, "name_missing"),
        ({"base_url": "graph.facebook.com"}, "base_url_invalid"),
        ({"base_url": "file:///etc/passwd"}, "base_url_invalid"),
        ({"base_url": "https://user:key@example.com"}, "base_url_invalid"),
        ({"base_url": "https://example.com/?token=x"}, "base_url_invalid"),
        ({"base_url": "https://example.com:port"}, "base_url_invalid"),
        ({"base_url": "https://[::1"}, "base_url_invalid"),
        ({"base_url": ""}, "base_url_invalid"),
    ],
)
@pytest.mark.django_db
def test_an_account_that_could_not_work_is_refused(given, code, business, owner_actor, now):
    with pytest.raises(Refused) as refusal:
        actions.create_provider_account(**account_values(business, owner_actor, now, **given))
    assert refusal.value.code == code
    assert not ProviderAccount.objects.exists()


def test_accounts_of_one_portfolio_share_it(business, other_business, owner_actor, stranger_actor, now):
    def make(owner, actor, **given):
        values = account_values(owner, actor, now, portfolio_ref="p1", base_url="https://example.com/v1/")
        return actions.create_provider_account(**values | given)

    first = make(business, owner_actor, portfolio_cap=250)
    second = make(business, owner_actor, portfolio_cap=1000)
    theirs = make(other_business, stranger_actor)
    assert first.portfolio_id == second.portfolio_id != theirs.portfolio_id
    assert Portfolio.objects.get(pk=first.portfolio_id).cap == 1000
    assert Portfolio.objects.get(pk=theirs.portfolio_id).cap is None
    assert first.base_url == "https://example.com/v1"


def test_owner_team_member_and_stranger(
    business, sender, provider_account, owner_actor, member_actor, stranger_actor, now
):
    lone = actions.create_sender(
        business=business, name="Ads", phone="+201000000003", actor=owner_actor, now=now
    )
    acts = [
        lambda actor: actions.create_provider_account(**account_values(business, actor, now)),
        lambda actor: actions.change_secrets(account=provider_account, token="x", actor=actor, now=now),
        lambda actor: actions.create_sender(
            business=business, name="C", phone="+201000000008", actor=actor, now=now
        ),
        lambda actor: actions.connect_sender(
            sender=lone, provider_account=provider_account, ref="9", actor=actor, now=now
        ),
        lambda actor: (
            actions.set_use_limits(sender=sender, on=False, actor=actor, now=now) == "pace_switched_off"
        ),
        lambda actor: actions.set_default_template(sender=sender, template=None, actor=actor, now=now),
        lambda actor: actions.pause_sender(sender=sender, by="person", actor=actor, now=now),
        lambda actor: actions.resume_sender(sender=sender, actor=actor, now=now),
        lambda actor: (
            actions.stop_account(account_id=provider_account.pk, reason="token", now=now)
            and actions.resume_account(account=provider_account, actor=actor, now=now)
        ),
    ]
    for act in acts:
        for actor, refusal in ((stranger_actor, NotFound), (member_actor, NotAllowed)):
            before = AuditEntry.objects.count()
            with pytest.raises(refusal):
                act(actor)
            assert AuditEntry.objects.count() == before
            actions.resume_account(account=provider_account, actor=owner_actor, now=now)
        before = AuditEntry.objects.count()
        assert act(owner_actor)
        assert AuditEntry.objects.count() == before + 1
        assert AuditEntry.objects.latest("pk").actor_id == owner_actor.id


def test_no_foreign_account_carries_a_sender(business, other_business, owner_actor, stranger_actor, now):
    theirs = actions.create_provider_account(**account_values(other_business, stranger_actor, now))
    with pytest.raises(NotFound):
        actions.create_sender(
            business=business,
            name="X",
            phone="+201000000009",
            provider_account=theirs,
            actor=owner_actor,
            now=now,
        )
    lone = actions.create_sender(
        business=business, name="Ads", phone="+201000000003", actor=owner_actor, now=now
    )
    with pytest.raises(NotFound):
        actions.connect_sender(sender=lone, provider_account=theirs, ref="9", actor=owner_actor, now=now)


def test_a_stranger_sees_nothing(sender, provider_account, business, other_business):
    assert list(queries.for_business(business.pk)) == [sender]
    assert list(queries.for_business(other_business.pk)) == []
    assert queries.by_public_id(business.pk, str(sender.public_id)) == sender
    assert queries.by_public_id(other_business.pk, sender.public_id) is None
    assert queries.by_public_id(business.pk, "nonsense") is None
    assert queries.account_in_business(business.pk, provider_account.public_id) == provider_account
    assert queries.account_in_business(other_business.pk, provider_account.public_id) is None


def test_a_webhook_finds_its_account_and_number(sender, phone_linked_sender, provider_account, business):
    assert queries.account_by_public_id(str(provider_account.public_id)) == provider_account
    assert queries.account_by_public_id("x") is None
    assert queries.sender_by_ref(provider_account.pk, sender.ref) == (sender.pk, business.pk)
    assert queries.sender_by_ref(provider_account.pk, phone_linked_sender.ref) is None
    assert queries.sender_by_ref(provider_account.pk, "") is None


def test_only_an_owner_switches_the_own_pace_off(sender, owner_actor, admin_actor, now):
    with pytest.raises(NotAllowed):
        actions.set_use_limits(sender=sender, on=False, actor=admin_actor, now=now)
    assert Sender.objects.get(pk=sender.pk).use_limits
    assert actions.set_use_limits(sender=sender, on=False, actor=owner_actor, now=now) == "pace_switched_off"
    assert not Sender.objects.get(pk=sender.pk).use_limits
    assert actions.set_use_limits(sender=sender, on=False, actor=owner_actor, now=now) == "pace_switched_off"
    assert actions.set_use_limits(sender=sender, on=True, actor=owner_actor, now=now) is None
    audited = AuditEntry.objects.filter(subject_id=str(sender.public_id)).order_by("pk")
    assert [e.action for e in audited][1:] == ["sender.own_pace_off", "sender.own_pace_on"]


def test_a_default_template_is_kept_in_one_shape(sender, owner_actor, now):
    actions.set_default_template(
        sender=sender, template={"name": "order_update", "language": "ar"}, actor=owner_actor, now=now
    )
    sender.refresh_from_db()
    assert sender.default_template == {"name": "order_update", "language": "ar", "variable": None}
    for wrong in ({}, {"name": "a", "language": "en", "body": "x"}, {"name": "a", "language": "english"}):
        with pytest.raises(Refused):
            actions.set_default_template(sender=sender, template=wrong, actor=owner_actor, now=now)


def test_the_age_of_a_number_may_be_given(phone_linked_sender, now):
    assert phone_linked_sender.in_use_since == now - timedelta(days=365)
