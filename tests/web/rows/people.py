"""Team, own account, keys, audit log, settings, first run."""

from __future__ import annotations

from allauth.usersessions.models import UserSession

from tests.web.pages import Row
from tests.web.world import PASSWORD, Place, World

_SIGNED_OUT = "nobody is signed in here; see the tests of signing in"
BUSINESS = {"name": "Caravan & Sons", "language": "ar", "timezone": "Asia/Jerusalem", "default_country": "IL"}


def _person(role: str):  # type: ignore[no-untyped-def]
    return lambda place: {"person_id": place.people[role].public_id}


def _invitation(place: Place) -> dict[str, object]:
    return {"invitation_id": place.invitation.public_id}


def _key(place: Place) -> dict[str, object]:
    return {"key_id": place.key.public_id}


def _a_session(place: Place) -> dict[str, object]:
    for role, user in place.people.items():
        UserSession.objects.get_or_create(
            session_key=f"{place.business.pk}-{role}",
            defaults={"user": user, "ip": "127.0.0.9", "user_agent": ""},
        )
    return {"session_id": UserSession.objects.get(session_key=f"{place.business.pk}-owner").pk}


def _hidden(world: World) -> None:
    world.here.business.first_steps = {"hidden": True}
    world.here.business.save()


def _seed_app(world: World) -> None:
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    TOTP.activate(world.here.people["agent"], generate_totp_secret())


ROWS = {
    "team:list": Row(
        post=lambda place: {
            "action": "sign_out",
            "id": str(place.people["agent"].public_id),
            "expected": "1",
        },
        audit="person.sessions_ended",
    ),
    "team:person": Row(_person("agent")),
    "team:invite": Row(
        post=lambda _: {"email": "fresh@example.org", "role": "agent"}, audit="invitation.made"
    ),
    "team:renew": Row(_invitation, post=lambda _: {}, audit="invitation.renewed"),
    "team:revoke": Row(_invitation, post=lambda _: {}, audit="invitation.revoked"),
    "team:role": Row(_person("agent"), post=lambda _: {"role": "read_only"}, audit="member.role_changed"),
    "team:remove": Row(_person("agent"), post=lambda _: {}, audit="member.removed"),
    "team:password_link": Row(_person("agent"), post=lambda _: {}, audit="person.password_link_made"),
    "team:drop_second_factors": Row(
        _person("agent"), post=lambda _: {}, audit="person.second_factors_removed", before=_seed_app
    ),
    "team:sign_out": Row(_person("agent"), post=lambda _: {}, audit="person.sessions_ended"),
    "keys:list": Row(
        post=lambda place: {"action": "revoke", "id": str(place.key.public_id), "expected": "1"},
        audit="api_key.revoked",
    ),
    "keys:key": Row(_key),
    "keys:create": Row(
        post=lambda _: {"name": "Shop", "days": "30", "scopes": ["contracts:read"]}, audit="api_key.created"
    ),
    "keys:rotate": Row(_key, post=lambda _: {}, audit="api_key.rotated"),
    "keys:bind": Row(_key, post=lambda _: {"networks": "10.1.0.0/16"}, audit="api_key.bound"),
    "keys:revoke": Row(_key, post=lambda _: {}, audit="api_key.revoked"),
    "audit:list": Row(
        post=lambda _: {"save_view": "1", "name": "x"}, no_audit="a saved view is the person's own"
    ),
    "audit:chain": Row(),
    "audit:entry": Row(lambda place: {"entry_id": place.audit_id}),
    "settings:business": Row(post=lambda _: BUSINESS, audit="business.changed"),
    "settings:another": Row(post=lambda _: BUSINESS, audit="business.opened"),
    "settings:show_first_steps": Row(post=lambda _: {}, audit="business.first_steps", before=_hidden),
    "people:profile": Row(post=lambda _: {"name": "Amira H.", "language": "ru"}, audit="person.changed"),
    "people:end_session": Row(_a_session, post=lambda _: {}, audit="person.session_ended"),
    "people:end_all_sessions": Row(post=lambda _: {}, audit="person.sessions_ended"),
    "people:switch_business": Row(
        post=lambda place: {"business": place.business.public_id},
        foreign=lambda place: {"business": place.business.public_id},
        audit="person.works_here",
    ),
    "first_run:welcome": Row(answers=(302,)),
    "first_run:owner": Row(
        lambda _: {"secret": "x" * 43}, post=lambda _: {}, no_audit=_SIGNED_OUT, answers=(302,)
    ),
    "first_run:steps": Row(),
    "first_run:note": Row(post=lambda _: {}, audit="business.first_steps"),
    "first_run:connect_number": Row(
        post=lambda _: {"token": "t", "account_ref": "12345", "number_ref": "12345", "app_secret": "s"},
        no_audit="nobody answers at the provider's address here; see test_the_first_run",
    ),
    "first_run:first_message": Row(
        post=lambda place: {"sender": place.sender.public_id, "phone": "+201000000099", "text": "Hi"},
        foreign=lambda place: {"sender": place.sender.public_id, "phone": "+201000000099", "text": "Hi"},
        audit="contract.started",
    ),
    "account_login": Row(post=lambda _: {}, no_audit=_SIGNED_OUT, answers=(200, 302)),
    "account_logout": Row(post=lambda _: {}, audit="person.signed_out"),
    "account_inactive": Row(),
    "account_reauthenticate": Row(
        post=lambda _: {"password": "wrong"}, no_audit="it changes nothing but the session"
    ),
    "account_change_password": Row(
        post=lambda _: {
            "oldpassword": PASSWORD,
            "password1": "another long phrase 9",
            "password2": "another long phrase 9",
        },
        audit="person.password_changed",
    ),
    "account_set_password": Row(
        post=lambda _: {}, no_audit="only for people without a password; they have one here", answers=(302,)
    ),
    "account_reset_password": Row(post=lambda _: {}, no_audit=_SIGNED_OUT),
    "account_reset_password_done": Row(),
    "account_reset_password_from_key": Row(
        lambda _: {"uidb36": "1", "key": "x-y"}, post=lambda _: {}, no_audit=_SIGNED_OUT
    ),
    "account_reset_password_from_key_done": Row(),
    "sign_in_link": Row(
        lambda _: {"secret": "x" * 43}, post=lambda _: {}, no_audit=_SIGNED_OUT, answers=(410,)
    ),
    "password_link": Row(
        lambda _: {"secret": "x" * 43}, post=lambda _: {}, no_audit=_SIGNED_OUT, answers=(410,)
    ),
    "invitation": Row(
        lambda place: {"secret": place.invitation_secret},
        post=lambda _: {},
        no_audit="whoever has the link may see it; see the tests of invitations",
    ),
    "mfa_index": Row(answers=(302,)),
    "mfa_list_webauthn": Row(answers=(302,)),
    "usersessions_list": Row(answers=(302,)),
    "mfa_authenticate": Row(post=lambda _: {}, no_audit=_SIGNED_OUT, answers=(302,)),
    "mfa_reauthenticate": Row(
        post=lambda _: {"code": "1"}, no_audit="without an app there is no right code", answers=(200, 302)
    ),
    "mfa_activate_totp": Row(post=lambda _: {"code": "1"}, no_audit="see the tests of second factors"),
    "mfa_deactivate_totp": Row(
        post=lambda _: {}, no_audit="see the tests of second factors", answers=(302, 404)
    ),
    "mfa_view_recovery_codes": Row(answers=(302, 404)),
    "mfa_generate_recovery_codes": Row(
        post=lambda _: {}, no_audit="see the tests of second factors", answers=(200, 302, 403, 404)
    ),
    "mfa_download_recovery_codes": Row(answers=(302, 404)),
    "mfa_add_webauthn": Row(post=lambda _: {}, no_audit="see the tests of second factors"),
    "mfa_login_webauthn": Row(post=lambda _: {}, no_audit=_SIGNED_OUT, answers=(302,)),
    "mfa_reauthenticate_webauthn": Row(
        post=lambda _: {}, no_audit="it changes nothing but the session", answers=(200, 302)
    ),
    "mfa_remove_webauthn": Row(
        lambda _: {"pk": 999_999},
        post=lambda _: {},
        no_audit="see the tests of second factors",
        answers=(404,),
    ),
    "mfa_edit_webauthn": Row(
        lambda _: {"pk": 999_999},
        post=lambda _: {},
        no_audit="see the tests of second factors",
        answers=(404,),
    ),
}
